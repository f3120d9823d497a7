import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.study.fitting.taught import draw_pictures
from twentyq.engine import full_game, play
from twentyq.engine.calibration import Calibration
from twentyq.study.fitting.parts import fit_parts
from twentyq.study.fitting.validation import FOLDS, cross_validate, judge, split_folds


@given(st.lists(st.integers(0, 6), min_size=1, max_size=80), st.integers(0, 9))
def test_folds_share_pictures_and_each_label_evenly(labels, seed):
    truth = torch.tensor(labels)
    folds = split_folds(truth, seed=seed)
    sizes = torch.bincount(folds, minlength=FOLDS)
    assert sizes.max() - sizes.min() <= 1
    for label in set(labels):
        mine = torch.bincount(folds[truth == label], minlength=FOLDS)
        assert mine.max() - mine.min() <= 1


@pytest.mark.parametrize("part", ["lda", "confusion", "weights"])
def test_no_part_is_judged_by_pictures_that_it_saw(part):
    taught = draw_pictures(each=10, signal=0.0)  # nothing can be learned
    plan, cosines, truth = taught.plan, taught.similarities, taught.truth
    held_out = cross_validate(plan, 1.0, cosines, truth, (part, "probability")).judged
    chance = 1 / len(plan.labels)
    error = np.sqrt(chance * (1 - chance) / len(truth))
    assert held_out.right.mean() < chance + 3 * error
    assert held_out.loss.mean() > -np.log(chance) - 0.05
    seen = judge(plan, 1.0, cosines, truth, fit_parts(plan, 1.0, cosines, truth, [part]), (part,))
    assert seen.loss.mean() < cross_validate(plan, 1.0, cosines, truth, (part,)).judged.loss.mean()


def test_without_parts_it_is_full_and_its_posterior():
    taught = draw_pictures(each=4)
    plan, cosines = taught.plan, taught.similarities
    played = play(full_game(plan, 1.0), lambda g, rows: cosines[rows][:, plan.options_of(g)], 32)
    judged = judge(plan, 1.0, cosines, taught.truth, Calibration(), ())
    assert judged.by_score.tolist() == (plan.label_of[played.leader] == taught.truth).tolist()
    assert np.allclose(judged.stated, played.posterior.amax(dim=1))
    right = played.posterior[range(32), taught.truth]
    assert np.allclose(judged.loss, -right.log().numpy())


def test_a_calibrated_probability_means_what_it_says():
    taught = draw_pictures(each=60, noise=1.5)
    parts = ("confusion", "probability")
    judged = cross_validate(taught.plan, 4.0, taught.similarities, taught.truth, parts).judged
    before = cross_validate(taught.plan, 4.0, taught.similarities, taught.truth, ()).judged
    assert abs(judged.stated.mean() - judged.right.mean()) < 0.03
    assert before.stated.mean() - before.right.mean() > 0.1
