import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from tests.encoder.tiny_models import save_clip, save_dual_encoder, save_siglip
from twentyq.encoder import builtin_weights
from twentyq.encoder.builtin_weights import write_checksums
from twentyq.system import load_system

pytestmark = pytest.mark.usefixtures("with_clip")
SIX = ["apple", "brick", "grass", "leaf", "sea", "sky"]


def documents(text):
    return [json.loads(line) for line in text.splitlines()]


# Formats


def test_a_table_for_people(twentyq, things):
    ran = twentyq("classify", "pictures", "--system", "things.yaml")
    assert ran.code == 0
    assert ran.err == ""
    lines = ran.out.splitlines()
    assert lines[0].split()[:3] == ["picture", "label", "posterior"]
    assert [line.split()[0] for line in lines[1:7]] == [
        f"pictures/{name}/{n}.png" for name, n in zip(SIX, (1, 0, 2, 3, 4, 5), strict=True)
    ]
    assert "6 classified, 0 failed" in ran.out
    assert "full's 5" in ran.out


def test_a_table_shows_brackets_truths_and_ties(twentyq, things):
    odd = things / "pictures" / "sea" / "[bold]x[red].png"
    odd.write_bytes((things / "pictures/sea/4.png").read_bytes())
    text = (things / "things.yaml").read_text()
    (things / "tied.yaml").write_text(text + "  lake: {colour: blue, texture: noisy}\n")
    (things / "some.txt").write_text("sea\nlake\n")
    ran = twentyq(
        "classify", "pictures/sea", "--system", "tied.yaml", "--classes", "some.txt", "--truth",
        "folder",
    )  # fmt: skip
    assert ran.code == 0
    assert ran.out.splitlines()[0].split() == [
        "picture", "label", "truth", "posterior", "questions", "prompts", "stopped", "by",
    ]  # fmt: skip
    assert "[bold]x[red].png" in ran.out
    assert ran.out.count("sea *") == 2
    assert "* the rules do not tell sea from lake" in ran.out


def test_json_is_one_document_with_traces(twentyq, things, clip_folder):
    ran = twentyq("classify", "pictures", "--system", "things.yaml", "--format", "json")
    document = json.loads(ran.out)
    assert document["schema"] == 1
    assert document["system"] == "things"
    assert document["encoder"] == str(clip_folder)
    assert len(document["results"]) == 6
    assert document["failures"] == []
    result = document["results"][0]
    assert set(result) == {
        "picture",
        "label",
        "posterior",
        "probability",
        "prompts_spent",
        "prompts_embedded",
        "groups_asked",
        "stop_reason",
        "ranking",
        "tied_with",
        "trace",
    }
    assert result["probability"] is None
    assert [step["group"] for step in result["trace"]] == result["groups_asked"]
    assert document["summary"]["pictures"] == 6


def test_json_lines_and_csv_say_the_same(twentyq, things):
    common = ("classify", "pictures", "--system", "things.yaml", "--truth", "folder")
    lines = documents(twentyq(*common, "--format", "jsonl").out)
    rows = list(csv.DictReader(io.StringIO(twentyq(*common, "--format", "csv").out)))
    assert len(lines) == len(rows) == 6
    for line, row in zip(lines, rows, strict=True):
        assert row["picture"] == line["picture"]
        assert row["truth"] == line["truth"] == Path(line["picture"]).parent.name
        assert row["label"] == line["label"]
        assert float(row["posterior"]) == pytest.approx(line["posterior"], abs=1e-9)
        assert row["groups_asked"].split(";") == line["groups_asked"]


def test_trace_can_be_left_out_or_made_full(twentyq, things):
    common = ("classify", "pictures/sea/4.png", "--system", "things.yaml", "--format", "jsonl")
    (none,) = documents(twentyq(*common, "--trace", "none").out)
    assert "trace" not in none
    (full,) = documents(twentyq(*common, "--trace", "full").out)
    assert len(full["trace"][0]["best"]) == 6


def test_explain_tells_the_story(twentyq, things):
    ran = twentyq(
        "classify", "pictures/sea", "--system", "things.yaml", "--explain", "--stop", "none",
        "--truth", "folder",
    )  # fmt: skip
    assert ran.code == 0
    for expected in (
        "1. colour  3 prompts",
        "2. texture  2 prompts",
        "most expected bits (",
        "the only group left that tells classes apart",
        "expected, ",
        "realised",
        "stopped by nothing-left after 2 questions and 5 prompts; 0 of full's 5 saved",
        "the two need not agree",
    ):
        assert expected in ran.out
    assert ("right" in ran.out) != ("wrong: sea" in ran.out)


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ("static", "next in the order that all pictures share"),
        ("random", "drawn at random"),
        ("gini-per-prompt", "most expected drop of Gini impurity per prompt ("),
    ],
)
def test_explain_says_why_for_every_policy(twentyq, things, policy, why):
    ran = twentyq(
        "classify", "pictures/sea", "--system", "things.yaml", "--explain", "--policy", policy
    )
    assert why in ran.out


# Sources


def test_files_folders_globs_and_standard_input(twentyq, things):
    def run(*sources, stdin=""):
        ran = twentyq(
            "classify", *sources, "--system", "things.yaml", "--format", "jsonl", stdin=stdin
        )
        assert ran.code == 0
        return [entry["picture"] for entry in documents(ran.out)]

    assert run("pictures/sky/5.png", "pictures/sea/4.png") == [
        "pictures/sky/5.png",
        "pictures/sea/4.png",
    ]
    assert run("pictures/s*/*.png") == ["pictures/sea/4.png", "pictures/sky/5.png"]
    assert run("-", stdin="pictures/sky/5.png\n\npictures/leaf/3.png\n") == [
        "pictures/sky/5.png",
        "pictures/leaf/3.png",
    ]
    assert len(run("pictures")) == 6


# Modes and options


def test_full_and_names_spend_what_they_must(twentyq, things):
    for mode, spent in (("full", 5), ("names", 6)):
        ran = twentyq(
            "classify", "pictures", "--system", "things.yaml", "--mode", mode, "--format", "jsonl"
        )
        assert {entry["prompts_spent"] for entry in documents(ran.out)} == {spent}


def test_truth_prints_accuracy_with_its_interval(twentyq, things):
    (things / "labels.csv").write_text("folder,label\nsky,sky\nsea,sky\n")
    ran = twentyq(
        "classify", "pictures", "--system", "things.yaml", "--truth", "folder", "--labels",
        "labels.csv", "--agreement", "--format", "json",
    )  # fmt: skip
    document = json.loads(ran.out)
    truths = {entry["picture"]: entry["truth"] for entry in document["results"]}
    assert truths["pictures/sea/4.png"] == "sky"
    right = sum(entry["label"] == entry["truth"] for entry in document["results"])
    accuracy = document["summary"]["accuracy"]
    assert (accuracy["count"], accuracy["total"]) == (right, 6)
    assert accuracy["low"] < right / 6 < accuracy["high"] or right in (0, 6)
    assert document["summary"]["agreement"]["total"] == 6


def test_classes_limit_what_can_be_said(twentyq, things):
    (things / "some.txt").write_text("sky\n\ngrass\n")
    ran = twentyq(
        "classify", "pictures", "--system", "things.yaml", "--classes", "some.txt", "--format",
        "jsonl",
    )  # fmt: skip
    assert {entry["label"] for entry in documents(ran.out)} <= {"sky", "grass"}


def test_reject_gives_no_label(twentyq, things):
    ran = twentyq(
        "classify", "pictures", "--system", "things.yaml", "--reject", "1", "--format", "json"
    )
    document = json.loads(ran.out)
    assert {entry["label"] for entry in document["results"]} == {None}
    assert document["summary"]["rejected"] == 6
    shown = twentyq("classify", "pictures", "--system", "things.yaml", "--reject", "1")
    assert "no label" in shown.out
    assert "6 below --reject" in shown.out


def test_top_ranks_more_labels(twentyq, things):
    ran = twentyq("classify", "pictures/sea", "--system", "things.yaml", "--top", "3")
    assert sum(line.split()[0] in SIX for line in ran.out.splitlines() if line.split()) == 2


def test_sort_into_copies_and_never_replaces(twentyq, things):
    command = ("classify", "pictures", "--system", "things.yaml", "--sort-into", "sorted")
    assert twentyq(*command).code == 0
    copies = sorted(path for path in (things / "sorted").rglob("*.png"))
    assert len(copies) == 6
    assert len(list((things / "pictures").rglob("*.png"))) == 6
    assert twentyq(*command).code == 0
    assert sorted((things / "sorted").rglob("*.png")) == copies
    other = copies[0].parent
    copies[0].write_bytes(b"something else")
    assert twentyq(*command).code == 0
    assert copies[0].read_bytes() == b"something else"
    assert (other / f"{copies[0].stem}-2.png").is_file()


def test_common_options_come_from_the_environment(twentyq, things, monkeypatch):
    monkeypatch.setenv("TWENTYQ_SYSTEM", "things.yaml")
    monkeypatch.setenv("TWENTYQ_MODE", "full")
    monkeypatch.setenv("TWENTYQ_FORMAT", "jsonl")
    (entry,) = documents(twentyq("classify", "pictures/sea/4.png").out)
    assert entry["stop_reason"] == "all-asked"
    monkeypatch.setenv("TWENTYQ_CALIBRATION", "no.json")
    assert "no.json: the calibration cannot be read" in twentyq("classify", "pictures").err


@pytest.mark.usefixtures("things")
def test_the_animals_are_asked_where_no_system_is_named(twentyq):
    document = json.loads(twentyq("classify", "pictures/sea/4.png", "--format", "json").out)
    assert document["system"] == "animals"
    assert document["results"][0]["label"] in load_system("animals").classes


@pytest.mark.parametrize("save", [save_clip, save_siglip, save_dual_encoder])
def test_any_saved_encoder_plays_the_articles_system(twentyq, things, tmp_path, save):
    save(tmp_path / "encoder")
    for mode, scale in (("full", "encoder"), ("full", "article"), ("adaptive", "encoder")):
        ran = twentyq(
            "classify", "pictures", "--system", "pokemon", "--encoder", tmp_path / "encoder",
            "--mode", mode, "--scale", scale, "--format", "json",
        )  # fmt: skip
        assert ran.code == 0
        document = json.loads(ran.out)
        assert len(document["results"]) == 6
        assert document["encoder"] == str(tmp_path / "encoder")


def test_the_second_run_embeds_no_prompt(twentyq, things):
    command = ("classify", "pictures", "--system", "things.yaml", "--format", "json")
    first, second = (json.loads(twentyq(*command).out) for _ in range(2))
    assert first["summary"]["prompts_embedded"] > 0
    assert second["summary"]["prompts_embedded"] == 0
    for one, other in zip(first["results"], second["results"], strict=True):
        assert one["label"] == other["label"]
        assert one["posterior"] == other["posterior"]
    third = json.loads(twentyq(*command, "--no-store").out)
    assert third["summary"]["prompts_embedded"] == first["summary"]["prompts_embedded"]


# Faults


def test_sixteen_hostile_files_fail_and_the_good_ones_are_classified(twentyq, things):
    good = (things / "pictures/sea/4.png").read_bytes()
    hostile = things / "hostile"
    hostile.mkdir()
    jpeg = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(jpeg, "JPEG")
    gif = io.BytesIO()
    Image.new("P", (8, 8)).save(gif, "GIF")
    contents = {
        "empty.png": b"",
        "text.png": b"I am a text",
        "half.png": good[: len(good) // 2],
        "half.jpg": jpeg.getvalue()[:300],
        "header.png": good[:8],
        "zeros.png": bytes(1000),
        "html.jpg": b"<html><body>404</body></html>",
        "script.svg.png": b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
        "postscript.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "half.gif": gif.getvalue()[:20],
        "noise.webp": b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(range(200)),
        "noise.tif": b"II*\x00\x08\x00\x00\x00\xff\xff" + bytes(60),
        "ctrl\x1b[31m.png": b"escape in the name",
    }
    for name, content in contents.items():
        (hostile / name).write_bytes(content)
    (hostile / "folder.png").mkdir()
    os.mkfifo(hostile / "pipe.png")
    (hostile / "dangling.png").symlink_to(hostile / "nowhere.png")
    sources = [*sorted(hostile.iterdir()), "pictures/sea/4.png", "pictures/sky/5.png"]
    named = "\n".join(map(str, sources))
    ran = twentyq("classify", "-", "--system", "things.yaml", "--format", "jsonl", stdin=named)
    assert ran.code == 3
    entries = documents(ran.out)
    assert len(entries) == 18
    assert [("error" in entry) for entry in entries] == [True] * 16 + [False, False]
    assert "Traceback" not in ran.err
    assert "\x1b" not in ran.err
    assert ran.err.count("twentyq: ") == 16


def test_a_bad_picture_is_told_in_every_format(twentyq, things):
    (things / "bad.png").write_text("text")
    for output in ("table", "json", "jsonl", "csv"):
        ran = twentyq(
            "classify", "bad.png", "pictures/sea", "--system", "things.yaml", "--format", output
        )
        assert ran.code == 3
        assert "twentyq: bad.png: not a picture" in ran.err
        assert "4.png" in ran.out
        assert ("bad.png" in ran.out) == (output != "table")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["none.png"], 3, "none.png: the file cannot be read"),
        (["no*.png"], 2, "PICTURE: no file matches"),
        (["empty"], 2, "empty: the folder has no pictures"),
        (["-"], 2, "-: no pictures were named"),
        (["pictures", "--system", "thinks"], 2, "pokemon"),
        (["pictures", "--policy", "gian"], 2, "policy: no such policy"),
        (["pictures", "--stop", "confident:1"], 2, "stop: no such stop rule"),
        (["pictures", "--decide", "luck"], 2, "decide: no such decision"),
        (["pictures", "--decide", "calibrated"], 2, "no calibrated probability to decide by"),
        (["pictures", "--stop", "agrees:0.9"], 2, "agrees needs a calibration"),
        (["pictures", "--calibration", "no.json"], 2, "the calibration cannot be read"),
        (["pictures", "--mode", "full", "--stop", "certain"], 2, "full asks in a fixed way"),
        (["pictures", "--explain", "--format", "csv"], 2, "--explain is told in words"),
        (["pictures", "--trace", "full"], 2, "only json and jsonl hold a trace"),
        (["pictures", "--labels", "x.csv"], 2, "--labels maps folders for --truth"),
        (["pictures", "--mode", "full", "--agreement"], 2, "full always agrees with itself"),
        (["pictures", "--classes", "none.txt"], 2, "the file of classes cannot be read"),
        (["pictures", "--truth", "folder", "--labels", "no.csv"], 2, "labels cannot be read"),
        (["pictures/..", "--truth", "folder", "--labels", "bad.csv"], 2, "lacks a column"),
        (["loose.png", "--truth", "folder"], 2, "the folder's name is no label of the system"),
        (["pictures", "--policy", "static:hue", "--format", "csv"], 2, "the order names a group"),
        (["pictures", "--budget", "1"], 2, "the budget does not pay for any group"),
        (["pictures", "--encoder", "./nowhere"], 4, "nowhere"),
        (["pictures", "--device", "cuda:77"], 4, "cuda"),
    ],
)
def test_faults_end_with_their_code_and_a_message(twentyq, things, arguments, code, message):
    (things / "empty").mkdir()
    (things / "bad.csv").write_text("a,b\n1,2\n")
    Image.new("RGB", (4, 4)).save(things / "loose.png")
    if "--system" not in arguments:
        arguments = [*arguments, "--system", "things.yaml"]
    ran = twentyq("classify", *arguments)
    assert ran.code == code
    assert message in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == "" or code == 3


def test_the_builtin_encoder_is_the_default_and_damage_to_it_is_told(
    twentyq, things, monkeypatch, clip_folder, tmp_path
):
    monkeypatch.delenv("TWENTYQ_ENCODER")
    ran = twentyq("classify", "pictures/sea", "--system", "things.yaml", "--format", "json")
    assert json.loads(ran.out)["encoder"] == "builtin"

    damaged = Path(shutil.copytree(clip_folder, tmp_path / "builtin"))
    write_checksums(damaged)
    (damaged / "model.safetensors").write_bytes(b"\0")
    monkeypatch.setattr(builtin_weights, "FOLDER", damaged)
    ran = twentyq("classify", "pictures/sea", "--system", "things.yaml")
    assert ran.code == 4
    assert "model.safetensors: the file is damaged, cut short, or of another version" in ran.err
    assert "--encoder takes a folder or a hub id" in ran.err
    assert ran.out == ""


def test_an_unwritable_store_ends_with_its_code(twentyq, things, monkeypatch):
    (things / "file").write_text("")
    monkeypatch.setenv("TWENTYQ_CACHE", str(things / "file" / "below"))
    ran = twentyq("classify", "pictures", "--system", "things.yaml")
    assert ran.code == 5
    assert "--no-store" in ran.err


def test_a_fault_of_our_own_is_confessed_without_a_traceback(twentyq, things, monkeypatch):
    def broken(*_):
        raise RuntimeError("a wheel came off")

    monkeypatch.setattr("twentyq.cli.sources.find_pictures", broken)
    ran = twentyq("classify", "pictures", "--system", "things.yaml")
    assert ran.code == 1
    assert "an error in twentyq itself" in ran.err
    assert "RuntimeError: a wheel came off" in ran.err
    assert "Traceback" not in ran.err
    monkeypatch.setenv("TWENTYQ_DEBUG", "1")
    assert "Traceback" in twentyq("classify", "pictures", "--system", "things.yaml").err


# The process


def command(*arguments):
    return [sys.executable, "-m", "twentyq", *map(str, arguments)]


def test_an_interrupt_ends_with_130(things):
    process = subprocess.Popen(
        command("classify", "-", "--system", "things.yaml"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts what it runs in the background with interrupts ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    # It waits for standard input once Python has installed its handler for interrupts.
    wait_until_reading(process.pid)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err


def wait_until_reading(pid):
    """Wait until a process sleeps in a read of its standard input, a pipe."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        fields = Path(f"/proc/{pid}/syscall").read_text().split()
        # On x86-64 and arm64 alike the first argument of read(2) is the file descriptor.
        if fields[0] in ("0", "63") and fields[1] == "0x0":
            return
        time.sleep(0.05)
    raise TimeoutError("the process never read its standard input")


def test_help_comes_at_once_and_without_torch(things):
    code = (
        "import sys\n"
        "from twentyq.cli import app\n"
        "from typer.testing import CliRunner\n"
        "result = CliRunner().invoke(app, ['classify', '--help'])\n"
        "assert result.exit_code == 0, result.output\n"
        "assert '--stop' in result.output\n"
        "heavy = {'torch', 'transformers', 'numpy', 'PIL', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_odd_byte_in_a_path_is_printed_as_an_escape(things):
    odd = os.fsencode(things / "pictures" / "sea") + b"/\xff.png"
    Path(os.fsdecode(odd)).write_bytes((things / "pictures/sea/4.png").read_bytes())
    for output, source, stdin in (("table", odd, b""), ("jsonl", "-", odd)):
        ran = subprocess.run(
            [*command("classify", "--system", "things.yaml", "--format", output), source],
            input=stdin,
            capture_output=True,
            check=False,
            env=os.environ | {"PYTHONIOENCODING": "utf-8:strict"},
        )
        assert ran.returncode == 0, ran.stderr
        assert b"\\udcff" in ran.stdout
