import numpy as np
import pytest
import torch

from tests.study.fitting.taught import draw_pictures
from twentyq.engine import Game, parse_policy
from twentyq.study.fitting.calibrate import (
    Labelled,
    calibrate_labelled,
    calibrate_unlabelled,
)
from twentyq.study.fitting.parts import PARTS, UNLABELLED

GAIN = parse_policy("gain")


@pytest.fixture(scope="module")
def taught():
    return draw_pictures(each=45, noise=1.5, bias=1.0)


@pytest.fixture(scope="module")
def with_shots(taught):
    known = Labelled(taught.similarities, taught.truth, taught.vectors)
    return calibrate_labelled(taught.plan, 4.0, known, PARTS, GAIN, shots=5)


def test_with_a_few_labels_the_rest_checks_and_serves_agrees(taught, with_shots):
    learned = with_shots.learned
    assert len(learned.choice.trials[0].judged.right) == 5 * 8
    bare, fitted = learned.left_over
    assert len(bare.right) == len(fitted.right) == 40 * 8
    assert fitted.right.mean() > bare.right.mean()
    assert learned.left_over_prototypes.total == 320
    assert "agrees" in with_shots.parts
    Game(taught.plan, 4.0, calibration=with_shots.calibration)


def test_every_part_is_in_or_its_absence_is_explained(with_shots):
    explained = {note.split(" ")[0].split(":")[0] for note in with_shots.notes}
    assert set(with_shots.parts) | explained >= set(PARTS)


def test_where_all_labels_are_learned_from_agrees_has_no_pictures_left(taught):
    known = Labelled(taught.similarities, taught.truth, taught.vectors)
    made = calibrate_labelled(taught.plan, 4.0, known, ("probability", "agrees"), GAIN)
    assert made.parts == ("probability",)
    assert made.learned.left_over == ()
    assert made.learned.left_over_prototypes is None
    assert any("and there are 0" in note for note in made.notes)


def test_label_free_parts_alone_use_every_picture(taught):
    known = Labelled(taught.similarities, taught.truth, taught.vectors)
    made = calibrate_labelled(taught.plan, 4.0, known, ("agrees",), GAIN)
    pool = calibrate_unlabelled(taught.plan, 4.0, taught.similarities, ("agrees",), GAIN)
    assert made.parts == pool.parts == ("agrees",)
    assert made.calibration.moments.thresholds == pool.calibration.moments.thresholds


def test_without_labels(taught):
    made = calibrate_unlabelled(taught.plan, 4.0, taught.similarities, UNLABELLED, GAIN)
    assert {"bias", "agrees"} <= set(made.parts)
    assert made.learned is None


def test_prototypes_are_cross_validated():
    nothing = draw_pictures(each=20, signal=0.0)
    known = Labelled(nothing.similarities, nothing.truth, nothing.vectors)
    made = calibrate_labelled(nothing.plan, 1.0, known, ("bias",), GAIN)
    assert made.learned.prototypes.share < 1 / 8 + 3 * np.sqrt(1 / 8 * 7 / 8 / 160)


def test_shots_are_at_most_so_many_of_each_label():
    few = draw_pictures(each=3)
    rows = torch.arange(24) != 0
    known = Labelled(few.similarities[rows], few.truth[rows], few.vectors[rows])
    made = calibrate_labelled(few.plan, 1.0, known, ("bias",), GAIN, shots=2)
    assert len(made.learned.choice.trials[0].judged.right) == 2 * 8
    assert len(made.learned.left_over[0].right) == 7
