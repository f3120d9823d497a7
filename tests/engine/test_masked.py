import copy
from collections import Counter
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from tests.engine.calibrated import PARTS, make_calibration
from tests.engine.worlds import NearlyLevel, make_world
from twentyq.engine import (
    Game,
    compile_plan,
    full_game,
    kept_similarities,
    masked,
    parse_policy,
    parse_stop,
    play,
)
from twentyq.engine.compacting import play_compacting
from twentyq.engine.listening import no_answers, read_group
from twentyq.engine.masked import (
    Flag,
    after_round,
    begin,
    choose_masked,
    groups_called,
    play_masked,
)
from twentyq.engine.policies import FileOrderPolicy, GivenPolicy, fixed_values
from twentyq.errors import SimilarityError

seeds = st.integers(0, 2**32 - 1)

POLICIES = (
    *("gain", "gain-per-prompt", "gini", "gini-per-prompt", "static", "random", "random:5"),
    *("some in order", "given", "file-order", "nearly-level"),
)
ON_SCORES = ("certain", "agrees:0.9", "certain|confidence:0.8", "agrees:0.9&questions:2")
STOPS = (
    *("none", "confidence:0.6", "margin:0.3", "questions:2"),
    *("confidence:0.6|questions:3", "margin:0.2&questions:2", "confidence:0.9|margin:0.5&none"),
)
DECISIONS = ("score", "posterior", "calibrated")


def make_policy(name, plan, rng, n_images):
    groups = plan.groups
    match name:
        case "some in order":
            some = rng.permutation(len(groups))[: rng.integers(1, len(groups) + 1)]
            return parse_policy("static:" + ",".join(groups[g] for g in some))
        case "given":
            orders = np.stack([rng.permutation(len(groups)) for _ in range(n_images)])
            orders[rng.random(orders.shape) < 0.2] = -1
            return GivenPolicy(torch.from_numpy(orders))
        case "file-order":
            return FileOrderPolicy()
        case "nearly-level":
            return NearlyLevel()
    return parse_policy(name)


@st.composite
def games(draw):
    """A world, a game on it, and the groups whose prompts are there from the beginning."""
    seed, n_images = draw(seeds), draw(st.sampled_from([1, 2, 7, 40]))
    rng = np.random.default_rng(seed)
    world = make_world(seed, n_images, labels=draw(st.booleans()), prior=draw(st.booleans()))
    plan = world.plan
    decide = draw(st.sampled_from(DECISIONS))
    needed = {"moments", "probability"}
    parts = [part for part in PARTS if part in needed or draw(st.booleans())]
    game = Game(
        plan,
        draw(st.sampled_from([1.0, 24.6])),
        policy=make_policy(draw(st.sampled_from(POLICIES)), plan, rng, n_images),
        stop=parse_stop(draw(st.sampled_from(STOPS + ON_SCORES * (decide == "score")))),
        decide=decide,
        budget=draw(st.none() | st.integers(int(plan.sizes.max()), 2 * plan.n_prompts)),
        ask_all=draw(st.booleans()),
        calibration=make_calibration(world, parts, seed),
    )
    resident = draw(st.sets(st.integers(0, len(plan.groups) - 1)))
    return world, game, resident


def both(world, game, resident=()):
    """Play by either loop, each on the numbers of a later batch unless orders are given."""
    n_images = len(world.similarities)
    first = 0 if isinstance(game.policy, GivenPolicy) else 100
    numbers = torch.arange(first, first + n_images)
    return (
        play_masked(game, world.ask, n_images, numbers=numbers, resident=resident),
        play_compacting(game, world.ask, n_images, numbers=numbers),
    )


def assert_equal_outcomes(ours, theirs, tolerance):
    assert ours.groups_asked.tolist() == theirs.groups_asked.tolist()
    assert ours.stop_reason == theirs.stop_reason
    assert torch.equal(ours.leader, theirs.leader)
    assert torch.equal(ours.prompts_spent, theirs.prompts_spent)
    assert torch.equal(ours.scores, theirs.scores)
    torch.testing.assert_close(ours.posterior, theirs.posterior, atol=tolerance, rtol=0)
    torch.testing.assert_close(
        ours.outcome_posterior, theirs.outcome_posterior, atol=tolerance, rtol=0
    )
    torch.testing.assert_close(ours.probability, theirs.probability, atol=tolerance, rtol=0)


@given(games())
def test_the_outcome_is_that_of_the_loop_which_leaves_out_stopped_pictures(drawn):
    world, game, resident = drawn
    # A discriminant's evidence is computed in another form, and then rounded to steps of 2⁻³⁶.
    tolerance = 1e-12 if game.calibration.discriminant is None else 1e-8
    assert_equal_outcomes(*both(world, game, resident), tolerance)


def test_full_is_played_alike():
    world = make_world(5, n_classes=8, n_groups=5, n_images=40)
    ours, theirs = both(world, full_game(world.plan, 24.6))
    assert ours.groups_asked.tolist() == [[0, 1, 2, 3, 4]] * 40
    assert torch.equal(ours.scores, theirs.scores)
    assert torch.equal(ours.posterior, theirs.posterior)
    assert ours.probability is None


def test_no_pictures_are_no_trouble():
    world = make_world(1, n_images=0)
    for policy in ("gain", "random", "static"):
        ours, _ = both(world, Game(world.plan, 1.0, policy=parse_policy(policy)))
        assert ours.leader.shape == (0,)
        assert ours.groups_asked.shape == (0, len(world.plan.groups))
        assert ours.stop_reason == ()


def test_a_picture_that_asks_nothing_is_not_stopped_by_a_rule():
    world = make_world(5, n_classes=8, n_groups=5, n_images=2, hard=True)
    orders = torch.tensor([[-1, -1], [2, 0]])
    game = Game(world.plan, 1.0, policy=GivenPolicy(orders), stop=parse_stop("confidence:0.001"))
    ours, theirs = both(world, game)
    assert ours.stop_reason == theirs.stop_reason == ("order-ended", "confidence:0.001")


# What is not finite


def first_error(loop, game, world):
    try:
        loop(game, world.ask, len(world.similarities))
    except SimilarityError as error:
        return str(error)
    return None


@given(seeds, st.sampled_from(["gain", "random", "static"]), st.sampled_from([0.01, 0.1]))
def test_the_same_answer_is_complained_of(seed, policy, share):
    world = make_world(seed, n_images=12, hard=True)
    rng = np.random.default_rng(seed)
    spoilt = torch.from_numpy(rng.random(world.similarities.shape) < share)
    world.similarities[spoilt] = torch.nan
    game = Game(world.plan, 24.6, policy=parse_policy(policy), stop=parse_stop("questions:2"))
    assert first_error(play_masked, game, world) == first_error(play_compacting, game, world)


def test_what_is_not_finite_hurts_only_a_picture_that_asks_for_it():
    world = make_world(21, n_classes=8, n_groups=5, hard=True, n_images=40)
    game = Game(world.plan, 100.0, stop=parse_stop("questions:2"))
    unspoilt, _ = both(world, game)
    asked = (unspoilt.groups_asked[:, :, None] == torch.arange(5)).any(dim=1)
    world.similarities[~asked[:, world.plan.option_group]] = torch.nan
    got, _ = both(world, game, resident=range(5))
    assert torch.equal(got.groups_asked, unspoilt.groups_asked)
    assert torch.equal(got.scores, unspoilt.scores)


# Which groups are read


def groups_read(loop, game, world, **more):
    read = Counter()

    def ask(group, rows):
        read[group] += 1
        return world.ask(group, rows)

    loop(game, ask, len(world.similarities), **more)
    return read


@given(games())
def test_groups_that_nobody_asks_are_not_read(drawn):
    world, game, _ = drawn
    read = groups_read(play_masked, game, world)
    assert set(read) == set(groups_read(play_compacting, game, world))
    assert set(read.values()) <= {1}


def test_resident_groups_that_may_be_asked_are_read_at_once():
    world = make_world(5, n_classes=8, n_groups=5, hard=True)
    game = Game(
        world.plan, 1.0, policy=parse_policy("static:g3,g1"), stop=parse_stop("questions:1")
    )
    assert groups_read(play_masked, game, world) == {3: 1}
    assert groups_read(play_masked, game, world, resident=[0, 1, 2]) == {1: 1, 3: 1}


# Who waits for the device


class Looks(TorchDispatchMode):
    """Counts, round by round, the operations for which the host would wait for a device."""

    ALWAYS = ("_local_scalar_dense", "nonzero", "unique", "masked_select", "equal", "is_nonzero")

    def __init__(self):
        super().__init__()
        self.rounds = [0]

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        if any(word in name for word in self.ALWAYS) or _by_mask(name, args):
            self.look()
        return func(*args, **(kwargs or {}))

    def look(self):
        self.rounds[-1] += 1

    def next_round(self):
        self.rounds.append(0)


def _by_mask(name, args):
    """Whether an index is a mask: how many rows it takes only what it holds can tell."""
    if name not in ("index", "index_put", "index_put_", "_index_put_impl_"):
        return False
    return any(index is not None and index.dtype == torch.bool for index in args[1])


@pytest.fixture
def looks(monkeypatch):
    """Looks at each of the rounds: what comes before the first, then each, then what follows."""
    looks = Looks()

    def told(at, method):
        original = getattr(at, method)

        def wrapped(*args, **kwargs):
            looks.look() if at is torch.Tensor else looks.next_round()
            return original(*args, **kwargs)

        monkeypatch.setattr(at, method, wrapped)

    # An array on a CPU becomes a list without any operation that could be counted.
    told(torch.Tensor, "tolist")
    told(masked, "choose_masked")
    told(masked, "conclude")
    return looks


def played(looks, game, world, resident):
    looks.rounds = [0]
    with looks:
        outcome = play_masked(game, world.ask, len(world.similarities), resident=resident)
    _, *rounds, _ = looks.rounds
    return outcome, rounds


def test_counting_looks_sees_every_way_to_look(looks):
    array = torch.arange(3.0)
    for look in (
        lambda: array[0].item(),
        lambda: bool(array[0]),
        lambda: array.tolist(),
        lambda: array.nonzero(),
        lambda: array[array > 1],
        lambda: torch.unique(array),
        lambda: array.clone().index_put_((array > 1,), torch.tensor(0.0)),
        lambda: torch.where(array > 1),
    ):
        before = looks.rounds[-1]
        with looks:
            look()
        assert looks.rounds[-1] > before
    world = make_world(5, n_classes=8, n_groups=5, hard=True)
    before = looks.rounds[-1]
    with looks:
        play_compacting(Game(world.plan, 1.0), world.ask, 6)
    assert looks.rounds[-1] > before + 10


EVERY_STOP = parse_stop("|".join(("certain", "agrees:0.9", "confidence:0.99", "margin:0.98")))


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("calibrated", [False, True])
def test_with_all_prompts_resident_no_round_looks_at_the_device(looks, name, calibrated):
    world = make_world(21, n_classes=8, n_groups=6, n_images=40, labels=True)
    parts = PARTS if calibrated else ("moments",)
    policy = make_policy(name, world.plan, np.random.default_rng(0), 40)
    game = Game(
        world.plan,
        24.6,
        policy=policy,
        stop=EVERY_STOP,
        budget=world.plan.n_prompts,
        calibration=make_calibration(world, parts),
    )
    outcome, rounds = played(looks, game, world, range(6))
    longest = int((outcome.groups_asked >= 0).sum(dim=1).max())
    # The last round finds the flag down, unless there was nothing left to ask anyway.
    assert len(rounds) in (longest, longest + 1)
    # What follows the last round looks for answers that were not finite.
    assert rounds[:-1] == [0] * (len(rounds) - 1)
    assert rounds[-1] == 1


def test_while_prompts_are_missing_a_round_looks_once(looks):
    world = make_world(21, n_classes=8, n_groups=6, n_images=40, hard=True)
    game = Game(world.plan, 100.0, stop=parse_stop("confidence:0.99"))
    read_in = []

    def ask(group, rows):
        read_in.append(len(looks.rounds) - 1)
        return world.ask(group, rows)

    with looks:
        outcome = play_masked(game, ask, 40)
    _, *rounds, _ = looks.rounds
    waiting = max(read_in)
    assert len(read_in) == len(game.askable) == 6
    assert 1 <= waiting < len(rounds)
    assert rounds == [1] * waiting + [0] * (len(rounds) - waiting - 1) + [1]
    assert int((outcome.groups_asked >= 0).sum()) > 40


def test_the_host_hears_of_it_when_nobody_plays_any_more(looks):
    world = make_world(21, n_classes=8, n_groups=6, n_images=40, hard=True)
    game = Game(world.plan, 1.0, stop=parse_stop("questions:2"))
    _, rounds = played(looks, game, world, resident=range(6))
    # On a CPU at once: the third round is begun and not played.
    assert len(rounds) == 3


def test_a_flag_goes_down_with_the_last_picture():
    flag = Flag(torch.device("cpu"))
    assert flag.up
    flag.send(torch.tensor([False, True]))
    assert flag.up
    flag.send(torch.tensor([False, False]))
    assert not flag.up


def on(device, value):
    """The same, all its arrays on a device."""
    if isinstance(value, torch.Tensor):
        return value.to(device)
    if not is_dataclass(value):
        return value
    moved = copy.copy(value)
    for item in fields(value):
        object.__setattr__(moved, item.name, on(device, getattr(value, item.name)))
    return moved


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("decide", DECISIONS)
def test_a_round_needs_nothing_that_arrays_hold(name, decide):
    """On torch's meta device arrays have shapes and hold nothing.

    To look at one is an error there, and so is to mix it with an array on the host.
    """
    world = make_world(21, n_classes=8, n_groups=6, n_images=9, labels=True)
    game = Game(
        world.plan,
        24.6,
        policy=make_policy(name, world.plan, np.random.default_rng(0), 9),
        stop=EVERY_STOP if decide == "score" else parse_stop("margin:0.9&questions:2"),
        decide=decide,
        budget=world.plan.n_prompts,
        calibration=make_calibration(world),
    )
    reading = replace(game.reading, fixed_shapes=True)
    now, answers = begin(game, reading, 9), no_answers(reading, 9)
    fixed = fixed_values(game.policy, game.plan, game.channel, now.state.picture)
    game, reading, now, answers, fixed = (
        on("meta", value) for value in (game, reading, now, answers, fixed)
    )
    for group in game.askable:
        cosines = torch.empty(9, len(game.plan.options[group]), device="meta")
        read_group(reading, answers, group, cosines)
    for number in range(2):
        chosen = choose_masked(game, now, fixed)
        assert groups_called(game, chosen).shape == (6,)
        now = after_round(game, reading, answers, now, chosen, number)
    assert now.playing.device.type == "meta"
    with pytest.raises(RuntimeError, match="cannot be called on meta tensors"):
        now.playing.any().item()


def test_play_takes_this_loop_where_the_plan_lies_on_a_device(monkeypatch):
    world = make_world(5, n_classes=8, n_groups=5, hard=True)
    calls = []
    for loop in ("play_masked", "play_compacting"):
        monkeypatch.setattr(
            f"twentyq.engine.playing.{loop}",
            lambda *_, loop=loop, **options: calls.append((loop, options)),
        )
    game = Game(world.plan, 1.0)
    play(game, world.ask, 6, resident=[1])
    monkeypatch.setattr(torch, "set_num_threads", pytest.fail)
    play(on("meta", game), world.ask, 6, resident=[1])
    play(on("meta", game), world.ask, 6, detail="brief")
    assert calls == [
        ("play_compacting", {"numbers": None, "detail": "none", "watch": None}),
        ("play_masked", {"numbers": None, "resident": [1]}),
        ("play_compacting", {"numbers": None, "detail": "brief", "watch": None}),
    ]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("stop", ["certain", "confidence:0.9", "margin:0.5|questions:3"])
@pytest.mark.parametrize("parts", [(), PARTS], ids=["plain", "calibrated"])
def test_a_gpu_gives_what_a_cpu_gives_and_its_rounds_wait_for_nobody(
    name, stop, parts, monkeypatch
):
    world = make_world(33, n_classes=8, n_groups=6, n_images=200, labels=True)
    rng = np.random.default_rng(0)
    cosines = torch.from_numpy(rng.normal(size=(200, world.plan.n_prompts), scale=0.1)).float()
    policy, calibration = make_policy(name, world.plan, rng, 200), make_calibration(world, parts)
    got, expected = (
        play(
            Game(
                plan,
                24.6,
                policy=policy,
                stop=parse_stop(stop),
                calibration=on(plan.device, calibration),
            ),
            kept_similarities(plan, cosines.to(plan.device)),
            200,
            resident=range(6),
        )
        for plan in (waiting_forbidden(world.system, monkeypatch), world.plan)
    )
    assert got.leader.tolist() == expected.leader.tolist()
    assert got.groups_asked.tolist() == expected.groups_asked.tolist()
    assert got.stop_reason == expected.stop_reason


def waiting_forbidden(system, monkeypatch):
    """A plan on the GPU; from the first choice to the last, waiting for it becomes an error."""
    forbid = torch.cuda.set_sync_debug_mode

    def then(name, mode):
        original = getattr(masked, name)

        def wrapped(*args):
            forbid(mode)
            return original(*args)

        monkeypatch.setattr(masked, name, wrapped)

    then("choose_masked", "error")
    then("_raise_first_unheard", "default")
    return compile_plan(system, device="cuda")
