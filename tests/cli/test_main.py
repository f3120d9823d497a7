import os
import subprocess
import sys
from pathlib import Path

import pytest

from twentyq import __version__


def test_version(twentyq):
    ran = twentyq("--version")
    assert (ran.code, ran.out) == (0, f"twentyq {__version__}\n")


def test_without_a_command_it_helps(twentyq):
    ran = twentyq()
    assert "classify" in ran.out + ran.err
    assert "system" in ran.out + ran.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["clasify"], "clasify"),
        (["classify"], "PICTURE"),
        (["classify", "x.png", "--mode", "fast"], "--mode"),
        (["classify", "x.png", "--budget", "0"], "--budget"),
        (["classify", "x.png", "--reject", "2"], "--reject"),
        (["classify", "x.png", "--nonsense"], "--nonsense"),
    ],
)
def test_wrong_usage_exits_with_2(twentyq, arguments, message):
    ran = twentyq(*arguments)
    assert ran.code == 2
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_the_package_runs_as_a_module():
    ran = subprocess.run(
        [sys.executable, "-m", "twentyq", "--version"], capture_output=True, text=True, check=True
    )
    assert ran.stdout == f"twentyq {__version__}\n"


def run_in_shell(redirected, **environment):
    """Run the command line as a user's shell does: with buffered output."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        f"{sys.executable} -m twentyq {redirected}",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        env={**kept, **environment},
    )


@pytest.mark.parametrize("command", ["system schema", "system list --format json", "--help"])
def test_output_that_cannot_be_written_ends_with_5(command):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full, a disk that is always full")
    ran = run_in_shell(f"{command} >/dev/full")
    assert ran.returncode == 5
    assert ran.stderr == (
        "twentyq: the disk cannot be read or written\n  got: No space left on device\n"
    )


def test_closed_output_is_refused_before_any_work():
    ran = run_in_shell("classify picture.png >&-")
    assert ran.returncode == 5
    assert ran.stderr == (
        "twentyq: standard output is closed\n  to mend: send it to a file or to /dev/null\n"
    )


@pytest.mark.parametrize("stdin", ["<&-", "</dev/null"])
def test_without_standard_input_no_pictures_are_named(stdin):
    ran = run_in_shell(f"classify - {stdin}")
    assert ran.returncode == 2
    assert "twentyq: -: no pictures were named" in ran.stderr


def test_a_reader_that_leaves_early_causes_no_traceback():
    ran = run_in_shell("system schema | head -n 1")
    assert ran.stdout == "{\n"
    assert ran.stderr == ""
