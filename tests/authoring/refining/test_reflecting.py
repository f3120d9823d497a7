import pytest

from tests.authoring.openai_server import Status, serving
from tests.authoring.refining.shades import BETTER, SYSTEM, pool_of_shades, reply, standing
from twentyq.authoring import model_faults
from twentyq.authoring.language_model import LanguageModel
from twentyq.authoring.refining.foreseen import forecast_round
from twentyq.authoring.refining.reflecting import TRIES, ReflectingProposer
from twentyq.authoring.refining.splitting import Part
from twentyq.authoring.refining.worded import reworded
from twentyq.errors import LanguageModelError

QUESTIONS = TRIES * len(SYSTEM.groups)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(model_faults, "WAITS_S", (0.01, 0.01, 0.01))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def opened(server, **settings):
    given = {"max_calls": 50, "timeout_s": 5.0, "cache": None, "max_tokens": 500}
    return LanguageModel.open("tiny", server.base, **(given | settings))


def mends_shade(asked):
    """Answer as a good model would: mend the wording that is bad, and leave the other."""
    if "crimson" in asked.text:
        return reply(BETTER)
    return reply({"prompt": "It looks {}.", "options": ["noisy", "plain"]})


def proposed(proposer, pool, system=SYSTEM):
    now = standing(pool, system)
    return {
        name: [
            next(group for group in candidate.system.groups if group.name == name)
            for candidate in proposer.propose(pool, now, name)
        ]
        for name in proposer.coordinates(system)
    }


def test_a_bad_wording_is_found_out_and_mended():
    pool = pool_of_shades()
    with serving(mends_shade) as server:
        proposer = ReflectingProposer(opened(server))
        found = proposed(proposer, pool)
    (better,) = found["shade"]
    assert (better.prompt, list(better.options)) == (BETTER["prompt"], BETTER["options"])
    assert found["grain"] == []
    assert proposer.ended is None
    assert 1 <= len(server.asked) <= QUESTIONS
    assert "The pictures show things of one colour." in server.asked[0].text
    assert "which is called shade," in server.asked[0].text  # the group most to blame comes first
    for part in Part:
        before, after = (
            pool.stand(system, part).right.double().mean()
            for system in (SYSTEM, reworded(SYSTEM, better))
        )
        assert after >= before + 0.3


def test_a_change_is_told_in_words():
    pool = pool_of_shades()
    with serving(mends_shade) as server:
        (candidate,) = ReflectingProposer(opened(server)).propose(pool, standing(pool), "shade")
    assert candidate.change.group == "shade"
    assert candidate.change.before == "Its hue: {}. (crimson, viridian, azure)"
    assert candidate.change.after == "It is {}. (red, green, blue)"
    assert candidate.system.rules["leaf"]["shade"] == {"green": 1.0}


@pytest.mark.parametrize(
    ("flawed", "told"),
    [
        ("I am sorry, I cannot help with pictures.", "there is no JSON object"),
        ('```\n{"prompt": "It is {}.", "options": [red, green', "there is no JSON object"),
        (reply({**BETTER, "options": ["red", "green"]}), "options must be 3"),
        (reply({**BETTER, "options": ["red", "green", "red"]}), "two options are the same"),
        (reply({**BETTER, "prompt": "It is red."}), "{}"),
        (reply({**BETTER, "options": ["red", "green", 7]}), "options"),
        (reply({"question": "what?"}), "keys must be prompt and options"),
        ("", "there is no JSON object"),
    ],
)
def test_a_flawed_reply_changes_nothing_and_is_told_when_asking_again(flawed, told):
    pool = pool_of_shades()
    with serving(lambda asked: flawed) as server:
        found = proposed(ReflectingProposer(opened(server)), pool)
    assert found == {"shade": [], "grain": []}
    assert len(server.asked) == QUESTIONS
    of_shade = [asked.text for asked in server.asked if "crimson" in asked.text]
    assert "could not be used" not in of_shade[0]
    assert "An earlier wording of yours could not be used" in of_shade[1]
    assert told in of_shade[1]


def test_at_the_cap_what_was_found_is_kept_and_no_more_is_asked():
    pool = pool_of_shades()
    with serving(mends_shade) as server:
        proposer = ReflectingProposer(opened(server, max_calls=1))
        found = proposed(proposer, pool)
        assert len(found["shade"]) == 1
        assert "used up" in str(proposer.ended)
        assert proposed(proposer, pool) == {"shade": [], "grain": []}
    assert len(server.asked) == 1


def test_what_a_round_takes_is_foreseen():
    pool = pool_of_shades()
    with serving(lambda _: "I am sorry.") as server:
        model = opened(server)
        proposed(ReflectingProposer(model), pool)
    forecast = forecast_round(pool, SYSTEM)
    assert forecast.calls == model.usage.calls == QUESTIONS
    # The server counts four characters a token, the forecast three; later questions name faults.
    assert 0.9 * model.usage.prompt_tokens < forecast.prompt_tokens < 2 * model.usage.prompt_tokens
    assert forecast.completion_tokens > 0


def test_a_model_that_never_replied_is_an_error():
    pool = pool_of_shades()
    with serving(lambda _: Status(401, "no")) as server:
        with pytest.raises(LanguageModelError, match="refuses the key"):
            ReflectingProposer(opened(server)).propose(pool, standing(pool), "shade")
        assert len(server.asked) == 1


def test_nothing_is_asked_where_every_picture_is_named_rightly():
    pool = pool_of_shades(noise=0.1)
    with serving(mends_shade) as server:
        proposer = ReflectingProposer(opened(server))
        (candidate,) = proposer.propose(pool, standing(pool), "shade")
        n_asked = len(server.asked)
        assert standing(pool, candidate.system).right.all()
        assert proposed(ReflectingProposer(opened(server)), pool, candidate.system) == {
            "shade": [],
            "grain": [],
        }
        assert len(server.asked) == n_asked


def test_a_group_that_is_gone_has_no_candidates():
    pool = pool_of_shades()
    with serving([]) as server:
        proposer = ReflectingProposer(opened(server))
        assert proposer.propose(pool, standing(pool), "size") == []


def test_an_interrupted_refinement_continues_from_kept_replies(tmp_path):
    pool = pool_of_shades()
    with serving(mends_shade) as server:
        first = opened(server, cache=tmp_path / "replies.sqlite3")
        found = proposed(ReflectingProposer(first), pool)
        again = opened(server, cache=tmp_path / "replies.sqlite3", max_calls=0)
        assert proposed(ReflectingProposer(again), pool) == found
    assert again.usage.cached == first.usage.calls == len(server.asked)


def test_nothing_is_written_to_the_terminal(capsys):
    pool = pool_of_shades()
    with serving(mends_shade) as server:
        ReflectingProposer(opened(server)).propose(pool, standing(pool), "shade")
    assert capsys.readouterr() == ("", "")
