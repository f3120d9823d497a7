"""A world where one group asks in words that the encoder does not know."""

import json

import torch

from tests.study.seeing import WORDS, SeeingEncoder
from twentyq.authoring.refining.pool import Pool
from twentyq.authoring.refining.splitting import Part
from twentyq.engine.plan import compile_plan
from twentyq.system import parse_system

SYSTEM = parse_system(
    """\
name: shades
about: things of one colour
groups:
  shade:
    prompt: "Its hue: {}."
    options: [crimson, viridian, azure]
  grain:
    prompt: "It looks {}."
    options: [noisy, plain]
classes:
  brick: {shade: crimson, grain: noisy}
  apple: {shade: crimson, grain: plain}
  grass: {shade: viridian, grain: noisy}
  leaf: {shade: viridian, grain: plain}
  sea: {shade: azure, grain: noisy}
  sky: {shade: azure, grain: plain}
""",
    "shades.yaml",
)
BETTER = {"prompt": "It is {}.", "options": ["red", "green", "blue"]}
EACH = 9
SHOWN = {"crimson": "red", "viridian": "green", "azure": "blue", "noisy": "noisy", "plain": "plain"}


def pool_of_shades(system=SYSTEM, noise=0.4):
    """Pictures whose vectors lie on the encoder's own axes, more or less; a third in each part."""
    plan = compile_plan(system)
    truth = torch.arange(len(SYSTEM.classes)).repeat_interleave(EACH)
    axes = torch.zeros(len(truth), len(WORDS) + 8, dtype=torch.float64)
    for row, number in enumerate(truth.tolist()):
        for rule in SYSTEM.rules[SYSTEM.classes[number]].values():
            axes[row, WORDS.index(SHOWN[next(iter(rule))])] = 1.0
    axes += noise * torch.randn(axes.shape, generator=torch.Generator().manual_seed(1)).double()
    vectors = torch.nn.functional.normalize(axes, dim=1)
    split = torch.arange(len(truth)) % 3
    return Pool(plan, truth, vectors, split, SeeingEncoder.scale, SeeingEncoder())


def standing(pool, system=SYSTEM):
    return pool.stand(system, Part.TRAIN)


def reply(wording):
    return f"This is clearer:\n```json\n{json.dumps(wording)}\n```"
