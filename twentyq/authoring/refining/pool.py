"""Labelled pictures as an encoder sees them, and how a system fares on a part of them.

Pictures are embedded once. A prompt is embedded when a system first asks it. What a group
contributes is kept, so that a system that differs in one group costs one group's work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import torch
from scipy.optimize import minimize_scalar
from torch import Tensor

from twentyq.authoring.refining.splitting import Part, SplitBy
from twentyq.encoder import Encoder, PromptStore, embed_prompts
from twentyq.engine.answers import answer, rule_means, score_contribution
from twentyq.engine.plan import Plan, compile_plan
from twentyq.study.fitting.evidence import log_loss
from twentyq.system import AttributeGroup, Rule, System

BATCH = 256
SHARPEST = 14.0
FLATTEST = -4.0
"""Bounds of log2 β: scores of rules that hardly differ are multiplied by thousands."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """What one group contributes to the scores of n pictures.

    rules   the rule of each class, None where it has none, `(N,)`
    scores  Σ_k a(k) R(r, k) for each distinct rule r, `(n, M)`
    spread  the distinct rule of each class, `(N,)`
    """

    group: AttributeGroup
    rules: tuple[Rule | None, ...]
    scores: Tensor
    spread: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How a system fares in full mode on the n pictures of a part.

    blocks  what each group contributes, by its name
    scores  the sum over groups, `(n, N)`
    label   the label that full gives, an index into the pool's labels, `(n,)`
    right   whether it is the true one, `(n,)`
    loss    −log of the share of the true label in softmax(β · score), `(n,)` in nats, at the β
            that makes its mean the least
    """

    system: System
    part: Part
    blocks: Mapping[str, Block]
    scores: Tensor
    label: Tensor
    right: Tensor
    loss: Tensor

    @property
    def n_right(self) -> int:
        """How many pictures are named rightly."""
        return int(self.right.sum())

    @property
    def log_loss(self) -> float:
        """The mean loss in nats."""
        return float(self.loss.mean())


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Labelled pictures in three parts, and the encoder that embeds prompts for them.

    `plan` is of any system with the classes and labels of those that are to be judged.

    truth    the true label of each, an index into the plan's labels, `(n,)`
    vectors  unit vectors of the pictures, `(n, d)` float64
    parts    the `Part` of each, `(n,)`
    scale    what cosines are multiplied by before the softmax
    by       what went to a part as a whole
    """

    plan: Plan
    truth: Tensor
    vectors: Tensor
    parts: Tensor
    scale: float
    encoder: Encoder
    store: PromptStore | None = None
    by: SplitBy = SplitBy.PICTURE
    _prompts: dict[str, Tensor] = field(default_factory=dict, repr=False)

    def rows(self, part: Part) -> Tensor:
        """Return the numbers of a part's pictures, `(n_part,)`."""
        return (self.parts == part).nonzero()[:, 0]

    def embed(self, systems: Iterable[System]) -> None:
        """Embed what these systems ask and nobody asked before, in one go.

        Raises what `embed_prompts` does.
        """
        asked = {text for system in systems for group in system.groups for text in group.prompts}
        if texts := sorted(asked - self._prompts.keys()):
            vectors, _ = embed_prompts(self.encoder, texts, self.store)
            self._prompts.update(zip(texts, vectors.cpu().double(), strict=True))

    def answers(self, group: AttributeGroup, part: Part) -> Tensor:
        """Return the answers of a part's pictures to an embedded group, `(n_part, n_options)`."""
        prompts = torch.stack([self._prompts[text] for text in group.prompts])
        return answer(self.vectors[self.rows(part)] @ prompts.T, self.scale)

    def stand(self, system: System, part: Part, near: Standing | None = None) -> Standing:
        """Return how a system fares on a part in full mode, as the classifier plays it.

        What groups contribute is taken from `near`, a standing on the same part, where they are the
        same there. Raises what `embed_prompts` does.
        """
        self.embed([system])
        known = {} if near is None else near.blocks
        blocks = {
            group.name: self._block(system, group, part, known.get(group.name))
            for group in system.groups
        }
        truth = self.truth[self.rows(part)]
        empty = self.vectors.new_zeros(len(truth), len(self.plan.classes))
        # Sums are exact, so taking off what changed gives the bits that adding anew would give.
        scores = empty if near is None else near.scores.clone()
        for name, block in known.items():
            if blocks.get(name) is not block:
                scores -= block.scores[:, block.spread]
        for name, block in blocks.items():
            if known.get(name) is not block:
                scores += block.scores[:, block.spread]
        label = self.plan.label_of[scores.argmax(dim=1)]
        loss = score_loss(self.plan, scores, truth)
        return Standing(system, part, blocks, scores, label, label == truth, loss)

    def _block(
        self, system: System, group: AttributeGroup, part: Part, known: Block | None
    ) -> Block:
        rules = tuple(system.rules[name].get(group.name) for name in self.plan.classes)
        if known is not None and (known.group, known.rules) == (group, rules):
            return known
        plan = compile_plan(replace(system, groups=(group,)), classes=self.plan.classes)
        batches = torch.split(self.answers(group, part), BATCH)
        scores = [score_contribution(rule_means(some, plan.rules_of(0))) for some in batches]
        return Block(group, rules, torch.cat(scores), plan.spread(0))


def score_loss(plan: Plan, scores: Tensor, truth: Tensor) -> Tensor:
    """Return −log softmax(β · score) of the true label at the best β, `(n_images,)` in nats.

    Accuracy counts the pictures whose true class is on top; this tells also how near the others
    are. Scores have no scale of their own, and β takes that of the system out of the comparison.
    """

    def losses(log_beta: float) -> Tensor:
        return log_loss(plan, torch.softmax(2.0**log_beta * scores, dim=1), truth)

    found = minimize_scalar(
        lambda log_beta: float(losses(log_beta).mean()),
        bounds=(FLATTEST, SHARPEST),
        method="bounded",
        options={"xatol": 0.02},
    )
    return losses(float(found.x))
