"""Commands that need an optional part of the installation say so at once."""

from __future__ import annotations

from importlib.util import find_spec

from twentyq.errors import UsageError

_STUDY = ("sklearn", "matplotlib", "jinja2", "pyarrow")


def require_study() -> None:
    """Raise UsageError where a package of the extra `study` is missing."""
    missing = [package for package in _STUDY if find_spec(package) is None]
    if missing:
        raise UsageError(
            "studies need packages that are not installed",
            where="installation",
            got=f"no {', '.join(missing)}",
            mend="pip install 'twentyq[study]'",
        )
