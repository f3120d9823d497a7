"""Pictures of which the right answers are known, and an encoder that knows some texts."""

from dataclasses import dataclass, field, replace

import numpy as np
import torch

from twentyq.authoring.refining.pool import Pool
from twentyq.authoring.refining.splitting import Part, SplitBy, split_pictures
from twentyq.engine.plan import compile_plan
from twentyq.system import AttributeGroup, System

WIDTH = 40
SCALE = 6.0


@dataclass
class KnowingEncoder:
    """Knows the directions of some texts; every other text points anywhere, always the same way."""

    known: dict[str, torch.Tensor]
    asked: list[str] = field(default_factory=list)
    name = "knowing"
    identity = "knowing v1"
    text_settings = "float32"
    device = torch.device("cpu")
    scale = SCALE
    context_length = None

    def count_tokens(self, texts):
        return [len(text.split()) for text in texts]

    def embed_texts(self, texts):
        self.asked += texts
        return torch.stack([self.known.get(text, direction(text)) for text in texts]).float()

    def embed_images(self, images):
        raise AssertionError("pictures are embedded already")


def direction(text):
    rng = np.random.default_rng(list(text.encode()))
    vector = torch.from_numpy(rng.normal(size=WIDTH))
    return vector / vector.norm()


def draw_world(
    seed=0, n_classes=12, n_groups=4, n_options=4, each=12, noise=0.5, known=True, by="picture"
):
    """A system, and a pool of pictures that show each class's options, more or less.

    Pictures show what "gI oK is meant" points to. Where `known`, the system's own prompts point the
    same way.
    """
    rng = np.random.default_rng(seed)
    groups = tuple(
        AttributeGroup(f"g{g}", f"g{g} {{}} is asked", tuple(f"o{k}" for k in range(n_options)))
        for g in range(n_groups)
    )
    classes = tuple(f"c{c}" for c in range(n_classes))
    chosen = rng.integers(n_options, size=(n_classes, n_groups))
    rules = {
        name: {group.name: {group.options[k]: 1.0} for group, k in zip(groups, of, strict=True)}
        for name, of in zip(classes, chosen, strict=True)
    }
    system = System(name="world", groups=groups, classes=classes, rules=rules)
    meant = torch.stack(
        [torch.stack([direction(f"{g.name} {o} is meant") for o in g.options]) for g in groups]
    )
    shown = meant[torch.arange(n_groups), torch.from_numpy(chosen)].sum(dim=1)
    truth = torch.arange(n_classes).repeat_interleave(each)
    vectors = shown[truth] + noise * torch.from_numpy(rng.normal(size=(len(truth), WIDTH)))
    texts = (
        {}
        if not known
        else {
            text: meant[g, k]
            for g, group in enumerate(groups)
            for k, text in enumerate(group.prompts)
        }
    )
    texts |= {
        f"{group.name} {option} is meant": meant[g, k]
        for g, group in enumerate(groups)
        for k, option in enumerate(group.options)
    }
    pool = Pool(
        plan=compile_plan(system),
        truth=truth,
        vectors=torch.nn.functional.normalize(vectors, dim=1),
        parts=split_pictures(truth, SplitBy(by), seed),
        scale=SCALE,
        encoder=KnowingEncoder(texts),
    )
    return pool, system


def with_rules_of(system, group, order):
    """Return the system with each class's rule in one group taken from another class."""
    rules = {
        name: {**system.rules[name], group: system.rules[other][group]}
        for name, other in zip(system.classes, order, strict=True)
    }
    return replace(system, rules=rules)


def train_of(pool, system):
    """Return the answers of the pictures to train on, and their labels."""
    pool.embed([system])
    answers = torch.cat([pool.answers(group, Part.TRAIN) for group in system.groups], dim=1)
    return answers, pool.truth[pool.rows(Part.TRAIN)]


def blocks(plan):
    """Return the columns of each group."""
    return [plan.options_of(g) for g in range(len(plan.groups))]
