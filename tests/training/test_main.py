import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from twentyq.errors import TrainingError, UsageError
from twentyq.training import __main__ as command
from twentyq.training import steps

STEPS = ("fetch_and_render", "paint", "embed_texts", "train_towers", "write_encoder")
LAST = ("evaluate_encoder", "write_card")


@pytest.fixture
def done(monkeypatch) -> list[tuple[str, steps.Run]]:
    """Steps that only write down that they were taken, and with which run."""
    taken: list[tuple[str, steps.Run]] = []
    for name in (*STEPS, *LAST):

        def step(run: steps.Run, data=None, name: str = name) -> str:
            taken.append((name, run))
            return f"evaluated with {data}"

        step.__doc__ = getattr(steps, name).__doc__
        monkeypatch.setattr(steps, name, step)
    monkeypatch.setattr(command, "markdown", lambda results, names: f"{names}: {results}")
    return taken


def invoke(*arguments: str):
    app = typer.Typer()
    app.command()(command.main)
    return CliRunner().invoke(app, arguments)


def test_the_steps_are_taken_in_order_and_told(done):
    result = invoke("--device", "cpu", "--work", "somewhere", "--data", "elsewhere")
    assert result.exit_code == 0
    assert [name for name, _ in done] == [*STEPS, *LAST]
    assert result.stdout == "['full-0']: ['evaluated with elsewhere']\n"
    told = " ".join([*(getattr(steps, name).__doc__ for name in STEPS), "The encoder is in"])
    assert " ".join(result.stderr.split()).startswith(told)
    assert "try --encoder somewhere/runs/full-0/encoder" in " ".join(result.stderr.split())


def test_the_card_is_given_the_seeds_that_were_evaluated(done, monkeypatch, tmp_path):
    given = []
    monkeypatch.setattr(steps, "write_card", lambda run, seeds: given.append(seeds))
    seeds = [tmp_path / "runs" / f"short-{seed}" / "evaluation.json" for seed in (0, 1)]
    for path in (*seeds, tmp_path / "runs/full-0/evaluation.json", tmp_path / "runs/short-2/x"):
        path.parent.mkdir(parents=True)
        path.touch()
    invoke("--device", "cpu", "--work", str(tmp_path))
    assert given == [seeds]


def test_all_steps_take_the_same_run(done):
    invoke("--device", "cpu", "--schedule", "short", "--seed", "7")
    run = done[0][1]
    assert all(other is run for _, other in done)
    assert run.name == "short-7"
    assert (run.schedule.seed, run.device) == (7, "cpu")
    assert str(run.work) == "training-work"


@pytest.mark.parametrize(("device", "plan"), [("cpu", "full"), ("cuda", "gpu")])
def test_the_device_decides_on_the_schedule_where_none_is_given(done, device, plan):
    invoke("--device", device)
    run = done[0][1]
    assert run.name == f"{plan}-0"
    assert run.schedule == command.SCHEDULES[plan]
    assert run.device == device


@pytest.mark.parametrize(("cuda", "device"), [(True, "cuda"), (False, "cpu")])
def test_the_device_is_the_one_there_is(done, monkeypatch, cuda, device):
    monkeypatch.setattr("torch.cuda.is_available", lambda: cuda)
    invoke()
    assert done[0][1].device == device


def test_a_fault_is_told_without_a_traceback_and_ends_the_training(done, monkeypatch):
    def failing(run: steps.Run) -> None:
        """Fail."""
        raise TrainingError("a package is missing", where="npm package x 1", mend="[go] online")

    monkeypatch.setattr(steps, "paint", failing)
    result = invoke("--device", "cpu")
    assert result.exit_code == 6
    assert result.stdout == ""
    assert "npm package x 1: a package is missing\n  to mend: [go] online\n" in result.stderr
    assert "Traceback" not in result.stderr
    assert [name for name, _ in done] == ["fetch_and_render"]


def test_a_changed_schedule_ends_before_the_test(done, tmp_path):
    folder = tmp_path / "runs" / "changed-short-0-first_block=9-tower_rate=1e-4"
    folder.mkdir(parents=True)
    (folder / "history.jsonl").write_text('{"step": 1}\n')
    changes = ("--change", "first_block=9", "--change", "tower_rate=1e-4")
    result = invoke("--device", "cpu", "--schedule", "short", "--work", str(tmp_path), *changes)
    assert result.stdout == '{"step": 1}\n'
    assert [name for name, _ in done] == list(STEPS[:-1])
    run = done[0][1]
    assert run.folder == folder
    assert (run.schedule.first_block, run.schedule.tower_rate) == (9, 1e-4)
    assert run.schedule.steps == command.SCHEDULES["short"].steps


@pytest.mark.parametrize("change", ["first_blok=9", "first_block=early", "first_block"])
def test_a_change_that_the_schedule_does_not_know_is_refused(done, change):
    result = invoke("--device", "cpu", "--change", change)
    assert result.exit_code == UsageError.exit_code
    assert f"--change: the schedule cannot be changed like that\n  got: '{change}'" in result.stderr
    assert "allowed: NAME=NUMBER with one of steps, batch" in result.stderr
    assert not done


@pytest.mark.parametrize(("option", "value"), [("--schedule", "long"), ("--seed", "x")])
def test_a_wrong_option_is_refused(done, option, value):
    result = invoke(option, value)
    assert result.exit_code == 2
    assert f"Invalid value for '{option}'" in result.stderr
    assert not done


def test_the_command_line_does_not_load_the_training():
    code = (
        "import sys, twentyq, twentyq.cli, twentyq.classifier;"
        "print([name for name in sys.modules if name.startswith('twentyq.training')])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
