"""Which class a picture would be given now."""

from __future__ import annotations

from typing import Literal, get_args

from torch import Tensor

from twentyq.engine.belief import label_mass
from twentyq.engine.plan import Plan
from twentyq.engine.state import State
from twentyq.engine.ties import first_largest
from twentyq.errors import UsageError, shown

Decide = Literal["score", "posterior", "calibrated"]


def check_decide(text: str) -> Decide:
    """Return the decision that the command line names; raises UsageError for any other."""
    for known in get_args(Decide):
        if text == known:
            return text  # type: ignore[return-value]  # equal to a member of the Literal
    raise UsageError(
        "no such decision",
        where="decide",
        got=shown(text),
        allowed=", ".join(get_args(Decide)),
    )


def merit(
    plan: Plan, scores: Tensor, posterior: Tensor, probability: Tensor | None, decide: Decide
) -> Tensor:
    """Return what the decision ranks classes by, `(n_images, n_classes)`.

    `score` is the reference's sum over the groups asked and ignores the prior; `posterior` is the
    belief in all classes with the class's label; `calibrated` is their calibrated probability.
    """
    if decide == "score":
        return scores
    if decide == "posterior" or probability is None:
        return label_mass(plan, posterior)
    return label_mass(plan, probability)


def leading_class(plan: Plan, state: State, decide: Decide) -> Tensor:
    """Return the class of greatest merit, `(n_images,)`; ties go to the first class in the file."""
    value = merit(plan, state.scores, state.posterior, state.probability, decide)
    if decide == "score":
        return value.argmax(dim=1)
    # Scores are exact; probabilities that should be equal may differ in their last bits.
    return first_largest(value)
