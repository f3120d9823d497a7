"""The trials of the test: on drawings of animals, and on the folders of real pictures."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twentyq.errors import TrainingError
from twentyq.system import System, load_system
from twentyq.training import trial_systems
from twentyq.training.fixed_pictures import FixedPicture
from twentyq.training.protocol import Protocol
from twentyq.training.similarity import Eyes
from twentyq.training.trial import Trial, View


@dataclass(frozen=True, slots=True, eq=False)
class Drawings:
    """The fixed pictures and their vectors, `(n, d)`, on each background."""

    pictures: tuple[FixedPicture, ...]
    views: Mapping[str, View]

    def of(self, rows: Sequence[int]) -> dict[str, View]:
        """Return the views of some drawings; the set for the prompt bias stays whole."""
        return {name: View(view.images[list(rows)], view.mean) for name, view in self.views.items()}


def drawing_trials(protocol: Protocol, drawings: Drawings) -> Iterator[Trial]:
    """Yield the trials on drawings: in the five groups, and in the system `animals`."""
    yield from _five_groups(protocol, drawings)
    yield from _animals(protocol, drawings)


def folder_trials(
    protocol: Protocol, data: Path, eyes: Eyes, left_out: list[str]
) -> Iterator[Trial]:
    """Yield the trials on folders of pictures; what `data` lacks is added to `left_out`."""
    parts = (
        ("pokemon-cards", "", _cards),
        ("pokemon-177", "attributes.csv", _colour),
        ("birds", "attributes.json", _birds),
    )
    for name, table, build in parts:
        if (data / name / table).exists():
            yield build(protocol, data / name, eyes)
        else:
            left_out.append(f"{name}: the data folder has no {Path(name, table).as_posix()}")


def _drawn(
    part: str,
    protocol: Protocol,
    drawings: Drawings,
    label_of: Mapping[str, str],
    system: System,
    called: Mapping[str, str],
    classes: Sequence[str] | None = None,
) -> Trial:
    """Return a trial on the drawings that have a label, with a subset for each style."""
    rows = [i for i, one in enumerate(drawings.pictures) if one.animal in label_of]
    styles = np.array([drawings.pictures[i].style for i in rows])
    return Trial(
        part=part,
        system=system,
        truth=[label_of[drawings.pictures[i].animal] for i in rows],
        views=drawings.of(rows),
        names=trial_systems.names(system, protocol.names.drawings, called),
        classes=classes,
        subsets={style: styles == style for style in protocol.styles},
    )


def _five_groups(protocol: Protocol, drawings: Drawings) -> Iterator[Trial]:
    every = {animal: animal for animal in protocol.animals}
    held = {animal: animal for animal in protocol.unseen}
    for wordings, suffix in ((False, ""), (True, "-wordings")):
        system = trial_systems.five_groups(protocol, unseen=wordings)
        yield _drawn(f"unseen-24{suffix}", protocol, drawings, held, system, every, tuple(held))
        yield _drawn(f"concepts-124{suffix}", protocol, drawings, every, system, every)


def _animals(protocol: Protocol, drawings: Drawings) -> Iterator[Trial]:
    system = load_system("animals")
    called = {animal: animal for animal in system.classes}
    held = tuple(dict.fromkeys(protocol.unseen.values()))
    missing = sorted(set(held) - set(system.classes))
    if missing:
        raise TrainingError(
            "the system lacks animals of the test",
            where="animals.yaml",
            got=", ".join(missing),
            mend="write their rules, or set the names in protocol.yaml right",
        )
    known = {animal.casefold(): animal for animal in system.classes}
    label_of = {
        drawing: known[name]
        for drawing in protocol.animals
        for name in [protocol.animal_of(drawing).casefold()]
        if name in known
    }
    unseen = protocol.unseen
    yield _drawn("unseen-21", protocol, drawings, unseen, system, called, held)
    yield _drawn("unseen-all", protocol, drawings, unseen, system, called)
    yield _drawn("animals", protocol, drawings, label_of, system, called)


def _cards(protocol: Protocol, folder: Path, eyes: Eyes) -> Trial:
    paths = _pictures(folder, protocol.cards)
    images = eyes.pictures(paths)
    system = load_system("pokemon")
    called = {one: one for one in system.classes}
    return Trial(
        part="pokemon-cards",
        system=system,
        truth=[protocol.cards[path.parent.name] for path in paths],
        views={"plain": View(images, images.mean(dim=0))},
        names=trial_systems.names(system, protocol.names.cards, called),
    )


def _colour(protocol: Protocol, folder: Path, eyes: Eyes) -> Trial:
    with (folder / "attributes.csv").open(encoding="utf-8", newline="") as file:
        colour_of = {row["species"]: row["color"] for row in csv.DictReader(file)}
    paths = _pictures(folder, colour_of)
    images = eyes.pictures(paths)
    truth = [colour_of[path.parent.name] for path in paths]
    return Trial(
        part="pokemon-177",
        system=trial_systems.colours(protocol.pokemon_colour),
        truth=truth,
        views={"plain": View(images, images.mean(dim=0))},
        guess=max(Counter(truth).values()) / len(truth),
    )


def _birds(protocol: Protocol, folder: Path, eyes: Eyes) -> Trial:
    system = trial_systems.birds(folder / "attributes.json", protocol.birds.template)
    paths = _pictures(folder, system.classes)
    images = eyes.pictures(paths)
    called = {bird: bird.replace("_", " ").lower() for bird in system.classes}
    return Trial(
        part="birds",
        system=system,
        truth=[path.parent.name for path in paths],
        views={"plain": View(images, images.mean(dim=0))},
        names=trial_systems.names(system, protocol.names.birds, called),
    )


def _pictures(folder: Path, known: Iterable[str]) -> list[Path]:
    """Return the pictures in the sub-folders of these names; raises TrainingError for none."""
    names = sorted(known)
    found = [path for name in names for path in sorted((folder / name).glob("*")) if path.is_file()]
    if not found:
        raise TrainingError(
            "there are no pictures",
            where=str(folder),
            allowed=f"folders such as {names[0]}, with pictures in them",
            mend="fill the folder, or take it away to leave this part out",
        )
    return found
