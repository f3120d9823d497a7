import os
import sqlite3
import subprocess
import sys
import time

import dspy
import pytest

from tests.authoring.openai_server import Drop, Raw, Stall, Status, serving
from twentyq.authoring import model_faults
from twentyq.authoring.language_model import LanguageModel, estimated_tokens, kept_replies
from twentyq.errors import LanguageModelError, StoreError, UsageError

KEY = "sk-a-key-of-tests-0123456789"
FOUR = "[[ ## answer ## ]]\n4\n\n[[ ## completed ## ]]"


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("TWENTYQ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(model_faults, "WAITS_S", (0.01, 0.01, 0.01))


def opened(server, **settings):
    given = {"max_calls": 20, "timeout_s": 5.0, "cache": kept_replies(), "max_tokens": 100}
    return LanguageModel.open("tiny", server.base, **(given | settings))


def ask(model, question="2 + 2"):
    with dspy.context(lm=model.lm):
        return dspy.Predict("question -> answer")(question=question).answer


def test_a_program_of_dspy_is_answered_and_the_call_counted():
    with serving([FOUR]) as server:
        model = opened(server)
        assert ask(model) == "4"
    (asked,) = server.asked
    assert asked.body["model"] == "tiny"
    assert asked.body["max_tokens"] == 100
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert "2 + 2" in asked.text
    assert model.usage.calls == 1
    assert model.usage.cached == 0
    assert model.usage.prompt_tokens == len(asked.text) // 4
    assert model.usage.completion_tokens == len(FOUR) // 4
    assert model.usage.cost is None


def test_a_server_of_ones_own_needs_no_key(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    with serving([FOUR]) as server:
        assert ask(opened(server)) == "4"


@pytest.mark.parametrize(
    "passing", [Status(429, headers={"Retry-After": "0"}), Status(500), Status(503), Drop()]
)
def test_what_passes_is_asked_again_and_each_call_counted(passing):
    with serving([passing, passing, FOUR]) as server:
        model = opened(server)
        assert ask(model) == "4"
    assert model.usage.calls == len(server.asked) == 3


def test_the_time_that_a_server_asks_for_is_waited():
    with serving([Status(429, headers={"Retry-After": "0.3"}), FOUR]) as server:
        started = time.monotonic()
        assert ask(opened(server)) == "4"
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize(
    ("answer", "calls", "said"),
    [
        (Status(500, "out of memory"), 4, ["the server fails", "status 500", "(asked 4 times)"]),
        (Drop(), 4, ["the server fails", "closed connection", "run the same command again"]),
        (Status(429), 4, ["takes no more requests now", "status 429", "your quota"]),
        (Status(429, headers={"Retry-After": "3600"}), 1, ["asks to wait 3600 s"]),
        (Status(401, f"bad key {KEY}"), 1, ["refuses the key", "bad key [key]", "environment"]),
        (Status(402, "no credit"), 1, ["nothing left to pay with", "no credit", "your quota"]),
        (Status(404, "no such model"), 1, ["cannot be asked", "no such model", "check the name"]),
        (Status(400, "not so"), 1, ["cannot be asked", "status 400", "not so"]),
        (Raw("<html>"), 1, ["cannot be asked", "is not JSON", "<html>"]),
    ],
)  # fmt: skip
def test_what_does_not_pass_ends_clearly(answer, calls, said):
    with serving(lambda _: answer) as server:
        model = opened(server)
        with pytest.raises(LanguageModelError) as fault:
            ask(model)
    assert len(server.asked) == model.usage.calls == calls
    assert str(fault.value).startswith(f"tiny at {server.base}: ")
    for part in said:
        assert part in str(fault.value)
    assert KEY not in str(fault.value)


def test_a_stalled_connection_ends_after_the_time_allowed():
    with serving([Stall()]) as server:
        started = time.monotonic()
        with pytest.raises(LanguageModelError, match=r"no answer within 0.2 s[\s\S]*--timeout"):
            ask(opened(server, timeout_s=0.2))
    assert time.monotonic() - started < 3
    assert len(server.asked) == 1


def test_a_server_that_is_not_there_is_said_at_once():
    with serving([]) as server:
        pass
    model = opened(server)
    with pytest.raises(LanguageModelError, match="no server can be reached"):
        ask(model)
    assert model.usage.calls == 1


def test_the_cap_holds_for_calls_and_is_told_with_what_was_used():
    with serving(lambda _: FOUR) as server:
        model = opened(server, max_calls=2)
        ask(model, "a")
        ask(model, "b")
        with pytest.raises(LanguageModelError) as fault:
            ask(model, "c")
        assert ask(opened(server, max_calls=0), "a") == "4"
        assert len(server.asked) == model.usage.calls == 2
        assert "the calls allowed are used up" in str(fault.value)
        assert "got: 2 calls" in str(fault.value)
        assert "--max-calls" in str(fault.value)
        assert "kept and not paid twice" in str(fault.value)


def test_attempts_count_towards_the_cap():
    with serving(lambda _: Status(500)) as server:
        with pytest.raises(LanguageModelError, match="used up"):
            ask(opened(server, max_calls=2))
        assert len(server.asked) == 2


def test_an_interrupted_command_continues_where_it_was():
    with serving([FOUR, FOUR.replace("4", "5"), FOUR]) as server:
        first = opened(server)
        assert [ask(first), ask(first)] == ["4", "5"]  # asked again is a new reply
        second = opened(server, max_calls=0)
        assert [ask(second), ask(second)] == ["4", "5"]
        assert second.usage.cached == 2
        assert second.usage.calls == second.usage.prompt_tokens == 0
        with pytest.raises(LanguageModelError, match="used up"):
            ask(second)
        ask(opened(server, cache=None))
    assert len(server.asked) == 3


def test_settings_and_servers_have_replies_of_their_own():
    with serving(lambda _: FOUR) as one, serving(lambda _: FOUR) as other:
        for server, settings in [(one, {}), (one, {"max_tokens": 99}), (other, {})]:
            model = opened(server, **settings)
            ask(model)
            assert model.usage.calls == 1


def test_the_key_is_in_no_file_and_a_reply_is_whole_or_absent(tmp_path):
    with serving(lambda _: FOUR) as server:
        ask(opened(server))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [kept_replies()]
    assert KEY.encode() not in kept_replies().read_bytes()
    with sqlite3.connect(kept_replies()) as file:
        assert file.execute("SELECT text, finish_reason FROM replies").fetchall() == [
            (FOUR, "stop")
        ]
    file.close()


def test_a_file_that_is_no_cache_is_told_and_not_touched():
    kept_replies().parent.mkdir()
    kept_replies().write_bytes(b"something else" * 100)
    with serving(lambda _: FOUR) as server, pytest.raises(StoreError, match="delete the file"):
        ask(opened(server))
    assert kept_replies().read_bytes() == b"something else" * 100
    assert server.asked == []


def test_nothing_piles_up_in_histories():
    from dspy.clients.base_lm import GLOBAL_HISTORY

    before = len(GLOBAL_HISTORY)
    with serving(lambda _: FOUR) as server:
        model = opened(server)
        ask(model)
    assert len(GLOBAL_HISTORY) == before
    assert model.lm.history == []


@pytest.mark.parametrize(
    ("name", "base", "said"),
    [
        ("", "http://localhost/v1", "no name of a language model"),
        ("gpt", None, "provider/model, such as"),
        ("openai/", None, "no name of a language model"),
        ("tiny", "localhost:8000", "no address of a server"),
        ("tiny", "file:///etc/passwd", "no address of a server"),
        ("tiny", "http://me:password@localhost/v1", "without name and password"),
    ],
)
def test_names_and_addresses_that_cannot_be_meant(name, base, said):
    with pytest.raises(UsageError, match=said):
        LanguageModel.open(name, base, max_calls=1, timeout_s=1, cache=None, max_tokens=9)


def test_a_missing_key_is_named_and_nothing_counted(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    model = LanguageModel.open("openai/gpt-4o", max_calls=1, timeout_s=1, cache=None, max_tokens=9)
    with pytest.raises(LanguageModelError, match=r"no key[\s\S]*OPENAI_API_KEY"):
        ask(model)
    assert model.usage.calls == 0
    assert model.usage.cost == 0


def test_a_provider_that_nobody_knows_is_told():
    model = LanguageModel.open("nosuch/model", max_calls=1, timeout_s=1, cache=None, max_tokens=9)
    with pytest.raises(LanguageModelError, match=r"cannot be asked[\s\S]*check the name"):
        model.ask("2 + 2")


def test_a_question_is_asked_without_a_program():
    with serving(["4", ""]) as server:
        model = opened(server)
        assert model.ask("2 + 2") == "4"
        assert model.ask("2 + 2") == ""
    assert server.asked[0].body["messages"] == [{"role": "user", "content": "2 + 2"}]


def test_prices_are_known_for_known_models_only():
    def price(name):
        return LanguageModel.open(
            name, max_calls=1, timeout_s=1, cache=None, max_tokens=20_000
        ).price

    known = price("openai/gpt-4o-mini")
    assert 0 < known.prompt < known.completion < 1e-3
    assert known.of(10, 1) == pytest.approx(10 * known.prompt + known.completion)
    assert price("nosuch/model") is None
    with serving([]) as server:
        assert opened(server).price is None


def test_models_that_reason_take_no_small_bound():
    model = LanguageModel.open("openai/gpt-5", max_calls=1, timeout_s=1, cache=None, max_tokens=9)
    assert model.lm.kwargs["max_completion_tokens"] is None


def test_a_forecast_of_tokens_is_rather_too_high():
    assert estimated_tokens("") == 0
    assert estimated_tokens("four words of English") == 7


def test_nothing_is_fetched_and_no_folder_made_by_opening(tmp_path):
    script = (
        "import socket, sys\n"
        "def refuse(*_): raise AssertionError('the network was used')\n"
        "socket.create_connection = socket.getaddrinfo = refuse\n"
        "from twentyq.authoring.language_model import LanguageModel\n"
        "assert 'dspy' not in sys.modules\n"
        "model = LanguageModel.open('openai/gpt-4o-mini', max_calls=1, timeout_s=1, cache=None,"
        " max_tokens=9)\n"
        "assert model.price\n"
        "assert 'litellm' not in sys.modules\n"
    )
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)
    assert list(tmp_path.iterdir()) == []
