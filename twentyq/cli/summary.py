"""What a run comes to: accuracy with its interval, cost, early stops, agreement with full."""

from __future__ import annotations

from dataclasses import dataclass

from twentyq.cli.figures import share_on_a_line
from twentyq.engine import Plan
from twentyq.result import Failure, Result
from twentyq.study.summary import Share


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a run over some pictures; shares are None where nothing was asked for.

    `prompts` is Q, what full spends. Prompts spent are summed over pictures. A picture stopped
    early where something that could still tell classes apart was not asked.
    """

    pictures: int
    failed: int
    rejected: int
    prompts: int
    prompts_spent: int
    prompts_embedded: int
    stopped_early: int
    accuracy: Share | None = None
    full_accuracy: Share | None = None
    agreement: Share | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the figures as JSON values."""
        plain: dict[str, object] = {
            "pictures": self.pictures,
            "failed": self.failed,
            "rejected": self.rejected,
            "prompts": self.prompts,
            "prompts_spent": self.prompts_spent,
            "prompts_embedded": self.prompts_embedded,
            "stopped_early": self.stopped_early,
        }
        for name in ("accuracy", "full_accuracy", "agreement"):
            share = getattr(self, name)
            if share is not None:
                plain[name] = share.model_dump()
        return plain

    def lines(self) -> list[tuple[str, str]]:
        """Return the figures as a person reads them: what, and how much."""
        done = self.pictures - self.failed
        told = [("pictures", f"{done} classified, {self.failed} failed")]
        if self.rejected:
            told.append(("no label", f"{self.rejected} below --reject"))
        if done:
            mean = self.prompts_spent / done
            spent = f"{mean:.1f} a picture, {mean / self.prompts:.0%} of full's {self.prompts}"
            told.append(("prompts spent", spent))
            told.append(("prompts embedded", str(self.prompts_embedded)))
            told.append(("stopped early", f"{self.stopped_early} of {done}"))
        for name, share in (
            ("accuracy", self.accuracy),
            ("accuracy of full", self.full_accuracy),
            ("agreement with full", self.agreement),
        ):
            if share is not None:
                told.append((name, share_on_a_line(share)))
        return told


class Tally:
    """Adds up a run picture by picture, keeping counts and hits only."""

    def __init__(self, plan: Plan, full_prompts: int) -> None:
        self._prompts = full_prompts
        self._useful = int(plan.sizes[plan.informative].sum())
        self._pictures = self._failed = self._rejected = 0
        self._spent = self._embedded = self._early = 0
        self._right: list[bool] = []
        self._full_right: list[bool] = []
        self._agree: list[bool] = []

    def add(self, said: Result | Failure, truth: str | None, full: Result | Failure | None) -> None:
        """Count one picture, with its true label and what full says of it where they are known.

        A label withheld by --reject is not right.
        """
        self._pictures += 1
        if isinstance(said, Failure):
            self._failed += 1
            return
        self._rejected += said.label is None
        self._spent += said.prompts_spent
        self._embedded += said.prompts_embedded
        self._early += said.prompts_spent < self._useful
        if truth is not None:
            self._right.append(said.label == truth)
        if isinstance(full, Result):
            self._agree.append(said.ranking[0].label == full.label)
            if truth is not None:
                self._full_right.append(full.label == truth)

    def summary(self) -> Summary:
        """Return the figures so far."""
        return Summary(
            pictures=self._pictures,
            failed=self._failed,
            rejected=self._rejected,
            prompts=self._prompts,
            prompts_spent=self._spent,
            prompts_embedded=self._embedded,
            stopped_early=self._early,
            accuracy=_share(self._right),
            full_accuracy=_share(self._full_right),
            agreement=_share(self._agree),
        )


def _share(hits: list[bool]) -> Share | None:
    if not hits:
        return None
    # It brings scipy's tests, which a run without true labels can start without.
    from twentyq.study.measures import share_of

    return share_of(sum(hits), len(hits))
