"""What is said of a picture: its label, how sure, what it cost, and what was asked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import overload

import torch

from twentyq.engine.belief import label_mass
from twentyq.engine.decision import Decide, merit
from twentyq.engine.outcome import Outcome
from twentyq.engine.plan import Plan
from twentyq.engine.trace import Round
from twentyq.errors import TwentyqError, UsageError

SCHEMA = 1
"""Version of the JSON written by `Result.to_dict` and the command line."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One label in a ranking: `score` is what the decision ranks by."""

    label: str
    score: float
    posterior: float


@dataclass(frozen=True, slots=True)
class Ranking(Sequence[Ranked]):
    """Labels from the best down, kept as columns.

    An object for every label of every picture would cost more than all of play; they are made when
    somebody looks.
    """

    labels: tuple[str, ...]
    scores: tuple[float, ...]
    posteriors: tuple[float, ...]

    def __len__(self) -> int:
        """Return how many labels are ranked."""
        return len(self.labels)

    @overload
    def __getitem__(self, place: int) -> Ranked: ...

    @overload
    def __getitem__(self, place: slice) -> Ranking: ...

    def __getitem__(self, place: int | slice) -> Ranked | Ranking:
        """Return the label at a place, or a part of the ranking."""
        if isinstance(place, slice):
            return Ranking(self.labels[place], self.scores[place], self.posteriors[place])
        return Ranked(self.labels[place], self.scores[place], self.posteriors[place])


@dataclass(frozen=True, slots=True)
class Rival:
    """A group that could have been asked, its value to the policy and its expected bits."""

    group: str
    value: float
    expected_bits: float


@dataclass(frozen=True, slots=True)
class Step:
    """One question of a trace.

    `rivals` are candidates by falling value, the group asked first. `answer` gives the
    probability of each option, `best` the classes of largest posterior after the answer, and
    `label` and `posterior` what would have been returned. Expected and realised bits are computed
    with different noise, planning's and belief's, and realised bits can be negative.
    """

    group: str
    expected_bits: float
    realised_bits: float
    rivals: tuple[Rival, ...]
    answer: dict[str, float]
    best: tuple[tuple[str, float], ...]
    label: str
    posterior: float


@dataclass(frozen=True, slots=True)
class Result:
    """What is said of one picture.

    `label` is None where the posterior is below `--reject`. `posterior` is the belief in the
    leading label, in the classes that share it and in those that no rule tells from it, which are
    named in `tied_with`. `probability` is the calibrated probability of the same classes, None
    without a calibration that holds it. `prompts_embedded`
    counts the forward passes of the text encoder that this picture was the first to need.
    """

    picture: str
    label: str | None
    posterior: float
    probability: float | None
    prompts_spent: int
    prompts_embedded: int
    groups_asked: tuple[str, ...]
    stop_reason: str
    ranking: Sequence[Ranked]
    tied_with: tuple[str, ...]
    trace: tuple[Step, ...] | None

    def top(self, k: int) -> list[dict[str, str | float]]:
        """Return the k best labels as `[{"label", "score"}]`, like transformers' pipelines.

        Raises UsageError where the ranking was made shorter than k.
        """
        if k > len(self.ranking):
            raise UsageError(
                "the ranking does not reach so far",
                where="top",
                got=str(k),
                allowed=f"at most {len(self.ranking)}",
                mend="there are no more labels, or Classifier was given a smaller `ranking`",
            )
        return [{"label": item.label, "score": item.score} for item in self.ranking[:k]]

    def to_dict(self) -> dict[str, object]:
        """Return the result as JSON values; `trace` is absent where none was recorded."""
        entry: dict[str, object] = {
            "picture": self.picture,
            "label": self.label,
            "posterior": self.posterior,
            "probability": self.probability,
            "prompts_spent": self.prompts_spent,
            "prompts_embedded": self.prompts_embedded,
            "groups_asked": list(self.groups_asked),
            "stop_reason": self.stop_reason,
            "ranking": [
                {"label": r.label, "score": r.score, "posterior": r.posterior} for r in self.ranking
            ],
            "tied_with": list(self.tied_with),
        }
        if self.trace is not None:
            entry["trace"] = [_step_dict(step) for step in self.trace]
        return entry


@dataclass(frozen=True, slots=True)
class Failure:
    """A picture of which nothing can be said, and why."""

    picture: str
    error: TwentyqError

    def to_dict(self) -> dict[str, object]:
        """Return the failure as JSON values."""
        return {"picture": self.picture, "error": str(self.error)}


def _step_dict(step: Step) -> dict[str, object]:
    return {
        "group": step.group,
        "expected_bits": step.expected_bits,
        "realised_bits": step.realised_bits,
        "rivals": [
            {"group": r.group, "value": r.value, "expected_bits": r.expected_bits}
            for r in step.rivals
        ],
        "answer": step.answer,
        "best": [{"class": name, "posterior": value} for name, value in step.best],
        "label": step.label,
        "posterior": step.posterior,
    }


def read_outcome(
    plan: Plan,
    outcome: Outcome,
    pictures: Sequence[str],
    prompts_embedded: Sequence[int],
    *,
    decide: Decide,
    ranking: int | None,
    reject: float | None,
    traced: bool,
) -> list[Result]:
    """Put the arrays of an outcome into words, one Result per picture.

    `ranking` is how many labels to rank, None for all; labels below the posterior `reject` are
    withheld.
    """
    traces = _read_rounds(plan, outcome.rounds, len(pictures)) if traced else [None] * len(pictures)
    leaders = outcome.leader.tolist()
    posteriors = outcome.outcome_posterior.tolist()
    probability = outcome.outcome_probability
    probabilities = None if probability is None else probability.tolist()
    spent = outcome.prompts_spent.tolist()
    asked = outcome.groups_asked.tolist()
    labels = [plan.labels[i] for i in plan.label_of.tolist()]
    tied_with = {leader: _tied_labels(plan, labels, leader) for leader in set(leaders)}
    rankings = _rank(plan, outcome, labels, decide, ranking)
    return [
        Result(
            picture=picture,
            label=labels[leaders[i]] if reject is None or posteriors[i] >= reject else None,
            posterior=posteriors[i],
            probability=None if probabilities is None else probabilities[i],
            prompts_spent=spent[i],
            prompts_embedded=prompts_embedded[i],
            groups_asked=tuple(plan.groups[g] for g in asked[i] if g >= 0),
            stop_reason=outcome.stop_reason[i],
            ranking=next(rankings),
            tied_with=tied_with[leaders[i]],
            trace=traces[i],
        )
        for i, picture in enumerate(pictures)
    ]


def _tied_labels(plan: Plan, labels: list[str], leader: int) -> tuple[str, ...]:
    """Return the other labels that no rule tells from the leader's."""
    tied = (plan.tie_of == plan.tie_of[leader]).nonzero()[:, 0].tolist()
    others = dict.fromkeys(labels[c] for c in tied)
    del others[labels[leader]]
    return tuple(others)


def _rank(
    plan: Plan, outcome: Outcome, labels: list[str], decide: Decide, limit: int | None
) -> Iterator[Ranking]:
    values = merit(plan, outcome.scores, outcome.posterior, outcome.probability, decide)
    # The leader may owe its place to the file's order, in a near tie that sorting does not know.
    lifted = values.scatter(1, outcome.leader[:, None], torch.inf)
    order = lifted.argsort(dim=1, descending=True, stable=True)
    values = values.gather(1, order)
    beliefs = label_mass(plan, outcome.posterior).gather(1, order)
    limit = len(plan.labels) if limit is None else min(limit, len(plan.labels))
    # Where every class has a label of its own, no more than the first few need to be read.
    width = limit if len(plan.labels) == len(labels) else len(labels)
    for row, scores, posteriors in zip(
        order[:, :width].tolist(),
        values[:, :width].tolist(),
        beliefs[:, :width].tolist(),
        strict=True,
    ):
        names = [labels[c] for c in row]
        if len(plan.labels) < len(labels):
            best_of: dict[str, int] = {}
            for place, name in enumerate(names):
                best_of.setdefault(name, place)
            places = [*best_of.values()][:limit]
            names, scores, posteriors = (
                [column[place] for place in places] for column in (names, scores, posteriors)
            )
        yield Ranking(tuple(names), tuple(scores), tuple(posteriors))


def _read_rounds(plan: Plan, rounds: Sequence[Round], n_images: int) -> list[tuple[Step, ...]]:
    steps: list[list[Step]] = [[] for _ in range(n_images)]
    label_of = plan.label_of.tolist()
    for item in rounds:
        told = {field.name: getattr(item, field.name).tolist() for field in fields(Round)}
        for i, row in enumerate(told["rows"]):
            group = told["group"][i]
            rivals = zip(
                told["rival_groups"][i], told["rival_values"][i], told["rival_bits"][i], strict=True
            )
            best = zip(told["best_classes"][i], told["best_posteriors"][i], strict=True)
            step = Step(
                group=plan.groups[group],
                expected_bits=told["expected_bits"][i],
                realised_bits=told["realised_bits"][i],
                rivals=tuple(Rival(plan.groups[g], v, b) for g, v, b in rivals if v > -math.inf),
                # The answer is padded to the widest group.
                answer=dict(zip(plan.options[group], told["answer"][i], strict=False)),
                best=tuple((plan.classes[c], belief) for c, belief in best),
                label=plan.labels[label_of[told["leader"][i]]],
                posterior=told["outcome_posterior"][i],
            )
            steps[row].append(step)
    return [tuple(of_picture) for of_picture in steps]
