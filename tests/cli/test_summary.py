import pytest

from tests.engine.worlds import make_world
from twentyq.cli.summary import Tally
from twentyq.errors import PictureError
from twentyq.result import Failure, Ranked, Result


def result(label, spent, ranked=None):
    return Result(
        picture="p",
        label=label,
        posterior=0.5,
        probability=None,
        prompts_spent=spent,
        prompts_embedded=1,
        groups_asked=("g",),
        stop_reason="r",
        ranking=(Ranked(ranked or label, 1.0, 0.5),),
        tied_with=(),
        trace=None,
    )


def test_a_tally_adds_up():
    plan = make_world(5, n_classes=8, n_groups=5, hard=True).plan
    useful = int(plan.sizes[plan.informative].sum())
    tally = Tally(plan, plan.n_prompts)
    tally.add(result("a", useful), "a", result("a", 9))
    tally.add(result("b", 3), "a", result("a", 9))
    tally.add(result(None, 4, ranked="a"), "a", result("a", 9))
    tally.add(Failure("q", PictureError("bad")), "a", Failure("q", PictureError("bad")))
    got = tally.summary()
    assert (got.pictures, got.failed, got.rejected) == (4, 1, 1)
    assert (got.prompts_spent, got.prompts_embedded) == (useful + 7, 3)
    assert got.stopped_early == 2
    assert (got.accuracy.count, got.accuracy.total) == (1, 3)
    assert (got.full_accuracy.count, got.agreement.count) == (3, 2)
    assert got.to_dict()["agreement"]["share"] == pytest.approx(2 / 3)
    assert ("accuracy", "33.3% (1 of 3; 95 % 6.1% to 79.2%)") in got.lines()
    assert ("no label", "1 below --reject") in got.lines()


def test_an_empty_tally_claims_nothing():
    plan = make_world(5).plan
    got = Tally(plan, plan.n_prompts).summary()
    assert got.accuracy is None
    assert got.lines() == [("pictures", "0 classified, 0 failed")]
