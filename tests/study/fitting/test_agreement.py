import numpy as np
import pytest

from tests.study.fitting.taught import draw_pictures
from twentyq.engine import Game, play
from twentyq.engine.calibration import Calibration
from twentyq.engine.policies import GainPolicy
from twentyq.engine.stopping import Agrees
from twentyq.study.fitting.agreement import fit_agreement
from twentyq.study.paths import walk


def asking(taught):
    return lambda group, rows: taught.similarities[rows][:, taught.plan.options_of(group)]


@pytest.fixture(scope="module")
def taught():
    return draw_pictures(each=90, noise=0.8)


def test_fresh_pictures_agree_with_full_as_promised(taught):
    game = Game(taught.plan, 4.0, policy=GainPolicy(per_prompt=True))
    moments, kept = fit_agreement(game, taught.similarities)
    fresh = draw_pictures(each=250, noise=0.8)
    for one in kept:
        calibrated = Game(
            fresh.plan,
            4.0,
            policy=game.policy,
            stop=Agrees(one.target),
            calibration=Calibration(moments=moments),
        )
        path = walk(calibrated, fresh.similarities)
        stopped = play(calibrated, asking(fresh), len(fresh.truth))
        agreement = np.mean(path.label[:, -1] == fresh.plan.label_of[stopped.leader].numpy())
        assert agreement >= one.target - 0.005
        assert float(stopped.prompts_spent.double().mean()) == pytest.approx(one.prompts, rel=0.1)
        assert one.agreement.share >= one.target - 0.01


def test_looser_targets_cost_less(taught):
    _, kept = fit_agreement(Game(taught.plan, 4.0), taught.similarities)
    prompts = [one.prompts for one in kept]
    assert prompts == sorted(prompts, reverse=True)
    assert prompts[0] < taught.plan.n_prompts


def test_what_a_pool_cannot_support_asks_everything(taught):
    game = Game(taught.plan, 4.0)
    moments, [kept] = fit_agreement(game, taught.similarities[:100], [0.99])
    assert moments.thresholds == ()
    assert kept.z is None
    assert kept.agreement.share == 1.0
    informative = taught.plan.sizes[taught.plan.informative].sum()
    assert kept.prompts == float(informative)


def test_thresholds_are_those_of_the_moments_returned(taught):
    game = Game(taught.plan, 4.0)
    moments, kept = fit_agreement(game, taught.similarities, [0.95, 0.9])
    assert moments.thresholds == tuple((one.target, one.z) for one in kept)
