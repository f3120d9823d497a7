from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from tests.authoring.refining.worlds import draw_world, with_rules_of
from twentyq.authoring.refining.history import with_history
from twentyq.authoring.refining.loop import accepts, refine
from twentyq.authoring.refining.moves import MOVES, proposers
from twentyq.authoring.refining.rules import RuleProposer
from twentyq.authoring.refining.splitting import Part, SplitBy
from twentyq.authoring.refining.wordings import OwnShape, general_wordings
from twentyq.engine import compile_plan, full_game, kept_similarities, play
from twentyq.study.measures import share
from twentyq.system import dump_system, parse_system


def refined(pool, system, moves=MOVES, own=None, **settings):
    words = replace(general_wordings(), own=own or {})
    return refine(pool, system, proposers(moves, system, words), **settings)


def shuffled(system, group, seed=1):
    return with_rules_of(system, group, np.random.default_rng(seed).permutation(system.classes))


def right_by_play(pool, system):
    """Which test pictures the classifier's full mode names rightly, from the written file."""
    plan = compile_plan(parse_system(dump_system(system)))
    prompts = pool.encoder.embed_texts([t for of_group in plan.prompts for t in of_group]).double()
    rows = pool.rows(Part.TEST)
    similarities = kept_similarities(plan, pool.vectors[rows] @ prompts.T)
    outcome = play(full_game(plan, pool.scale), similarities, len(rows))
    return (plan.label_of[outcome.leader] == pool.truth[rows]).numpy()


def test_a_group_of_shuffled_rules_is_left_out():
    pool, system = draw_world()
    made = refined(pool, shuffled(system, "g2"), ("groups",))
    [step] = made.steps
    assert (step.change.group, step.change.after, step.round) == ("g2", "", 1)
    assert [group.name for group in made.after.groups] == ["g0", "g1", "g3"]
    assert step.n_prompts == made.after.n_prompts == 12
    assert made.rounds == 2
    assert made.test.after.count > made.test.before.count


def test_a_wording_whose_vectors_are_right_is_found():
    pool, system = draw_world(known=False)
    own = {
        group.name: OwnShape(prompts=["wrong {}", f"{group.name} {{}} is meant"])
        for group in system.groups
    }
    made = refined(pool, system, ("wordings",), own)
    assert {group.prompt for group in made.after.groups} == {
        f"{group.name} {{}} is meant" for group in system.groups
    }
    assert made.after.rules == system.rules
    assert made.test.after.count > 0.7 * made.test.after.total > 3 * made.test.before.count


def test_an_option_whose_vector_is_right_is_found():
    pool, system = draw_world(n_options=3, each=30)
    # A text that the encoder does not know stands in place of one option.
    first, *others = system.groups
    groups = (replace(first, options=("???", *first.options[1:])), *others)
    rules = {
        name: {**of, "g0": {"???": 1.0} if of["g0"] == {"o0": 1.0} else of["g0"]}
        for name, of in system.rules.items()
    }
    worse = replace(system, groups=groups, rules=rules)
    own = {"g0": OwnShape(options={"???": ["o9", "o0", "o8"]})}
    made = refined(pool, worse, ("wordings",), own)
    [step] = made.steps
    assert (step.change.group, step.change.before, step.change.after) == ("g0", "???", "o0")
    assert (made.after.groups, made.after.rules) == (system.groups, system.rules)


def test_what_the_file_says_on_test_pictures_is_what_the_table_says():
    pool, system = draw_world(noise=0.8, each=15)
    made = refined(pool, shuffled(shuffled(system, "g0"), "g1"), watch=(watched := []).append)
    assert watched == list(made.steps)
    assert {step.change.move for step in made.steps} >= {"rules"}
    assert made.test.before == share(right_by_play(pool, made.before))
    assert made.test.after == share(right_by_play(pool, made.after))
    right = right_by_play(pool, made.after).astype(float) - right_by_play(pool, made.before)
    assert made.test.difference.value == pytest.approx(right.mean())


@pytest.mark.parametrize("seed", range(6))
def test_useless_pictures_change_nothing(seed):
    pool, system = draw_world(seed, noise=0.5)
    order = np.random.default_rng(seed).permutation(len(pool.truth))
    useless = replace(pool, vectors=pool.vectors[torch.from_numpy(order)])
    made = refined(useless, system)
    assert made.steps == ()
    assert made.after is system
    assert made.rounds == 1
    assert made.test.before == made.test.after
    assert made.test.difference.value == 0


@pytest.mark.slow
def test_a_round_keeps_a_useless_change_one_time_in_twenty_at_most():
    kept = 0
    for seed in range(100, 180):
        pool, system = draw_world(seed)
        order = np.random.default_rng(seed).permutation(len(pool.truth))
        useless = replace(pool, vectors=pool.vectors[torch.from_numpy(order)])
        kept += bool(refined(useless, system, rounds=1).steps)
    assert kept <= 4


@pytest.mark.parametrize("seed", range(6))
def test_validation_is_never_worse_and_every_step_is_better(seed):
    rng = np.random.default_rng(seed)
    pool, system = draw_world(
        seed, each=int(rng.integers(6, 12)), noise=rng.uniform(0.5, 1.2), known=seed % 2 == 0
    )
    made = refined(pool, shuffled(system, "g1", seed), rounds=2)
    assert made.validation.after.count >= made.validation.before.count
    assert made.validation.loss_after <= made.validation.loss_before
    for step in made.steps:
        for part in (step.train, step.validation):
            assert part.after.count >= part.before.count
            assert part.loss_after < part.loss_before
    # Each step begins where the one before it ended.
    chained = [made.validation.before, *(step.validation.after for step in made.steps)]
    assert [step.validation.before for step in made.steps] == chained[:-1]
    assert chained[-1] == made.validation.after


def test_rules_that_were_kept_are_learned_once_more_and_test_judges_these():
    pool, system = draw_world(n_classes=30, each=15, noise=0.8)
    wrong = shuffled(shuffled(system, "g0"), "g1")
    usual, again = (refined(pool, wrong, refit=refit) for refit in (None, RuleProposer(wrong)))
    assert (again.steps, again.train, again.validation) == (
        usual.steps,
        usual.train,
        usual.validation,
    )
    assert usual.last is None
    assert again.last.move == "rules"
    assert "learned from 300 pictures" in again.last.after
    assert again.after != usual.after
    assert again.test.before == usual.test.before
    assert again.test.after == share(right_by_play(pool, again.after))
    assert again.test.after.count > usual.test.after.count
    assert any(line.startswith("at last, rules: ") for line in with_history(again, "s").history)


def test_rules_that_were_not_kept_are_not_learned_at_last():
    pool, system = draw_world()
    start = shuffled(system, "g2")
    made = refined(pool, start, ("groups",), refit=RuleProposer(start))
    assert made.steps
    assert made.last is None
    assert made.after.groups != start.groups


def test_the_same_pictures_give_the_same_system():
    pool, system = draw_world(each=18)
    first, second = (refined(pool, shuffled(system, "g2")) for _ in range(2))
    assert first.steps == second.steps != ()
    assert first.after == second.after


def test_rounds_can_be_limited():
    pool, system = draw_world()
    made = refined(pool, shuffled(system, "g2"), ("groups",), rounds=1)
    assert (made.rounds, len(made.steps)) == (1, 1)


def test_test_pictures_have_no_part_in_what_is_kept():
    pool, system = draw_world(noise=0.8)
    other = pool.vectors.clone()
    rows = pool.rows(Part.TEST)
    other[rows] = other[rows].flip(0)
    start = shuffled(system, "g2")
    first, second = refined(pool, start), refined(replace(pool, vectors=other), start)
    assert first.after == second.after
    assert first.test != second.test


def standings(pool, system, drop):
    now = pool.stand(system, Part.VALIDATION)
    return now, replace(now, loss=now.loss - torch.as_tensor(drop, dtype=torch.float64))


@pytest.mark.parametrize("tries", [1, 20])
@pytest.mark.parametrize("by", list(SplitBy))
def test_the_margin_is_student_s(tries, by):
    pool, system = draw_world(by=by, each=9)
    rng = np.random.default_rng(0)
    drop = rng.normal(size=len(pool.rows(Part.VALIDATION)))
    truth = pool.truth[pool.rows(Part.VALIDATION)].numpy()
    one = drop if by is SplitBy.PICTURE else np.array([drop[truth == t].mean() for t in set(truth)])
    # The mean at which a one-sided test is just passed.
    limit = stats.sem(one) * stats.t.isf(0.05 / tries, len(one) - 1)
    for shift, accepted in ((1.001, True), (0.999, False)):
        now, after = standings(pool, system, drop - one.mean() + shift * limit)
        assert accepts(replace(pool, by=by), now, after, tries) is accepted


def test_fewer_right_ones_are_not_accepted_whatever_the_loss():
    pool, system = draw_world()
    now, after = standings(pool, system, np.linspace(5, 6, len(pool.rows(Part.VALIDATION))))
    assert accepts(pool, now, after, 1)
    right = now.right.clone()
    right[int(right.nonzero()[0])] = False
    assert not accepts(pool, now, replace(after, right=right), 1)


def test_one_picture_proves_nothing():
    pool, system = draw_world(n_classes=3, each=1)
    now, after = standings(pool, system, [5.0])
    assert not accepts(pool, now, after, 1)
