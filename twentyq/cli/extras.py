"""Commands that need an optional part of the installation say so at once."""

from __future__ import annotations

from importlib.util import find_spec

from twentyq.errors import UsageError


def require_study() -> None:
    """Raise UsageError where a package of the extra `study` is missing."""
    _require("studies need", "study", "sklearn", "matplotlib", "jinja2", "pyarrow")


def require_run() -> None:
    """Raise UsageError where a package of the extra `run` is missing."""
    _require("runs over many pictures need", "run", "pyarrow", "filelock")


def require_cluster() -> None:
    """Raise UsageError where a package of the extra `cluster` is missing."""
    _require("runs on a Ray cluster need", "cluster", "ray", "pyarrow", "filelock")


def require_build() -> None:
    """Raise UsageError where a package of the extra `build` is missing."""
    _require("asking a language model needs", "build", "dspy", "gepa")


def require_draw(*packages: str) -> None:
    """Raise UsageError where one of these packages of the extra `draw` is missing."""
    _require("drawing needs", "draw", *packages)


def _require(who: str, extra: str, *packages: str) -> None:
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise UsageError(
            f"{who} packages that are not installed",
            where="installation",
            got=f"no {', '.join(missing)}",
            mend=f"pip install 'twentyq[{extra}]'",
        )
