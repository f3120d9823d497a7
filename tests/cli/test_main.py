import subprocess
import sys

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


def test_a_reader_that_leaves_early_causes_no_traceback():
    ran = subprocess.run(
        f"{sys.executable} -m twentyq system schema | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "{\n"
    assert ran.stderr == ""
