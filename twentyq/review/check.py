"""The review of a system: every finding worst first, what each group tells, and the bounds."""

from __future__ import annotations

from dataclasses import dataclass

from twentyq.encoder import Encoder, PromptStore
from twentyq.engine import compile_plan
from twentyq.review.bounds import Bounds, find_bounds
from twentyq.review.findings import Finding, Rank, worst_first
from twentyq.review.information import GroupFigures, group_figures
from twentyq.review.structure import structure_findings
from twentyq.review.wording import wording_findings
from twentyq.system import System


@dataclass(frozen=True, slots=True)
class Review:
    """What there is to say of a system; `encoder` is None where its prompts were not looked at."""

    system: System
    encoder: str | None
    findings: tuple[Finding, ...]
    groups: tuple[GroupFigures, ...]
    bounds: Bounds

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The errors that the file does not accept."""
        return tuple(f for f in self.findings if f.rank is Rank.error and not f.accepted)


def list_findings(
    system: System, encoder: Encoder | None = None, store: PromptStore | None = None
) -> tuple[Finding, ...]:
    """Return the findings of a review alone, worst first: in a moment, for systems of any size.

    With an encoder the prompts are looked at too, embedded or read from `store`. Raises what
    `embed_prompts` does.
    """
    findings = list(structure_findings(system, compile_plan(system)))
    if encoder is not None:
        findings += wording_findings(system, encoder, store)
    return worst_first(findings)


def review_system(
    system: System, encoder: Encoder | None = None, store: PromptStore | None = None
) -> Review:
    """Review a system: its findings as `list_findings` has them, its groups, and the bounds.

    Raises what `embed_prompts` does.
    """
    plan = compile_plan(system)
    return Review(
        system=system,
        encoder=None if encoder is None else encoder.name,
        findings=list_findings(system, encoder, store),
        groups=group_figures(system, plan),
        bounds=find_bounds(plan),
    )
