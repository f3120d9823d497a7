"""What the stop rule `agrees` saves on simulated answers, whose quality we set: a table.

For every class of a shipped system a true option is drawn from the channel with noise η, and the
encoder's answer gives it 95 %. Thresholds are fitted on one half of
the pictures, without labels, and costs read on the other.

    python benchmarks/simulated_answers.py
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from twentyq.engine import (
    Game,
    Plan,
    compile_plan,
    full_game,
    kept_similarities,
    parse_policy,
    play,
)
from twentyq.engine.gain import build_channel
from twentyq.study.fitting.agreement import fit_agreement
from twentyq.system import load_system

SYSTEMS = ("pokemon", "pokemon-177", "animals")
NOISES = (0.0, 0.05, 0.2, 0.4)
POLICIES = ("gain", "gain-per-prompt", "gini", "gini-per-prompt", "static")
PICTURES = 2000
TARGET = 0.99
SCALE, HEARD = 1.0, 0.95


def simulate(plan: Plan, noise: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return cosines `(n_images, n_prompts)` and true labels `(n_images,)`."""
    chance = torch.Generator().manual_seed(seed)
    truth = torch.randint(len(plan.classes), (PICTURES,), generator=chance)
    channel = build_channel(plan, noise).probability[truth]
    cosines = torch.zeros_like(channel)
    for group, size in enumerate(plan.sizes.tolist()):
        columns = plan.options_of(group)
        drawn = torch.multinomial(channel[:, columns], 1, generator=chance)
        heard = math.log(HEARD / (1 - HEARD) * (size - 1))
        cosines[:, columns] = torch.zeros_like(channel[:, columns]).scatter(1, drawn, heard)
    return cosines, plan.label_of[truth]


def main() -> None:
    """Print a row for each system and noise."""
    torch.set_num_threads(1)
    print(f"share of Q at agrees:{TARGET}; {PICTURES:,} pictures; agreement was never below it\n")
    print("| system | noise | full is right |", " | ".join(POLICIES), "|")
    print("|---|---|---|" + "---|" * len(POLICIES))
    for name in SYSTEMS:
        plan = compile_plan(load_system(name))
        for noise in NOISES:
            cosines, truth = simulate(plan, noise)
            full = play(full_game(plan, SCALE), kept_similarities(plan, cosines), PICTURES)
            right = float((plan.label_of[full.leader] == truth).double().mean())
            shares = []
            for policy in POLICIES:
                game = Game(plan, SCALE, policy=parse_policy(policy))
                _, [kept] = fit_agreement(game, cosines, (TARGET,))
                below = "" if kept.agreement.share >= TARGET else f" ({kept.agreement.share:.1%})"
                shares.append(f"{kept.prompts / plan.n_prompts:.2f}{below}")
            print(f"| {name} | {noise} | {right:.0%} |", " | ".join(shares), "|", flush=True)


if __name__ == "__main__":
    main()
