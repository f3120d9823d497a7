"""What several tests ask of the simulator."""

import itertools

import torch

from twentyq.engine import parse_stop
from twentyq.engine.gain import build_channel
from twentyq.study.optimum import asked_at_best, asked_by, expected_prompts, open_groups
from twentyq.study.simulator import enumerate_positions

STOP = parse_stop("confidence:0.9")


def least(plan, noise, stop=STOP):
    positions = enumerate_positions(plan, noise)
    return expected_prompts(positions, asked_at_best(positions, open_groups(positions, stop)))


def spent_by(plan, noise, policy, planning):
    positions = enumerate_positions(plan, noise)
    free = open_groups(positions, STOP)
    return expected_prompts(positions, asked_by(positions, policy, free, planning))


def every_picture(plan, noise):
    """Every way in which all groups can answer, as cosines, with its chance for each class."""
    channel = build_channel(plan, noise).probability
    columns = [range(*plan.options_of(g).indices(plan.n_prompts)) for g in range(len(plan.groups))]
    answers = torch.tensor(list(itertools.product(*columns)))
    cosines = torch.zeros(len(answers), plan.n_prompts, dtype=torch.float64)
    cosines.scatter_(1, answers, 1.0)
    chance = channel[:, answers].prod(dim=2).T * torch.exp(plan.log_prior)
    return cosines, chance
