"""Classes as lines of a prompt, and how many of them a model's context has room for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from twentyq.authoring.building.brief import Facts
from twentyq.authoring.language_model import estimated_tokens

LONGEST_FACTS = 400  # characters: one class's facts must not crowd out the others
MOST_CLASSES = 40  # in one request: small models lose count of longer lists


def lines_of(classes: Iterable[str], facts: Facts) -> dict[str, str]:
    """Return each class's line: its name, and its facts where there are any."""
    return {name: _line(name, facts.get(name, {})) for name in classes}


def sample(lines: Sequence[str], room: int) -> list[str]:
    """Return the lines that fit into `room` tokens: all of them, or some at even distances."""
    needed = sum(estimated_tokens(line) + 1 for line in lines)
    if needed <= room:
        return list(lines)
    count = max(1, len(lines) * room // needed)
    chosen = np.linspace(0, len(lines) - 1, count).astype(int)
    return [lines[index] for index in chosen]


def lots(
    lines: Mapping[str, str], room: int, reply_room: int, answer: int
) -> Iterator[dict[str, str]]:
    """Yield the lines of classes in lots that fit, in order.

    A lot's lines fit into `room` tokens, and its replies (a name and `answer` tokens each) into
    `reply_room`. A class that fits nowhere stands alone.
    """
    lot: dict[str, str] = {}
    asked = replied = 0
    for name, line in lines.items():
        ask, reply = estimated_tokens(line) + 1, estimated_tokens(name) + answer
        full = asked + ask > room or replied + reply > reply_room or len(lot) == MOST_CLASSES
        if lot and full:
            yield lot
            lot, asked, replied = {}, 0, 0
        lot[name] = line
        asked += ask
        replied += reply
    if lot:
        yield lot


def _line(name: str, facts: Mapping[str, str]) -> str:
    told = "; ".join(f"{column}: {value}" for column, value in facts.items())
    told = told if len(told) <= LONGEST_FACTS else f"{told[:LONGEST_FACTS]} ..."
    return f"{name} ({told})" if told else name
