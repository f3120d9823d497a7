"""The inputs of each step, cut to the room there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from twentyq.authoring.building.brief import Brief
from twentyq.authoring.building.partial import Question
from twentyq.authoring.building.proposals import ProposeGroup, ProposeRules, ProposeThemes, Theme
from twentyq.authoring.building.room import Room
from twentyq.authoring.building.roster import lots, sample
from twentyq.authoring.language_model import estimated_tokens

Inputs = dict[str, object]
Lines = Mapping[str, str]
"""Each class's line in a request."""

MARKS_OF_ONE_RULE = 6  # tokens: quotes, a colon, a comma, and names that fall into many pieces


def themes_inputs(brief: Brief, kept: Sequence[Theme], lines: Lines, room: Room) -> Inputs:
    """Return the inputs of `ProposeThemes` for what is wanted beside those that are `kept`."""
    inputs: Inputs = {
        "domain": brief.about,
        "classes": "",
        "wanted": brief.groups - len(kept),
        "taken": [theme.name for theme in kept],
    }
    return inputs | {"classes": in_room(lines, room.left(ProposeThemes, inputs))}


def group_inputs(brief: Brief, theme: Theme, lines: Lines, room: Room) -> Inputs:
    """Return the inputs of `ProposeGroup`."""
    inputs: Inputs = {
        "domain": brief.about,
        "attribute": f"{theme.name}: {theme.asks}",
        "classes": "",
        "most": brief.options,
    }
    return inputs | {"classes": in_room(lines, room.left(ProposeGroup, inputs))}


def rules_inputs(about: str, question: Question, lines: Lines) -> Inputs:
    """Return the inputs of `ProposeRules` for some classes."""
    prompt, options = question
    return {
        "domain": about,
        "prompt": prompt,
        "options": list(options),
        "classes": "\n".join(lines.values()),
    }


def rules_lots(about: str, question: Question, lines: Lines, room: Room) -> Iterator[Lines]:
    """Yield the lines of the classes that are asked for together."""
    left = room.left(ProposeRules, rules_inputs(about, question, {}))
    return in_lots(lines, question, left, room)


def in_lots(lines: Lines, question: Question, left: int, room: Room) -> Iterator[Lines]:
    """Yield the lines of classes in lots, where `left` tokens are free for their lines."""
    answer = max(map(estimated_tokens, question[1])) + MARKS_OF_ONE_RULE
    return lots(lines, left, room.reply, answer)


def in_room(lines: Lines, room: int) -> str:
    """Return the lines that fit into `room` tokens, and say so where they are not all."""
    shown = sample(list(lines.values()), room)
    if len(shown) < len(lines):
        shown.append(f"... {len(shown)} of {len(lines)} classes are shown")
    return "\n".join(shown)
