"""Labelled pictures as an encoder sees them, and how a system fares on a part of them.

Pictures are embedded once. A prompt is embedded when a system first asks it. What a group
contributes is kept, so that a system that differs in one group costs one group's work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from twentyq.authoring.splitting import Part
from twentyq.encoder import Encoder, PromptStore, embed_prompts
from twentyq.engine.answers import score_contribution
from twentyq.engine.belief import BeliefSettings, posterior
from twentyq.engine.plan import Plan, compile_plan
from twentyq.engine.reading import build_reading
from twentyq.study.fitting.evidence import log_loss
from twentyq.system import AttributeGroup, Rule, System

BATCH = 256


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """What one group says of n pictures, by the distinct rule r of the classes in it.

    column       each class's rule, None where it has none, `(N,)`
    scores       (n, M) Σ_k a(k) R(r, k)
    evidence     (n, M) in nats
    spread       (N,) the distinct rule of each class
    """

    group: AttributeGroup
    column: tuple[Rule | None, ...]
    scores: Tensor
    evidence: Tensor
    spread: Tensor

    @property
    def informative(self) -> bool:
        """Whether the classes' rules differ in the group."""
        return self.scores.shape[1] > 1


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How a system fares in full mode on the n pictures of a part.

    blocks    what each group says, by its name
    scores    (n, N) the sum over groups
    evidence  (n, N) the sum over groups, in nats
    label     (n,) the label that full gives, an index into the pool's labels
    right     (n,) whether it is the true one
    loss      (n,) −log of the posterior of the true label, in nats
    """

    system: System
    part: Part
    blocks: Mapping[str, Block]
    scores: Tensor
    evidence: Tensor
    label: Tensor
    right: Tensor
    loss: Tensor

    @property
    def accuracy(self) -> float:
        """The share of pictures whose label is right."""
        return float(self.right.double().mean())

    @property
    def log_loss(self) -> float:
        """The mean loss in nats."""
        return float(self.loss.mean())


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Labelled pictures in three parts, and the encoder that embeds prompts for them.

    `plan` is of any system with the classes, labels and prior of those that are to be judged.

    names    what each picture is called, `(n,)`
    truth    the true label of each, an index into the plan's labels, `(n,)`
    vectors  unit vectors of the pictures, `(n, d)` float64
    parts    the `Part` of each, `(n,)`
    scale    what cosines are multiplied by before the softmax
    """

    plan: Plan
    names: tuple[str, ...]
    truth: Tensor
    vectors: Tensor
    parts: Tensor
    scale: float
    encoder: Encoder
    store: PromptStore | None = None
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

    def cosines(self, prompts: Sequence[str], part: Part) -> Tensor:
        """Return cosines of a part's pictures with embedded prompts, `(n_part, n_prompts)`."""
        columns = torch.stack([self._prompts[text] for text in prompts])
        return self.vectors[self.rows(part)] @ columns.T

    def answers(self, group: AttributeGroup, part: Part) -> Tensor:
        """Return the answers of a part's pictures to an embedded group, `(n_part, n_options)`."""
        return torch.softmax(self.scale * self.cosines(group.prompts, part), dim=1)

    def stand(self, system: System, part: Part, near: Standing | None = None) -> Standing:
        """Return how a system fares on a part in full mode, as the classifier plays it.

        What groups contribute is taken from `near`, a standing on the same part, where they are the
        same there. Raises what `embed_prompts` does.
        """
        self.embed([system])
        known = near.blocks if near is not None else {}
        blocks = {
            group.name: self._block(system, group, part, known.get(group.name))
            for group in system.groups
        }
        rows = self.rows(part)
        scores = self.vectors.new_zeros(len(rows), len(self.plan.classes))
        evidence = torch.zeros_like(scores)
        # Sums are exact, so taking off what changed gives the bits that adding anew would give.
        if near is not None:
            scores, evidence = near.scores.clone(), near.evidence.clone()
        for sign, having, lacking in ((-1, known, blocks), (1, blocks, known)):
            for name, block in having.items():
                if lacking.get(name) is not block:
                    scores += sign * block.scores[:, block.spread]
                    evidence += sign * block.evidence[:, block.spread]
        label = self.plan.label_of[scores.argmax(dim=1)]
        m = torch.tensor(sum(block.informative for block in blocks.values())).expand(len(rows))
        belief = posterior(self.plan, evidence, m, BeliefSettings().redundancy)
        truth = self.truth[rows]
        loss = log_loss(self.plan, belief, truth)
        return Standing(system, part, blocks, scores, evidence, label, label == truth, loss)

    def accuracy(self, system: System, part: Part) -> float:
        """Return the share of a part's pictures that full names rightly."""
        return self.stand(system, part).accuracy

    def _block(
        self, system: System, group: AttributeGroup, part: Part, known: Block | None
    ) -> Block:
        column = tuple(system.rules[name].get(group.name) for name in self.plan.classes)
        if known is not None and (known.group, known.column) == (group, column):
            return known
        plan = compile_plan(replace(system, groups=(group,)), classes=self.plan.classes)
        reading = build_reading(plan, self.scale)
        parts = [
            (score_contribution(answers, plan.rules_of(0)), reading.evidence(0, answers))
            for answers in torch.split(reading.answer(0, self.cosines(group.prompts, part)), BATCH)
        ]
        scores, evidence = (torch.cat(piece) for piece in zip(*parts, strict=True))
        return Block(group, column, scores, evidence, plan.spread(0))
