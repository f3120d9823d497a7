"""The language model of `twentyq refine`: opened, foreseen, and what it took told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from twentyq.cli.telling import tell
from twentyq.errors import UsageError

if TYPE_CHECKING:
    from twentyq.authoring.refining.pool import Pool
    from twentyq.authoring.refining.proposing import Proposer
    from twentyq.authoring.refining.reflecting import ReflectingProposer
    from twentyq.system import System

REPLY_TOKENS = 1024


def open_reflecting(
    llm: str,
    base: str | None,
    *,
    max_calls: int,
    timeout: float,
    cache: Path | None,
    no_cache: bool,
    seed: int,
) -> ReflectingProposer:
    """Return who asks this language model for wordings; nothing is asked yet.

    Raises UsageError for a name or address that cannot be meant, and for a missing package.
    """
    from twentyq.cli.extras import require_build

    require_build()
    from twentyq.authoring.language_model import LanguageModel, kept_replies
    from twentyq.authoring.refining.reflecting import ReflectingProposer

    model = LanguageModel.open(
        llm,
        base,
        max_calls=max_calls,
        timeout_s=timeout,
        cache=None if no_cache else cache or kept_replies(),
        max_tokens=REPLY_TOKENS,
    )
    return ReflectingProposer(model, seed)


def refuse_contradictions(moves: Sequence[str], wordings: Path | None) -> None:
    """Raise UsageError where --llm could do nothing, or would leave another option without use."""
    from twentyq.authoring.refining.moves import WORDINGS

    if WORDINGS not in moves:
        raise UsageError(
            "a language model words groups, and these moves word none",
            where="--llm and --moves",
            got=", ".join(moves),
            mend=f"add {WORDINGS} to --moves, or leave --llm out",
        )
    if wordings is not None:
        raise UsageError(
            "wordings come from a language model or from a list",
            where="--llm and --wordings",
            mend="leave one of them out; the other way can be gone afterwards, with the new file",
        )


def in_place_of_list(
    proposers: Sequence[Proposer], reflecting: ReflectingProposer
) -> list[Proposer]:
    """Return the proposers with the language model where the list of wordings was."""
    return [reflecting if one.name == reflecting.name else one for one in proposers]


@contextmanager
def telling(
    reflecting: ReflectingProposer, pool: Pool, system: System, max_calls: int
) -> Iterator[None]:
    """Say on standard error what will be asked, and afterwards what was and why it ended."""
    from twentyq.authoring.refining.foreseen import forecast_round

    figures = forecast_round(pool, system).figures(reflecting.model.price)
    tell(f"forecast for a round, at most: {figures}; never more than {max_calls} calls in all")
    try:
        yield
    finally:
        tell(reflecting.model.usage.told())
    if reflecting.ended is not None:
        tell(f"asked no more, and what was found is kept: {reflecting.ended}")
