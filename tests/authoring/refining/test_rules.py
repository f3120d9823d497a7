from dataclasses import replace

import numpy as np
import torch

from tests.authoring.refining.worlds import blocks, draw_world, train_of, with_rules_of
from twentyq.authoring.refining.learning import Strength, learn_rules
from twentyq.authoring.refining.rules import RuleProposer, as_rules, readable
from twentyq.authoring.refining.splitting import Part
from twentyq.engine import compile_plan
from twentyq.system import dump_system, parse_system


def test_true_rules_are_recovered_where_wrong_ones_are_written():
    pool, true = draw_world(n_classes=60, noise=0.3)
    wrong = true
    for seed, group in enumerate(true.groups):
        order = np.random.default_rng(seed).permutation(true.classes)
        wrong = with_rules_of(wrong, group.name, order)
    [candidate] = RuleProposer(wrong).propose(pool, pool.stand(wrong, Part.TRAIN), "")
    likeliest = {
        name: {group: max(rule, key=rule.__getitem__) for group, rule in rules.items()}
        for name, rules in candidate.system.rules.items()
    }
    agree = [
        true.rules[name][group.name] == {likeliest[name][group.name]: 1.0}
        for name in true.classes
        for group in true.groups
    ]
    assert np.mean(agree) > 0.95
    before, best, after = (
        pool.stand(system, Part.TEST).n_right for system in (wrong, true, candidate.system)
    )
    assert after > 0.95 * best > 10 * before
    assert candidate.change.move == "rules"
    assert "learned from 240 pictures, shrinkage" in candidate.change.after


def test_readable_rules_are_whole_thousandths_that_a_file_gives_back():
    pool, system = draw_world(noise=1.0)
    answers, truth = train_of(pool, system)
    plan = compile_plan(system)
    learned = learn_rules(plan, answers, truth, Strength(2.0, 0.2))
    rules = readable(plan, learned)
    thousandths = 1000 * rules
    assert torch.allclose(thousandths, thousandths.round(), atol=1e-9)
    for block in blocks(plan):
        assert torch.equal(
            (1000 * rules[:, block]).round().sum(dim=1), torch.full((12,), 1000.0).double()
        )
        assert ((rules[:, block] == 0) | (rules[:, block] >= 0.045)).all()
    assert (rules - learned).abs().max() < 0.15
    refined = replace(system, rules=as_rules(plan, rules))
    assert parse_system(dump_system(refined)) == refined


def test_rules_that_are_learned_already_are_not_proposed_again():
    pool, system = draw_world(noise=1.0)
    proposer = RuleProposer(system)
    [first] = proposer.propose(pool, pool.stand(system, Part.TRAIN), "")
    assert proposer.propose(pool, pool.stand(first.system, Part.TRAIN), "") == []


def test_rules_that_no_file_can_hold_are_not_proposed(monkeypatch):
    pool, system = draw_world(noise=1.0)
    monkeypatch.setattr("twentyq.authoring.refining.rules.MAX_BYTES", 500)
    assert RuleProposer(system).propose(pool, pool.stand(system, Part.TRAIN), "") == []


def test_rules_follow_options_that_were_renamed_and_groups_that_changed():
    pool, system = draw_world(noise=1.0)
    first, second, *others = system.groups
    renamed = replace(first, options=("a", "b", "c", "d"))
    longer = replace(second, options=(*second.options, "o4"))
    rules = {
        name: {
            **of,
            "g0": {renamed.options[first.options.index(o)]: w for o, w in of["g0"].items()},
        }
        for name, of in system.rules.items()
    }
    now = replace(system, groups=(renamed, longer, *others), rules=rules)
    [candidate] = RuleProposer(system).propose(pool, pool.stand(now, Part.TRAIN), "")
    assert set(candidate.system.rules["c0"]["g0"]) <= set(renamed.options)
    assert set(candidate.system.rules["c0"]["g1"]) <= set(longer.options)


def test_too_few_pictures_propose_no_rules():
    pool, system = draw_world(n_classes=3, each=3)
    assert len(pool.rows(Part.TRAIN)) == 3
    assert RuleProposer(system).propose(pool, pool.stand(system, Part.TRAIN), "") == []
    assert len(RuleProposer(system).refit(pool, system)) == 1
