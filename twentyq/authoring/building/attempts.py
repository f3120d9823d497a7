"""Asking for one thing until the reply is usable, a bounded number of times."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import dspy
from dspy.utils.exceptions import AdapterParseError
from pydantic import ValidationError

from twentyq.authoring.language_model import LanguageModel
from twentyq.errors import shown

T = TypeVar("T")
MOST_FAULTS = 8  # in one correction: a small model mends a few things at a time
LONGEST_FAULT = 200  # characters
CORRECTIONS_TOKENS = 600  # more than the longest correction has
NO_CORRECTIONS = "none"


@dataclass(frozen=True, slots=True)
class Verdict(Generic[T]):
    """What is usable of a reply (None for nothing), and what is wrong with it."""

    value: T | None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What asking came to: what is usable, the faults that stayed, and the last reply."""

    value: T | None
    faults: tuple[str, ...]
    replied: str
    times: int

    @property
    def why(self) -> str:
        """What was still wrong, on one line."""
        return f"asked {self.times} times; the last reply: {'; '.join(self.faults[:2])}"


@contextmanager
def answered_by(model: LanguageModel) -> Iterator[None]:
    """Let DSPy ask this model, once for each question, for replies in JSON."""
    # No ChatAdapter: it asks again by itself, without saying what was wrong.
    with dspy.context(lm=model.lm, adapter=dspy.JSONAdapter()):
        yield


def ask_for(
    predict: dspy.Predict,
    inputs: Callable[[], Mapping[str, object]],
    judge: Callable[[Any], Verdict[T]],
    retries: int,
) -> Outcome[T]:
    """Ask, judge the reply, and ask again with its faults, at most `1 + retries` times.

    `inputs` is called before each question, so that only what is still open is asked again. The
    last usable value counts. Raises `LanguageModelError` where the model cannot be asked.
    """
    value: T | None = None
    corrections = NO_CORRECTIONS
    for attempt in range(1, retries + 2):
        try:
            prediction = predict(**inputs(), corrections=corrections)
        except AdapterParseError as fault:
            replied, faults = fault.lm_response, _misshapen(fault)
        else:
            verdict = judge(prediction)
            replied, faults = str(prediction.toDict()), verdict.faults
            value = value if verdict.value is None else verdict.value
        if not faults:
            break
        corrections = f"Your reply {attempt} was not usable:\n{_listed(faults)}"
    return Outcome(value, faults, shown(replied), attempt)


def _misshapen(fault: AdapterParseError) -> tuple[str, ...]:
    fields = list(fault.signature.output_fields)
    wanted = f"to mend: reply with one JSON object with {', '.join(fields)}, and nothing else"
    if isinstance(fault.__cause__, ValidationError):
        # DSPy names the field in its message alone.
        named = re.match(r"Failed to parse field (\w+)", fault.message)
        field = named[1] if named else "a field"
        return tuple(
            f"{'.'.join([field, *map(str, detail['loc'])])}: {detail['msg']}; "
            f"got: {shown(detail['input'])}"
            for detail in fault.__cause__.errors(include_url=False, include_context=False)
        )
    if fault.parsed_result is None:
        return (f"it is not JSON; got: {shown(fault.lm_response)}; {wanted}",)
    missing = [name for name in fields if name not in fault.parsed_result]
    return (f"it lacks {', '.join(missing)}; {wanted}",)


def _listed(faults: tuple[str, ...]) -> str:
    lines = [f"- {fault[:LONGEST_FAULT]}" for fault in faults[:MOST_FAULTS]]
    if len(faults) > MOST_FAULTS:
        lines.append(f"- and {len(faults) - MOST_FAULTS} more")
    return "\n".join(lines)
