import pytest

from tests.engine.worlds import make_world
from twentyq.cli.summary import Share, Tally
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


def test_wilson_interval_against_published_values():
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263 and 0 of 20.
    share = Share.of([True] * 81 + [False] * 182)
    assert (round(share.low, 4), round(share.high, 4)) == (0.2553, 0.3662)
    none = Share.of([False] * 20)
    assert (none.low, round(none.high, 4)) == (0.0, 0.1611)
    assert str(none) == "0.0% (0 of 20; 95 % 0.0% to 16.1%)"


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
    assert ("no label", "1 below --reject") in got.lines()


def test_an_empty_tally_claims_nothing():
    plan = make_world(5).plan
    got = Tally(plan, plan.n_prompts).summary()
    assert got.accuracy is None
    assert got.lines() == [("pictures", "0 classified, 0 failed")]
