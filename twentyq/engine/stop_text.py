"""Stop rules as the command line writes them."""

from __future__ import annotations

import math

from twentyq.engine.policy_text import is_count
from twentyq.engine.stopping import (
    Agrees,
    Both,
    Certain,
    Confidence,
    Either,
    Margin,
    Never,
    Questions,
    StopRule,
)
from twentyq.errors import UsageError, nearest, shown


def parse_stop(text: str) -> StopRule:
    """Return the stop rule that the command line writes, such as `certain|confidence:0.9`.

    Raises UsageError where a part is not understood.
    """
    either = [[_parse_one(part) for part in group.split("&")] for group in text.split("|")]
    rules = [group[0] if len(group) == 1 else Both(tuple(group)) for group in either]
    return rules[0] if len(rules) == 1 else Either(tuple(rules))


def _parse_one(text: str) -> StopRule:
    name, colon, argument = (part.strip() for part in text.strip().partition(":"))
    if name in ("certain", "none") and not colon:
        return Certain() if name == "certain" else Never()
    if name == "agrees" and (number := _number(argument)) is not None:
        if 0 < number < 1:
            return Agrees(number)
        raise UsageError(
            "agrees names the share of pictures that keep full's label",
            where="stop",
            got=shown(text),
            allowed="above 0, below 1",
            mend="write agrees:0.99, for example; certain never differs from full",
        )
    if name in ("confidence", "margin") and (number := _number(argument)) is not None:
        if 0 < number <= 1:
            return Confidence(number) if name == "confidence" else Margin(number)
        raise UsageError(
            f"{name} is compared with a probability",
            where="stop",
            got=shown(text),
            allowed="above 0, at most 1",
            mend=f"write {name}:0.9, for example",
        )
    if name == "questions" and is_count(argument) and int(argument) > 0:
        return Questions(int(argument))
    meant = nearest(name, ["confidence", "margin", "questions", "agrees", "certain", "none"])
    raise UsageError(
        "no such stop rule",
        where="stop",
        got=shown(text),
        allowed="confidence:P, margin:P, questions:N, agrees:P, certain, none; joined by | and &",
        mend=f"did you mean {meant}{'' if meant in ('certain', 'none') else ':…'}?"
        if meant
        else None,
    )


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
