"""The review of a system: every finding worst first, what each group tells, and the bounds."""

from __future__ import annotations

from dataclasses import dataclass

from twentyq.encoder import Encoder, PromptStore
from twentyq.engine import compile_plan
from twentyq.review.bounds import Bounds, find_bounds
from twentyq.review.findings import Finding, Rank, worst_first
from twentyq.review.information import GroupFigures, group_bits, group_figures, shared_bits
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
    def faults(self) -> tuple[Finding, ...]:
        """The errors that the file does not accept."""
        return tuple(f for f in self.findings if f.rank is Rank.error and not f.accepted)


def review_system(
    system: System, encoder: Encoder | None = None, store: PromptStore | None = None
) -> Review:
    """Review a system; with an encoder its prompts too, which are embedded or read from `store`.

    Raises what `embed_prompts` does.
    """
    plan = compile_plan(system)
    bits, shared = group_bits(plan), shared_bits(plan)
    findings = list(structure_findings(system, plan, bits, shared))
    if encoder is not None:
        findings += wording_findings(system, encoder, store)
    return Review(
        system=system,
        encoder=None if encoder is None else encoder.name,
        findings=worst_first(findings),
        groups=group_figures(system, plan, bits, shared),
        bounds=find_bounds(plan),
    )
