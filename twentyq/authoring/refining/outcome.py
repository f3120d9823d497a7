"""What refinement did and what it brought, in figures."""

from __future__ import annotations

from dataclasses import dataclass

from twentyq.authoring.refining.pool import Standing
from twentyq.authoring.refining.proposing import Change
from twentyq.study.measures import mcnemar, share
from twentyq.study.resampling import difference
from twentyq.study.summary import Estimate, McNemar, Share
from twentyq.system import System


@dataclass(frozen=True, slots=True)
class Compared:
    """Two systems in full mode on the same pictures.

    Shares have Wilson's interval, the difference of accuracies a paired bootstrap's; the test is
    McNemar's exact one, of `after` against `before`. Losses are means in nats.
    """

    before: Share
    after: Share
    difference: Estimate
    mcnemar: McNemar
    loss_before: float
    loss_after: float


@dataclass(frozen=True, slots=True)
class Step:
    """One change that was kept: in which round, among how many rivals, and what it brought.

    `n_prompts` is Q, the prompts of all groups, with the change.
    """

    round: int
    change: Change
    rivals: int
    n_prompts: int
    train: Compared
    validation: Compared


@dataclass(frozen=True, slots=True, eq=False)
class Refinement:
    """The system before and after, the changes between them, and all parts judged once at the end.

    `rounds` are those that were played, of which the last may have kept nothing. `last` is what was
    changed after them without asking validation, if anything was: `test` is of the system with it,
    `train` and `validation` are of the one without.
    """

    before: System
    after: System
    steps: tuple[Step, ...]
    last: Change | None
    rounds: int
    train: Compared
    validation: Compared
    test: Compared


def compare(before: Standing, after: Standing) -> Compared:
    """Return how two systems compare on the pictures of one part."""
    old, new = before.right.numpy(), after.right.numpy()
    return Compared(
        before=share(old),
        after=share(new),
        difference=difference(new, old),
        mcnemar=mcnemar(new, old),
        loss_before=before.log_loss,
        loss_after=after.log_loss,
    )
