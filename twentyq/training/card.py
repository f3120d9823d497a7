"""The model card: what the encoder is, knows and does not, with every figure read from files."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.resources import files
from math import prod
from pathlib import Path
from string import Template

from safetensors import safe_open

from twentyq.encoder.identity import folder_identity
from twentyq.errors import TrainingError
from twentyq.system import System, load_system
from twentyq.training.evaluation import Evaluation
from twentyq.training.held_out import HELD_OUT_ICONS, held_out_animals
from twentyq.training.highlights import goals, highlights, in_words
from twentyq.training.image_tower import BLOCKS
from twentyq.training.loop import Schedule
from twentyq.training.material import VALIDATION_STYLE
from twentyq.training.protocol import load_protocol
from twentyq.training.record import Record
from twentyq.training.report import ABSENT, markdown
from twentyq.training.sources import sources_table
from twentyq.training.trial_systems import five_groups
from twentyq.training.wordings import GROUPS

CARD = "MODEL_CARD.md"


@dataclass(frozen=True)
class Made:
    """How an encoder was made: the run's name, its schedule, its sources and its texts."""

    name: str
    schedule: Schedule
    record: Record
    texts: Collection[str]


def model_card(
    encoder: Path, made: Made, result: Evaluation, seeds: Sequence[Evaluation] = ()
) -> str:
    """Return the model card of an encoder's folder in Markdown.

    Raises TrainingError where the evaluation is of other weights than the folder's.
    """
    identity = folder_identity(encoder)
    if result.identity != identity:
        raise TrainingError(
            "the evaluation is of another encoder than the one the card is for",
            where=str(encoder),
            got=f"an evaluation of {result.identity}",
            allowed=identity,
            mend="evaluate this encoder again",
        )
    template = Template((files(__package__) / "card.md").read_text(encoding="utf-8"))
    return template.substitute(
        _encoder_facts(encoder)
        | _training_facts(made)
        | _test_facts(made, result)
        | {
            "identity": identity,
            "scale": f"{result.scale:.1f}",
            "highlights": highlights(result, seeds),
            "goals": goals(result),
            "spread": _spread(seeds),
            "table": _whole_table(made.name, result, seeds),
        }
    )


def _encoder_facts(encoder: Path) -> dict[str, str]:
    config = json.loads((encoder / "config.json").read_text(encoding="utf-8"))
    tokenizer = json.loads((encoder / "tokenizer_config.json").read_text(encoding="utf-8"))
    weights = encoder / "model.safetensors"
    parameters = {"vision_model": 0, "text_model": 0, "joint": 0}
    with safe_open(weights, "pt") as opened:
        for name in opened.keys():  # noqa: SIM118  # it is no mapping
            part = opened.get_slice(name)
            if part.get_dtype().startswith(("F", "BF")):  # batch norms count their steps as well
                tower = name.split(".")[0]
                parameters[tower if tower in parameters else "joint"] += prod(part.get_shape())
    return {
        "parameters": _millions(sum(parameters.values())),
        "image_parameters": _millions(parameters["vision_model"]),
        "text_parameters": _millions(parameters["text_model"]),
        "joint_parameters": _millions(parameters["joint"]),
        "side": str(config["vision_config"]["image_size"]),
        "layers": str(config["text_config"]["num_hidden_layers"] - 1),  # the last one pools
        "vocabulary": f"{config['text_config']['vocab_size']:,}",
        "longest": str(tokenizer["model_max_length"]),
        "dimensions": str(config["projection_dim"]),
        "dtype": config["dtype"],
        "megabytes": f"{weights.stat().st_size / 1e6:.1f}",
    }


def _millions(parameters: int) -> str:
    return f"{parameters / 1e6:.1f}"


def _training_facts(made: Made) -> dict[str, str]:
    schedule, record = made.schedule, made.record
    batch = schedule.batch * schedule.processes
    learnt = sum(n for one, n in record.pictures.items() if one.used_for == "training")
    left_out = ", ".join(f"`{one.name}` {one.version}" for one in record.left_out)
    return {
        "steps": f"{schedule.steps:,}",
        "batch": str(batch),
        "views": f"{schedule.steps * batch:,}",
        "first_block": str(schedule.first_block),
        "blocks": str(BLOCKS),
        "head_rate": f"{schedule.head_rate:g}",
        "tower_rate": f"{schedule.tower_rate:g}",
        "weight_decay": f"{schedule.weight_decay:g}",
        "warmup": str(schedule.warmup),
        "average": f"{schedule.average:.0%}",
        "seed": str(schedule.seed),
        "command": _command(made),
        "texts": f"{len(made.texts):,}",
        "validation_style": VALIDATION_STYLE,
        "drawings": f"{learnt:,}",
        "pictures": _pictures(record),
        "sources": sources_table(record.pictures),
        "left_out": f"\nCould not be fetched and was left out: {left_out}.\n" if left_out else "",
        "groups": "\n".join(
            f"- **{name.replace('_', ' ')}** ({len(group.options)}): {', '.join(group.options)}"
            for name, group in GROUPS.items()
        ),
    }


def _command(made: Made) -> str:
    schedule = made.name.removesuffix(f"-{made.schedule.seed}")
    return f"python -m twentyq.training --schedule {schedule} --seed {made.schedule.seed}"


def _pictures(record: Record) -> str:
    lines = ["| drawings of | kept | for |", "|---|---|---|"]
    for source, kept in record.pictures.items():
        if kept:
            use = "choosing" if source.style == VALIDATION_STYLE else source.used_for
            lines.append(f"| {source.style} | {kept:,} | {use} |")
    return "\n".join(lines) + "\n"


def _test_facts(made: Made, result: Evaluation) -> dict[str, str]:
    protocol = load_protocol()
    held_out = held_out_animals()
    unseen = result.figure("unseen-24", "full")
    asked = {
        "`animals`": load_system("animals"),
        "the five groups": five_groups(protocol, unseen=False),
        "the five groups in unseen wordings": five_groups(protocol, unseen=True),
        "`pokemon`, the article's": load_system("pokemon"),
    }
    return {
        "held_icons": str(len(HELD_OUT_ICONS)),
        "held_animals": str(len(held_out)),
        "photographed": str(sum(bool(animal.imagenet) for animal in held_out)),
        "styles": ", ".join(protocol.styles),
        "unseen_n": ABSENT if unseen is None else str(unseen.n),
        "heard": "\n".join(f"  - {name}: {_heard(one, made)}" for name, one in asked.items()),
        "cards_names": in_words(result, "pokemon-cards", "names"),
        "birds_names": in_words(result, "birds", "names"),
        "birds_full": in_words(result, "birds", "full-unbiased"),
        "animals_names": in_words(result, "animals", "names"),
        "animals_full": in_words(result, "animals", "full-unbiased"),
    }


def _heard(system: System, made: Made) -> str:
    """Count the prompts of a system that the encoder was trained on, word for word."""
    prompts = {prompt for group in system.groups for prompt in group.prompts}
    return f"{len(prompts.intersection(made.texts))} of {len(prompts)}"


def _spread(seeds: Sequence[Evaluation]) -> str:
    if not seeds:
        return (
            "One training was measured. Another seed would give other figures, and a difference of "
            "a few points between two encoders may be chance."
        )
    return (
        "The last column of both tables is the spread over seeds, on a shorter schedule: the mean, "
        "the smallest and the largest."
    )


def _whole_table(name: str, result: Evaluation, seeds: Sequence[Evaluation]) -> str:
    beside = f"short schedule, seeds: {len(seeds)}"
    return markdown([result, *seeds], [name, *(beside for _ in seeds)])
