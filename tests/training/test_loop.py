import json
import math
from dataclasses import replace

import pytest
import torch

from tests.training import tiny_work
from tests.training.tiny_work import QUICK
from twentyq.training import loop
from twentyq.training.loop import train
from twentyq.training.starting import starting_model
from twentyq.training.validation import Validation


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    with pytest.MonkeyPatch.context() as patch:
        tiny_work.shrink(patch.setattr)
        tiny_work.save_work(folder)
        yield folder


def kept(out):
    return torch.load(out / "checkpoint.pt", weights_only=True)


def same(one, other):
    """Compare nested states to the last bit."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other


@pytest.fixture(scope="module")
def unbroken(work, tmp_path_factory):
    out = tmp_path_factory.mktemp("unbroken")
    train(QUICK, work, out, "cpu")
    return out


def test_the_trained_part_moves_and_the_frozen_part_stays(work, unbroken):
    start = starting_model(work, QUICK.first_block, QUICK.seed).state_dict()
    moved = {
        name
        for name, value in kept(unbroken)["model"].items()
        if not torch.equal(value, start[name])
    }
    trained = ("image.blocks.15.", "image.head.", "visual_", "pooler.", "text_", "logit_scale")
    assert moved == {name for name in start if name.startswith(trained)}


def test_the_history_tells_each_look_and_the_best_weights_are_kept(unbroken):
    lines = [json.loads(line) for line in (unbroken / "history.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4]
    assert all(math.isfinite(line["loss"]) and 0 <= line["mean"] <= 1 for line in lines)
    best = torch.load(unbroken / "best.pt", weights_only=True)
    assert best["step"] == max(lines, key=lambda line: line["mean"])["step"]
    assert kept(unbroken)["best"] == max(line["mean"] for line in lines)


def test_the_best_weights_are_averaged_ones(unbroken):
    best = torch.load(unbroken / "best.pt", weights_only=True)
    averaged = {
        name.removeprefix("module."): value
        for name, value in kept(unbroken)["averaged"].items()
        if name != "n_averaged"
    }
    assert best["model"].keys() == averaged.keys() == kept(unbroken)["model"].keys()
    assert not same(averaged, kept(unbroken)["model"])


@pytest.mark.parametrize("place", [(Validation, "measure"), (loop._Keeper, "keep")])
def test_an_interrupted_run_ends_with_the_weights_of_an_unbroken_one(
    work, unbroken, tmp_path, monkeypatch, place
):
    whole, calls = getattr(*place), []

    def interrupted(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(*args)

    with monkeypatch.context() as patch:
        patch.setattr(*place, interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(QUICK, work, tmp_path, "cpu")
    assert kept(tmp_path)["step"] == 2
    train(QUICK, work, tmp_path, "cpu")
    ours, theirs = kept(tmp_path), kept(unbroken)
    for part in ("step", "model", "averaged", "optimizer", "plan", "best"):
        assert same(ours[part], theirs[part]), part
    ours, theirs = (torch.load(out / "best.pt", weights_only=True) for out in (tmp_path, unbroken))
    assert same(ours, theirs)


def test_a_finished_run_is_left_as_it_is(work, unbroken, monkeypatch):
    before = {file.name: file.stat().st_mtime_ns for file in unbroken.iterdir()}
    monkeypatch.setattr(loop, "_step", None)
    train(QUICK, work, unbroken, "cpu")
    assert {file.name: file.stat().st_mtime_ns for file in unbroken.iterdir()} == before


@pytest.mark.parametrize("change", [{"seed": 1}, {"head_rate": 2e-3}, {"steps": 2}])
def test_a_run_of_another_schedule_is_not_gone_on_with(work, tmp_path, change):
    short = replace(QUICK, steps=1, checkpoint=1)
    train(short, work, tmp_path, "cpu")
    train(replace(short, **change), work, tmp_path, "cpu")
    lines = (tmp_path / "history.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["step"] == 1, "from the start"


def test_the_seed_decides(work, tmp_path):
    for run, seed in (("one", 0), ("again", 0), ("other", 1)):
        train(replace(QUICK, steps=1, seed=seed), work, tmp_path / run, "cpu")
    one, again, other = (kept(tmp_path / run)["model"] for run in ("one", "again", "other"))
    assert same(one, again)
    assert not same(one, other)


def test_rates_rise_and_then_fall_along_a_cosine():
    factor = loop._rate(replace(QUICK, steps=100, warmup=10))
    assert factor(0) == pytest.approx(0.1 * 1.01)
    assert factor(50) == pytest.approx(0.5 + 0.01)
    assert factor(100) == pytest.approx(0.01)
    assert [factor(step) for step in range(10, 100)] == sorted(map(factor, range(10, 100)))[::-1]


@pytest.mark.slow
def test_two_processes_see_different_views_and_keep_equal_weights(work, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "_meet", tiny_work.meet_recorded)
    train(replace(QUICK, steps=2, processes=2), work, tmp_path, "cpu")
    first, second = (
        torch.load(tmp_path / f"seen-{rank}.pt", weights_only=True) for rank in range(2)
    )
    assert first["pixels"].shape == second["pixels"].shape
    assert not torch.equal(first["pixels"], second["pixels"])
    assert torch.equal(first["shared"], second["shared"])
    assert torch.allclose(first["shared"], (first["own"] + second["own"]) / 2)
    assert same(first["model"], second["model"])
    assert same(first["model"], kept(tmp_path)["model"])
    assert not (tmp_path / "meeting").exists()
