import pytest
import torch

from tests.study.fitting.taught import draw_pictures
from twentyq.engine import Game
from twentyq.errors import UsageError
from twentyq.study.fitting.parts import LABELLED, PARTS, UNLABELLED, fit_parts, parse_parts
from twentyq.study.group_answers import read_answers

FIELDS = {"temperature": "scale", "lda": "discriminant"}


@pytest.mark.parametrize("part", ["bias", "noise", "temperature", "weights", "confusion", "lda"])
def test_each_part_is_fitted_alone(part):
    taught = draw_pictures(each=4)
    fitted = fit_parts(taught.plan, 1.0, taught.similarities, taught.truth, [part])
    held = [f for f in fitted.__slots__ if getattr(fitted, f) is not None]
    assert held == [FIELDS.get(part, part)]


def test_without_labels_only_bias_and_noise_are_fitted():
    taught = draw_pictures(each=4)
    fitted = fit_parts(taught.plan, 1.0, taught.similarities, None, PARTS)
    assert [f for f in fitted.__slots__ if getattr(fitted, f) is not None] == ["bias", "noise"]


def test_parts_build_on_those_before_them():
    taught = draw_pictures(each=4, bias=1.0)
    both = fit_parts(taught.plan, 1.0, taught.similarities, None, ["bias", "noise"])
    alone = fit_parts(taught.plan, 1.0, taught.similarities, None, ["noise"])
    assert not torch.allclose(both.noise, alone.noise)
    game = Game(taught.plan, 1.0, calibration=both)
    answers = read_answers(game.reading, taught.similarities)
    remaining = torch.log(answers).mean(dim=0)
    before = torch.log(read_answers(Game(taught.plan, 1.0).reading, taught.similarities)).mean(0)
    assert remaining.std() < 0.6 * before.std()


def test_parts_are_read_in_their_own_order():
    assert parse_parts(" lda,bias", labelled=True) == ("bias", "lda")
    assert parse_parts(None, labelled=True) == PARTS
    assert parse_parts(None, labelled=False) == UNLABELLED
    assert (*UNLABELLED, *LABELLED) == PARTS


def test_an_unknown_part_is_refused():
    with pytest.raises(UsageError) as refused:
        parse_parts("bias,temprature", labelled=True)
    assert "a calibration has no such part" in str(refused.value)
    assert "did you mean 'temperature'?" in str(refused.value)


def test_a_part_that_needs_labels_is_refused_without():
    with pytest.raises(UsageError, match="this part needs labels") as refused:
        parse_parts("bias,lda", labelled=False)
    assert "got: lda with --unlabelled" in str(refused.value)
