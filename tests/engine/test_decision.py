import pytest
import torch

from tests.engine.worlds import make_world
from twentyq.engine.decision import check_decide, leading_class
from twentyq.engine.reading import build_reading
from twentyq.engine.state import State, start
from twentyq.errors import UsageError


def believing(plan, posterior):
    state = start(build_reading(plan, 1.0), 1)
    belief = torch.tensor([posterior], dtype=torch.float64)
    return State(
        state.picture, state.asked, state.scores, state.evidence, belief, state.prompts_spent
    )


def test_beliefs_that_differ_in_the_last_bits_are_a_tie_for_the_first_class():
    plan = make_world(7, n_classes=3, n_groups=4, hard=True).plan
    near = believing(plan, [0.3, 0.35 - 1e-15, 0.35])
    assert leading_class(plan, near, "posterior").tolist() == [1]
    apart = believing(plan, [0.3, 0.35 - 1e-9, 0.35])
    assert leading_class(plan, apart, "posterior").tolist() == [2]
    # No score yet: a tie of all.
    assert leading_class(plan, near, "score").tolist() == [0]


def test_what_is_no_decision_is_refused():
    assert check_decide("posterior") == "posterior"
    with pytest.raises(UsageError) as caught:
        check_decide("vote")
    assert str(caught.value).startswith("decide: no such decision\n  got: 'vote'")
    assert "allowed: score, posterior" in str(caught.value)
