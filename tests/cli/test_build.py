"""`twentyq build` against a real server on this machine that speaks OpenAI's protocol."""

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.authoring.building.birdwatcher import ABOUT, BIRDS, answer, classes_in, step
from tests.authoring.openai_server import Drop, Stall, Status, serving
from twentyq.authoring import model_faults
from twentyq.system import load_system

KEY = "sk-secret-test-key-0123456789"
REPLIES = Path(__file__).parents[1] / "authoring" / "replies"
REPOSITORY = Path(__file__).parents[2]
USED = re.compile(r"calls made: (\d+), kept replies used: (\d+);")


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(model_faults, "WAITS_S", (0.01, 0.01, 0.01))


@pytest.fixture
def build(twentyq):
    def run(server, *arguments, names=BIRDS):
        given = ("--llm", "tiny", "--llm-base", server.base, "--groups", 2)
        about = () if "--revise" in arguments else ("--about", ABOUT)
        return twentyq("build", *names, *given[: 6 if about else 4], *about, *arguments)

    return run


def arguments_for(server):
    return [*BIRDS, "--llm", "tiny", "--llm-base", server.base, "--groups", "2", "--about", ABOUT]


def test_from_names_to_a_file_that_classify_plays(build, twentyq, things, with_clip):
    with serving(answer) as server:
        ran = build(server)
    assert ran.code == 0, ran.err
    assert ran.out == ""
    assert "twentyq: forecast: 5 calls, " in ran.err
    assert "at a price that is not known here" in ran.err
    assert USED.search(ran.err).groups() == ("5", "0")
    assert "draft.yaml: 6 classes, 2 groups; remarks in its comments: 0;" in ran.err
    assert len(server.asked) == 5
    draft = load_system("draft.yaml")
    assert draft.name == "draft"
    assert draft.about == ABOUT
    assert draft.rules["magpie"] == {"main_color": {"black": 0.5, "white": 0.5}}
    classified = twentyq("classify", "pictures/sky", "--system", "draft.yaml", "--format", "json")
    assert classified.code == 0, classified.err
    assert json.loads(classified.out)["results"][0]["label"] in BIRDS


def test_flawed_replies_come_to_a_file_with_remarks(build, tmp_path):
    with serving(json.loads((REPLIES / "flawed.json").read_text(encoding="utf-8"))) as server:
        ran = build(server, "--out", "birds.yaml")
    assert ran.code == 0, ran.err
    assert len(server.asked) == 11
    text = (tmp_path / "birds.yaml").read_text(encoding="utf-8")
    assert text.startswith("# A draft by the language model tiny. Models err:")
    assert "twentyq system check FILE" in text
    assert load_system("birds.yaml").rules["blackbird"]["face"] == {"a yellow beak": 1.0}


def test_the_page_shows_what_is_written(build, tmp_path):
    page = (REPOSITORY / "docs" / "build.md").read_text(encoding="utf-8")
    with serving(json.loads((REPLIES / "page.json").read_text(encoding="utf-8"))) as server:
        ran = build(server, "--out", "birds.yaml")
    assert ran.code == 0, ran.err
    assert f"```yaml\n{(tmp_path / 'birds.yaml').read_text(encoding='utf-8')}```" in page


def test_what_passes_is_asked_again_and_what_does_not_ends_clearly(build, tmp_path):
    passing = iter([Status(429, headers={"Retry-After": "0"}), Status(500), Drop()])
    with serving(lambda asked: next(passing, None) or answer(asked)) as server:
        ran = build(server, "--out", "passing.yaml")
    assert ran.code == 0, ran.err
    assert len(server.asked) == 5 + 3
    assert USED.search(ran.err).groups() == ("8", "0")
    ends = (
        (Status(429), 4, "the server takes no more requests now"),
        (Status(500), 4, "the server fails"),
        (Status(401, f"no such key: {KEY}"), 1, "the server refuses the key"),
        (Stall(), 1, "no answer within 0.3 s"),
        ("I cannot help with that.", 4, "2 attributes were asked for 4 times, none is usable"),
    )
    for fault, requests, said in ends:
        with serving(lambda _, fault=fault: fault) as server:
            ran = build(server, "--timeout", 0.3, "--no-cache")
        assert ran.code == 4
        assert said in ran.err
        assert USED.search(ran.err).groups() == (str(requests), "0")
        assert len(server.asked) == requests
        assert KEY not in ran.err
        assert not (tmp_path / "draft.yaml").exists()


def test_the_cap_ends_a_build_and_a_larger_one_continues_it(build):
    with serving(answer) as server:
        ran = build(server, "--max-calls", 3, "--cache", "replies.sqlite3")
        assert ran.code == 4
        assert "never more than 3 calls" in ran.err
        assert "the calls allowed are used up" in ran.err
        assert len(server.asked) == 3
        ran = build(server, "--cache", "replies.sqlite3")
    assert ran.code == 0, ran.err
    assert USED.search(ran.err).groups() == ("2", "3")
    assert len(server.asked) == 5


def test_a_killed_build_is_continued_and_the_key_is_nowhere(build, tmp_path):
    """One real process, killed while its fourth request waits for an answer."""
    reached = threading.Event()

    def stalls(asked):
        if len(server.asked) < 4:
            return answer(asked)
        reached.set()
        return Stall()

    with serving(stalls) as server:
        command = [sys.executable, "-m", "twentyq", "build", *arguments_for(server)]
        environment = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(REPOSITORY)}
        with (tmp_path / "output.txt").open("w") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
            while process.poll() is None and not reached.wait(timeout=0.1):
                pass
            process.kill()
            assert process.wait() < 0, (tmp_path / "output.txt").read_text()
        server.answer_to = answer
        server.asked.clear()
        ran = build(server)
    assert ran.code == 0, ran.err
    assert USED.search(ran.err).groups() == ("2", "3")
    assert [step(asked) for asked in server.asked] == ["prompt", "rules"]
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert "group main_color: rules of 6 of 6 classes" in (tmp_path / "output.txt").read_text()
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in written} == {"output.txt", "draft.yaml", "replies.sqlite3"}
    assert not [path for path in written if KEY.encode() in path.read_bytes()]
    assert KEY not in ran.err


def test_facts_go_to_the_model_and_name_the_classes(build, tmp_path):
    (tmp_path / "birds.csv").write_text("class,size,song\nrobin,14 cm,clear\nwren,10 cm,\n")
    with serving(answer) as server:
        ran = build(server, "--facts", "birds.csv", names=())
        assert ran.code == 0, ran.err
        assert classes_in(server.asked[2]) == ["robin", "wren"]
        assert "robin (size: 14 cm; song: clear)\nwren (size: 10 cm)" in server.asked[2].text
        ran = build(server, "--facts", "birds.csv", "--dry-run")
    assert "birds.csv has no facts on 4 of 6 classes" in ran.err


def test_a_dry_run_asks_and_writes_nothing(twentyq, tmp_path):
    (tmp_path / "names.txt").write_text("\n".join(BIRDS))
    given = ("--classes", "names.txt", "--about", ABOUT, "--llm", "openai/gpt-4o-mini")
    ran = twentyq("build", *given, "--dry-run")
    assert ran.code == 0, ran.err
    assert re.search(r"forecast: 11 calls, [\d,]+ tokens of questions and [\d,]+ of", ran.err)
    assert re.search(r"about \$0\.00\d\d;", ran.err)
    assert [path.name for path in tmp_path.iterdir()] == ["names.txt"]


def test_notes_change_what_they_speak_of_and_nothing_else(build, tmp_path):
    with serving(answer) as server:
        assert build(server, "--out", "birds.yaml").code == 0
    before = load_system("birds.yaml")
    replies = [
        {"reword": [], "reassign": ["main_color"], "drop": [], "add": []},
        {"changes": {"goldfinch": "white"}},
    ]
    with serving(map(json.dumps, replies)) as server:
        ran = build(
            server, "--revise", "birds.yaml", "--notes", "Goldfinches are white.",
            "--out", "b2.yaml", names=(),
        )  # fmt: skip
    assert ran.code == 0, ran.err
    assert len(server.asked) == 2
    assert "Goldfinches are white." in server.asked[0].text
    after = load_system("b2.yaml")
    assert "class goldfinch: main_color 'brown' -> 'white'" in ran.err
    assert (
        "# - class goldfinch: main_color 'brown' -> 'white'" in (tmp_path / "b2.yaml").read_text()
    )
    assert after.groups == before.groups
    changed = {
        **before.rules,
        "goldfinch": {**before.rules["goldfinch"], "main_color": {"white": 1}},
    }
    assert after.rules == changed
    assert after.source.startswith(before.source)
    assert "revised with the language model tiny" in after.source


NOWHERE = ("--llm", "tiny", "--llm-base", "http://127.0.0.1:9/v1")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["robin", "wren"], ["--about: a line on the domain is wanted"]),
        (["robin", "--about", "birds"], ["at least two classes", "'robin'", "--classes FILE"]),
        (["robin", "robin", "--about", "birds"], ["a class is named twice", "'robin'"]),
        (["robin", "Robin", "--about", "birds"], ["two classes are alike but for case"]),
        (["robin", "a\nb", "--about", "birds"], ["a control character or a line break"]),
        (["--notes", "more"], ["a draft and notes on it belong together", "got: one of them"]),
        (["--revise", "x.yaml"], ["a draft and notes on it belong together"]),
        (["--revise", "x.yaml", "--notes", " "], ["notes without a word"]),
        (["wren", "--revise", "x.yaml", "--notes", "n"], ["CLASS: a revision takes this from the"]),
        (["--groups", "3", "--revise", "x.yaml", "--notes", "n"], ["--groups: a revision takes"]),
        (["--out", "here.yaml"], ["--out here.yaml: this file exists already", "--force"]),
        (["robin", "wren", "--about", "b", "--out", " .yaml"], ["--out: this text is empty"]),
        (["robin", "wren", "--about", "b" * 9000], ["a request does not fit", "4096 tokens"]),
        (["--classes", "none.txt"], ["the file of classes cannot be read"]),
        (["--facts", "bad.csv", "--about", "b"], ["bad.csv, line 1: the table has no"]),
    ],
)  # fmt: skip
def test_what_cannot_be_obeyed_is_refused_before_anything_is_asked(
    twentyq, tmp_path, arguments, said
):
    (tmp_path / "here.yaml").write_text("mine")
    (tmp_path / "bad.csv").write_text("classs,size\nrobin,1\n")
    ran = twentyq("build", *NOWHERE, *arguments)
    assert ran.code == 2
    assert ran.out == ""
    for part in said:
        assert part in ran.err
    assert (tmp_path / "here.yaml").read_text() == "mine"


def test_the_extra_is_named_where_it_is_missing(twentyq, monkeypatch):
    monkeypatch.setattr("twentyq.cli.extras.find_spec", lambda _: None)
    ran = twentyq("build", *NOWHERE, *BIRDS, "--about", ABOUT)
    assert ran.code == 2
    assert "pip install 'twentyq[build]'" in ran.err
