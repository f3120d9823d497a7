"""The systems that come with twentyq, found by name, and systems in files of the user's."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from twentyq.errors import SystemFileError, UsageError, shown, suggestion
from twentyq.system.document import listed
from twentyq.system.files import read_text
from twentyq.system.model import System
from twentyq.system.parse import parse_system

SUFFIXES = (".yaml", ".yml", ".json")


def available_systems() -> list[tuple[str, Path]]:
    """Return name and path of every system that comes with twentyq, by name."""
    package = Path(__file__).parents[1]
    # An installed wheel holds them in the package; in a checkout they lie beside it.
    folders = [folder / "systems" for folder in (package, package.parent)]
    shipped = next((folder for folder in folders if folder.is_dir()), package)
    return sorted((path.stem, path) for path in shipped.glob("*.yaml"))


def load_system(name_or_path: str | PathLike[str]) -> System:
    """Load a system that comes with twentyq by its name, or any other by the path of its file.

    Raises `UsageError` for an unknown name, `SystemFileError` for a file that is not valid.
    """
    path = Path(name_or_path)
    if isinstance(name_or_path, str) and path.name == name_or_path and not path.suffix:
        path = _shipped(name_or_path)
    text = read_text(path)
    if path.suffix.lower() not in SUFFIXES:
        raise SystemFileError(
            "a system file is known by its ending",
            where=str(path),
            got=shown(path.suffix) if path.suffix else "no ending",
            allowed=listed(SUFFIXES),
            mend="rename the file; Python dictionaries are read by `twentyq system import`",
        )
    return parse_system(text, str(path))


def _shipped(name: str) -> Path:
    systems = dict(available_systems())
    if name not in systems:
        raise UsageError(
            "there is no system of this name",
            got=shown(name),
            allowed=f"{listed(systems)}, or the path of a {listed(SUFFIXES)} file",
            mend=suggestion(name, systems) or "to name a file, give its path with the ending",
        )
    return systems[name]
