import json
import os
import pty
import subprocess
import sys

import pytest

from tests.cli.conftest import until_closed

pytestmark = pytest.mark.usefixtures("with_clip")


def test_progress_shows_on_a_terminal_while_results_go_to_a_file(things):
    ours, terminal = pty.openpty()
    with (things / "out.jsonl").open("wb") as out, os.fdopen(ours, "rb", buffering=0) as shown:
        process = subprocess.Popen(
            [sys.executable, "-m", "twentyq", "classify", "pictures", "bad.png", "--system",
             "things.yaml", "--format", "jsonl"],
            stdout=out,
            stderr=terminal,
        )  # fmt: skip
        os.close(terminal)
        told = b"".join(until_closed(shown))
        assert process.wait(timeout=60) == 3
    entries = [json.loads(line) for line in (things / "out.jsonl").read_text().splitlines()]
    assert [entry["picture"][:8] for entry in entries] == ["pictures"] * 6 + ["bad.png"]
    assert b"0/7" in told
    assert b"bad.png: the file cannot be read" in told
    assert b'"picture"' not in told
