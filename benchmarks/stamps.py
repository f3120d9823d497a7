"""How well encoders see pictures that are no emoji: to choose a training by, and not its test.

    python benchmarks/stamps.py training-work builtin training-work/runs/full-0/encoder

The stamps of Tux Paint (Debian's `tuxpaint-stamps-default`, GPL-2) are cut-out photographs,
paintings and drawings of things. No training takes them in, and they are not in the package. Two
questions are put to each encoder, both chosen before any was looked at:

- what kind of thing it is, by names, of fifteen kinds; the folder a stamp lies in tells;
- which animal it is, by full with the system `animals`; the stamp's own text tells. The animals
  that the training's test holds out are left out here too.

A choice between two encoders is made by the mean of both shares; where they differ by less than
the standard error of that difference, the validation chooses, as before.
"""

from __future__ import annotations

import argparse
import io
import re
from pathlib import Path

import numpy as np
import resvg_py
from PIL import Image

from twentyq import Classifier, load_encoder, load_system
from twentyq.encoder import PromptStore
from twentyq.study.measures import share
from twentyq.study.paths import Bools
from twentyq.study.resampling import difference
from twentyq.system import AttributeGroup, System
from twentyq.training.fetch import obtain, unpack
from twentyq.training.held_out import mentions_held_out
from twentyq.training.sources import Source

STAMPS = Source(
    registry="debian",
    name="tuxpaint-stamps-default",
    version="2022.06.04-1",
    archive="tuxpaint-stamps-default_2022.06.04-1_all.deb",
    sha256="6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34",
    licence="GPL-2.0-only",
    licence_file="usr/share/doc/tuxpaint-stamps-default/copyright",
    licence_sha256="41fa41bcdf3fe0e2e3e1110c9cfee43e922e5b91736ac5f881858c78c68e7a9e",
    attribution="Bill Kendrick and the authors of Tux Paint's stamps",
    holds="clip art",
    used_for="test",
)
SIDE = 400  # pixels at which vector drawings are drawn

# The folder of a stamp, the longest that fits, to the kind of thing it shows.
KINDS = {
    "animals/birds": "a bird",
    "animals/mammals": "a mammal",
    "animals/fish": "a fish",
    "animals/insects": "an insect",
    "clothes": "a piece of clothing",
    "food/fruit": "a fruit",
    "food/vegetables": "a vegetable",
    "hobbies/music": "a musical instrument",
    "household/tools": "a tool",
    "household/electronics": "an electronic device",
    "people/body_parts": "a part of the body",
    "plants/flowers": "a flower",
    "plants/trees": "a tree",
    "town/houses": "a building",
    "vehicles": "a vehicle",
}


def main() -> None:
    """Fetch, ask every encoder, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, help="folder for the download, a training's own will do")
    parser.add_argument("encoders", nargs="+")
    given = parser.parse_args()

    root = unpack(STAMPS, obtain(STAMPS, given.work), given.work) / "usr/share/tuxpaint/stamps"
    found = sorted(path for path in root.rglob("*") if path.suffix in (".png", ".svg"))
    stamps = {path: drawn for path in found if (drawn := _picture(path)) is not None}
    animals = load_system("animals")
    kind_of = {path: kind for path in stamps if (kind := _kind(path.relative_to(root)))}
    animal_of = {
        path: animal
        for path in stamps
        if path.relative_to(root).parts[0] == "animals" and (animal := _animal(path, animals))
    }
    print(f"{len(kind_of)} stamps of {len(KINDS)} kinds, {len(animal_of)} of an animal")
    hits = {}
    for name in given.encoders:
        encoder = load_encoder(name)
        kinds = Classifier(_kinds(), encoder, mode="full", store=PromptStore())
        full = Classifier(animals, encoder, mode="full", store=PromptStore())
        hits[name] = right = (
            _right(kinds, kind_of, stamps),
            _right(full, animal_of, stamps),
        )
        for asked, found in zip(("kind", "animal"), right, strict=True):
            its = share(found)
            print(f"{name}: {asked} {its.share:.3f} [{its.low:.3f}, {its.high:.3f}]")
        print(f"{name}: mean of both {np.mean([found.mean() for found in right]):.3f}")
    first, *others = given.encoders
    for other in others:
        pairs = list(zip(hits[other], hits[first], strict=True))
        apart = [difference(a, b) for a, b in pairs]
        values = ", ".join(f"{d.value:+.3f} [{d.low:+.3f}, {d.high:+.3f}]" for d in apart)
        print(f"{other} minus {first}, paired: {values}")
        errors = [np.subtract(a, b, dtype=float).std() / len(a) ** 0.5 for a, b in pairs]
        apart_by = np.mean([d.value for d in apart])
        print(f"mean of both {apart_by:+.3f}, standard error {np.hypot(*errors) / 2:.3f}")


def _kind(path: Path) -> str | None:
    folders = [parent.as_posix() for parent in path.parents]
    return next((KINDS[folder] for folder in folders if folder in KINDS), None)


def _animal(path: Path, animals: System) -> str | None:
    """Return the one animal that the stamp's text names, unless a held-out animal is in it."""
    described = path.with_suffix(".txt")
    if not described.is_file():
        return None
    text = described.read_text("utf-8").splitlines()[0].casefold()
    found = [name for name in animals.classes if re.search(rf"\b{re.escape(name)}\b", text)]
    longest = [name for name in found if not any(name != o and name in o for o in found)]
    return longest[0] if len(longest) == 1 and not mentions_held_out(text) else None


def _kinds() -> System:
    kinds = tuple(dict.fromkeys(KINDS.values()))
    group = AttributeGroup("kind", "It is {}.", kinds)
    return System("kinds", (group,), kinds, {kind: {"kind": {kind: 1.0}} for kind in kinds})


def _right(
    classifier: Classifier, truth: dict[Path, str], stamps: dict[Path, Image.Image]
) -> Bools:
    results = classifier.classify([stamps[path] for path in truth])
    return np.array([r.label == label for r, label in zip(results, truth.values(), strict=True)])


def _picture(path: Path) -> Image.Image | None:
    """Return a stamp on white with a small margin; None for a drawing without a size."""
    if path.suffix == ".png":
        picture = Image.open(path).convert("RGBA")
    else:
        try:
            drawn = resvg_py.svg_to_bytes(svg_path=str(path), width=SIDE)
        except ValueError:
            return None
        picture = Image.open(io.BytesIO(bytes(drawn))).convert("RGBA")
    picture.thumbnail((SIDE, SIDE))
    box = picture.getchannel("A").getbbox() or (0, 0, *picture.size)
    cut = picture.crop(box)
    side = round(max(cut.size) * 1.15)
    page = Image.new("RGB", (side, side), "white")
    page.paste(cut, ((side - cut.width) // 2, (side - cut.height) // 2), cut)
    return page


if __name__ == "__main__":
    main()
