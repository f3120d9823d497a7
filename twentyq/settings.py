"""What the settings of a classifier may be."""

from __future__ import annotations

from typing import Any, get_args

from twentyq.errors import UsageError, shown


def check_member(option: str, value: str, allowed: Any) -> None:
    """Raise UsageError where a value is no member of the Literal `allowed`."""
    if value not in get_args(allowed):
        raise UsageError(
            f"no such {option}",
            where=option,
            got=shown(value),
            allowed=", ".join(get_args(allowed)),
        )


def check_range(option: str, value: float | None, low: float, high: float | None) -> None:
    """Raise UsageError where a value is not from `low` to `high`."""
    if value is not None and not (low <= value and (high is None or value <= high)):
        raise UsageError(
            "the value is out of range",
            where=option,
            got=str(value),
            allowed=f"{low} to {high}" if high is not None else f"{low} or more",
        )


def refuse_adaptive(mode: str, **settings: object) -> None:
    """Raise UsageError for a setting that was given and has no meaning in `mode`."""
    for name, value in settings.items():
        if value is not None:
            raise UsageError(
                f"this steers adaptive play, and {mode} asks in a fixed way",
                where=name,
                got=f"{value} with mode {mode}",
                mend=f"leave {name} out, or use mode adaptive",
            )


def refuse_calibration(mode: str, calibration: object) -> None:
    """Raise UsageError for a calibration where no group of the system is asked."""
    if mode == "names" and calibration is not None:
        raise UsageError(
            "a calibration speaks of the system's groups, which names does not ask",
            where="calibration",
            got="a calibration with mode names",
            mend="leave calibration out, or use mode adaptive or full",
        )
