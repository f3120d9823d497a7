"""`twentyq refine --llm` against a real server on this machine that speaks OpenAI's protocol."""

import json
from dataclasses import replace

import pytest

from tests.authoring.openai_server import Status, serving
from tests.study.seeing import SYSTEM, draw_pictures
from twentyq.authoring import model_faults
from twentyq.authoring.refining.worded import reworded
from twentyq.engine.threads import threads
from twentyq.system import dump_system, load_system, parse_system

KEY = "sk-secret-test-key-0123456789"
BETTER = {"prompt": "It is {}.", "options": ["red", "green", "blue", "violet"]}


@pytest.fixture(autouse=True)
def world(monkeypatch, tmp_path):
    """Pictures of things, and a system that asks for their colours in words nobody knows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("TWENTYQ_ENCODER", "python:tests.study.seeing:SeeingEncoder")
    monkeypatch.setattr(model_faults, "WAITS_S", (0.01, 0.01, 0.01))
    draw_pictures(tmp_path / "pictures", each=18)
    good = parse_system(SYSTEM, "things.yaml")
    hues = replace(good.groups[0], prompt="Hue: {}", options=("rot", "verde", "bleu", "viola"))
    (tmp_path / "hues.yaml").write_text(dump_system(reworded(good, hues)))
    with threads(1):
        yield


@pytest.fixture
def refine(twentyq):
    def run(server, *arguments):
        model = ("--llm", "tiny", "--llm-base", server.base)
        return twentyq("refine", "pictures", "--system", "hues.yaml", *model, *arguments)

    return run


def mends_hues(asked):
    if "verde" in asked.text:
        return f"```json\n{json.dumps(BETTER)}\n```"
    return "The other wordings are fine as they are."


def test_failures_lead_to_a_better_file(refine):
    with serving(mends_hues) as server:
        ran = refine(server, "--moves", "wordings", "--format", "json", "--out", "better.yaml")
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert told["test"]["after"]["share"] >= told["test"]["before"]["share"] + 0.2
    assert told["validation"]["after"]["count"] > told["validation"]["before"]["count"]
    assert [step["change"]["group"] for step in told["steps"]] == ["colour"]
    better = load_system("better.yaml")
    assert better.groups[0].options == tuple(BETTER["options"])
    assert better.rules["sky"]["colour"] == {"blue": 1.0}
    assert "Hue: {} (rot, verde, bleu, viola) → It is {}." in better.history[0]
    assert "language model tiny" in better.history[-1]
    assert "forecast for a round, at most: 6 calls, " in ran.err
    assert f"calls made: {len(server.asked)}, kept replies used: 0; " in ran.err
    assert KEY not in ran.err + ran.out
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_at_the_cap_what_was_found_is_written_and_the_end_told(refine):
    with serving(mends_hues) as server:
        ran = refine(server, "--moves", "wordings", "--max-calls", 1)
        assert len(server.asked) == 1
    assert ran.code == 0, ran.err
    assert load_system("refined.yaml").groups[0].options == tuple(BETTER["options"])
    assert "asked no more, and what was found is kept: tiny at" in ran.err
    assert "the calls allowed are used up" in ran.err
    assert "--max-calls" in ran.err


def test_a_server_that_always_fails_is_a_clear_end(refine, tmp_path):
    with serving(lambda _: Status(500, "broken")) as server:
        ran = refine(server, "--moves", "wordings")
    assert ran.code == 4
    assert "the server fails" in ran.err
    assert "calls made: 4, " in ran.err
    assert ran.out == ""
    assert not (tmp_path / "refined.yaml").exists()


def test_refusals_change_nothing(refine, tmp_path):
    with serving(lambda _: "I am sorry, I cannot help with that.") as server:
        ran = refine(server, "--moves", "wordings")
    assert ran.code == 2
    assert "no change helps, and nothing is written" in ran.err
    assert not (tmp_path / "refined.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--moves", "groups"), "these moves word none"),
        (("--wordings", "list.yaml"), "from a language model or from a list"),
        (("--llm-base", "nowhere"), "no address of a server"),
    ],
)
def test_what_contradicts_is_refused_before_anything_is_done(refine, tmp_path, arguments, said):
    (tmp_path / "list.yaml").write_text("{}")
    with serving([]) as server:
        ran = refine(server, *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert server.asked == []
