"""How much of a model's context a request takes, and how much it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import dspy

from twentyq.authoring.building.attempts import CORRECTIONS_TOKENS, NO_CORRECTIONS
from twentyq.authoring.language_model import estimated_tokens


@dataclass(frozen=True, slots=True)
class Room:
    """A context of so many tokens: a quarter is kept for the reply, the rest holds the request."""

    context: int

    @property
    def reply(self) -> int:
        """How long a reply may be, in tokens."""
        return self.context // 4

    def left(self, signature: type[dspy.Signature], inputs: Mapping[str, object]) -> int:
        """Return the tokens that these inputs leave free, with room for corrections."""
        return max(
            0, self.context - self.reply - CORRECTIONS_TOKENS - request_tokens(signature, inputs)
        )


def request_tokens(signature: type[dspy.Signature], inputs: Mapping[str, object]) -> int:
    """Return an estimate of the tokens of a first request, as DSPy words it."""
    given = {**inputs, "corrections": NO_CORRECTIONS}
    messages = dspy.JSONAdapter().format(signature, [], given)
    return sum(estimated_tokens(message["content"]) for message in messages)
