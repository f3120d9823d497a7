"""Policies against the least prompts that any could spend; makes the tables of docs/optimum.md.

    python benchmarks/optimum.py

Every expectation is exact over the simulator's channel. Only the systems and the bootstrap are
drawn, from fixed seeds, so the same tables come out again.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from scipy.stats import bootstrap

from twentyq.engine import Plan, Policy, compile_plan, parse_policy, parse_stop
from twentyq.engine.gain import DEFAULT_NOISE
from twentyq.engine.policies import GainPolicy, GiniPolicy
from twentyq.study.lookahead import LookaheadPolicy, ToStopPolicy
from twentyq.study.optimum import (
    asked_at_best,
    asked_at_random,
    asked_by,
    believed_label,
    expected_accuracy,
    expected_prompts,
    open_groups,
)
from twentyq.study.simulator import enumerate_positions
from twentyq.study.worlds import draw_system, hidden_mode, unequal_groups
from twentyq.system import load_system

NOISES = (0.05, 0.2, 0.4)
THRESHOLDS = (0.5, 0.7, 0.9, 0.95)
THRESHOLD = 0.9
ENGINE = ("gain", "gain-per-prompt", "gini", "gini-per-prompt", "static")
OPTIMUM, RANDOM = "optimum", "random"


def main() -> None:
    """Compute and print all tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--systems", type=int, default=100, help="systems drawn")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)  # arrays of a few thousand numbers gain nothing from threads
    for table in every_table(given.systems, given.seed):
        print(*table, "", sep="\n", flush=True)


def every_table(n_systems: int, seed: int) -> Iterator[Iterator[str]]:
    """Yield each table as its lines, the quick ones first."""
    rng = np.random.default_rng(seed)
    plans = [compile_plan(draw_system(rng)) for _ in range(n_systems)]
    yield unequal_table()
    yield mode_table()
    for noise in NOISES:
        for planning in (noise, DEFAULT_NOISE):
            yield gap_table(plans, noise, planning)
    yield threshold_table(plans)
    yield article_table()


def greedy(threshold: float) -> tuple[Policy, ...]:
    """Return the engine's policies, and two that know the stop."""
    return (
        *map(parse_policy, ENGINE),
        ToStopPolicy(GainPolicy(per_prompt=True), threshold),
        ToStopPolicy(GiniPolicy(per_prompt=True), threshold),
    )


def policies(threshold: float) -> tuple[Policy, ...]:
    """Return all policies, with two-step lookahead in three forms."""
    return (
        *greedy(threshold),
        LookaheadPolicy(),
        LookaheadPolicy(per_prompt=True),
        LookaheadPolicy(per_prompt=True, threshold=threshold),
    )


def prompts_spent(
    plan: Plan, noise: float, planning: float, threshold: float, some: Sequence[Policy]
) -> dict[str, float]:
    """Return the mean prompts of the optimum, of random order and of some policies."""
    positions = enumerate_positions(plan, noise)
    free = open_groups(positions, parse_stop(f"confidence:{threshold}"))
    ways = {OPTIMUM: asked_at_best(positions, free), RANDOM: asked_at_random(free)}
    ways |= {policy.name: asked_by(positions, policy, free, planning) for policy in some}
    return {name: expected_prompts(positions, asking) for name, asking in ways.items()}


def gap_table(plans: Sequence[Plan], noise: float, planning: float) -> Iterator[str]:
    """Yield the gaps of every policy at one noise of the channel and one of planning."""
    some = policies(THRESHOLD)
    spent = [prompts_spent(plan, noise, planning, THRESHOLD, some) for plan in plans]
    everything = prompts_of_all(plans)
    best = np.array([row[OPTIMUM] for row in spent])
    yield (
        f"Channel noise {noise:g}, planning noise {planning:g}: {everything.mean():.2f} prompts in "
        f"all, of which the optimum spends {best.mean():.2f}."
    )
    yield ""
    yield "| policy | prompts | above the optimum | 95 % interval | worst system | saving kept |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name in (*(policy.name for policy in some), RANDOM):
        prompts = np.array([row[name] for row in spent])
        gaps = 100 * (prompts / best - 1)
        drawn = bootstrap((gaps,), np.mean, method="percentile", rng=np.random.default_rng(0))
        interval = drawn.confidence_interval
        kept = (everything - prompts).sum() / (everything - best).sum()
        yield (
            f"| {name} | {prompts.mean():.2f} | {gaps.mean():.2f} % | {interval.low:.2f} to "
            f"{interval.high:.2f} | {gaps.max():.1f} % | {100 * kept:.0f} % |"
        )


def threshold_table(plans: Sequence[Plan]) -> Iterator[str]:
    """Yield mean gaps at several thresholds; the policies plan with the channel's own noise."""
    everything = prompts_of_all(plans).mean()
    names = (*ENGINE, "gain-per-prompt to stop", "gini-per-prompt to stop")
    yield "| channel noise | threshold | optimum, share of all | " + " | ".join(names) + " |"
    yield "|---:|---:|---:|" + "---:|" * len(names)
    for noise in NOISES:
        for threshold in THRESHOLDS:
            some = greedy(threshold)
            spent = [prompts_spent(plan, noise, noise, threshold, some) for plan in plans]
            best = np.array([row[OPTIMUM] for row in spent])
            gaps = [np.mean([row[policy.name] for row in spent] / best - 1) for policy in some]
            cells = " | ".join(f"{100 * gap:.2f} %" for gap in gaps)
            share = 100 * best.mean() / everything
            yield f"| {noise:g} | {threshold:g} | {share:.0f} % | {cells} |"


def article_table() -> Iterator[str]:
    """Yield what the optimum spends on the article's system, and the gap of every greedy policy."""
    plan = compile_plan(load_system("pokemon"))
    some = greedy(THRESHOLD)
    names = [*(policy.name for policy in some), RANDOM]
    yield f"| channel noise | planning noise | {OPTIMUM} | " + " | ".join(names) + " |"
    yield "|---:|---:|---:|" + "---:|" * len(names)
    for noise in NOISES:
        for planning in (noise, DEFAULT_NOISE):
            spent = prompts_spent(plan, noise, planning, THRESHOLD, some)
            best = spent[OPTIMUM]
            gaps = " | ".join(f"{100 * (spent[name] / best - 1):.1f} %" for name in names)
            yield f"| {noise:g} | {planning:g} | {best:.2f} | {gaps} |"


def prompts_of_all(plans: Sequence[Plan]) -> np.ndarray:
    """Return the prompts of the groups that tell classes apart, `(n_systems,)`."""
    return np.array([int(plan.sizes[plan.informative].sum()) for plan in plans])


def unequal_table() -> Iterator[str]:
    """Yield the prompts of every policy on the constructed system of unequal groups."""
    plan = compile_plan(unequal_groups())
    cases = [(noise, planning) for noise in (0, *NOISES) for planning in (noise, DEFAULT_NOISE)]
    columns = [prompts_spent(plan, *case, THRESHOLD, policies(THRESHOLD)) for case in cases]
    yield "| channel noise | " + " | ".join(f"{noise:g}" for noise, _ in cases) + " |"
    yield "|---|" + "---:|" * len(cases)
    yield "| planning noise | " + " | ".join(f"{planning:g}" for _, planning in cases) + " |"
    for name in columns[0]:
        yield f"| {name} | " + " | ".join(f"{column[name]:.2f}" for column in columns) + " |"


def mode_table() -> Iterator[str]:
    """Yield accuracy and prompts with the hidden mode written as classes, and without."""
    plans = {modes: compile_plan(hidden_mode(modes=modes)) for modes in (True, False)}
    yield f"| channel noise | classes | gain | lookahead | {OPTIMUM} | accuracy, all asked |"
    yield "|---:|---|---:|---:|---:|---:|"
    for noise in (0, *NOISES):
        world = enumerate_positions(plans[True], noise)
        for modes, plan in plans.items():
            believed = enumerate_positions(plan, noise)
            label = believed_label(believed)
            free = open_groups(believed, parse_stop(f"confidence:{THRESHOLD}"))
            ways = [
                asked_by(believed, parse_policy("gain"), free, noise),
                asked_by(believed, LookaheadPolicy(), free, noise),
                asked_at_best(believed, free),
            ]
            cells = [
                f"{expected_prompts(world, asking):.2f} prompts, "
                f"{100 * expected_accuracy(world, asking, label):.1f} %"
                for asking in ways
            ]
            everything = asked_at_random(open_groups(believed, parse_stop("none")))
            best = 100 * expected_accuracy(world, everything, label)
            named = "with modes" if modes else "without"
            yield f"| {noise:g} | {named} | " + " | ".join(cells) + f" | {best:.1f} % |"


if __name__ == "__main__":
    main()
