"""How much of a model's context a request takes, and how much it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import dspy

from twentyq.authoring.building.attempts import CORRECTIONS_TOKENS, NO_CORRECTIONS
from twentyq.authoring.language_model import estimated_tokens
from twentyq.errors import UsageError


@dataclass(frozen=True, slots=True)
class Room:
    """A context of so many tokens: a quarter is kept for the reply, the rest holds the request."""

    context: int

    @property
    def reply(self) -> int:
        """How long a reply may be, in tokens."""
        return self.context // 4

    def left(self, signature: type[dspy.Signature], inputs: Mapping[str, object]) -> int:
        """Return the tokens that these inputs leave free, with room for corrections.

        Raises `UsageError` where they leave none.
        """
        taken = request_tokens(signature, inputs) + CORRECTIONS_TOKENS + self.reply
        if taken >= self.context:
            raise UsageError(
                "a request does not fit into the model's context",
                where="--context",
                got=f"{self.context} tokens, and {taken} are taken before any class is named",
                mend="shorten --about or --notes, or give --context what the model takes",
            )
        return self.context - taken


def request_tokens(signature: type[dspy.Signature], inputs: Mapping[str, object]) -> int:
    """Return an estimate of the tokens of a first request, as DSPy words it."""
    given = {**inputs, "corrections": NO_CORRECTIONS}
    messages = dspy.JSONAdapter().format(signature, [], given)
    return sum(estimated_tokens(message["content"]) for message in messages)
