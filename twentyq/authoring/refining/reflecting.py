"""Wordings that a language model finds by reflecting on failures: GEPA, on kept embeddings.

GEPA (Agrawal et al. 2025, arXiv:2507.19457) evolves texts: it shows a model what went wrong with
one of them on some examples, takes the model's rewrite where it does better on these, and goes on
from any text that is best on some example. The texts here are the wordings of groups, the examples
pictures to train on, and the metric whether full names a picture rightly.
"""

from __future__ import annotations

from typing import Any

from gepa.api import optimize
from gepa.core.result import GEPAResult

from twentyq.authoring.language_model import LanguageModel
from twentyq.authoring.refining.failures import blame
from twentyq.authoring.refining.moves import WORDINGS
from twentyq.authoring.refining.pictures import WordingAdapter
from twentyq.authoring.refining.pool import Pool, Standing
from twentyq.authoring.refining.proposing import Candidate, Change, find_group
from twentyq.authoring.refining.worded import reworded, wording_of
from twentyq.errors import LanguageModelError, TwentyqError
from twentyq.system import AttributeGroup, System

TRIES = 2  # questions for each group in a round
MINIBATCH = 32
"""Pictures that a rewrite is first tried on: with embeddings kept, they cost next to nothing."""

TEMPLATE = """\
A frozen image-text encoder compares a picture with prompts, and its answer is how well each of \
them fits, in shares that sum to 1. The pictures show <about>. The prompts of one question, which \
is called <name>, come from a template, in which {} stands for the option, and a list of options:
```
<curr_param>
```
Every class of picture has an option that it should be answered with. Here is how pictures of \
known classes are answered now:

<side_info>
Word the question better, so that pictures are answered as they should be: short, concrete, \
visible descriptions in plain English, which tell the options apart. The template holds {} once. \
Keep the number and the order of the options: each keeps its meaning, and only its words change. \
Write one JSON object of the same form between ``` marks, and nothing else."""


class ReflectingProposer:
    """Proposes wordings of groups that a language model wrote.

    GEPA reflects once a round on all groups, those that are most to blame first; the wordings it
    keeps are handed out group by group, so that each stands on its own before validation.
    `ended` is the error after which the model is asked no more; what was found before is kept.
    """

    def __init__(self, model: LanguageModel, seed: int = 0) -> None:
        self.name = WORDINGS
        self.model = model
        self.seed = seed
        self.ended: LanguageModelError | None = None
        self._answered = False
        self._found: dict[str, list[AttributeGroup]] = {}
        self._due: set[str] = set()

    def coordinates(self, system: System) -> tuple[str, ...]:
        """Return the names of the groups."""
        return tuple(group.name for group in system.groups)

    def propose(self, pool: Pool, now: Standing, coordinate: str) -> list[Candidate]:
        """Return the group in each of the model's wordings that did well on pictures to train on.

        Raises `LanguageModelError` where the model cannot be asked even once, and `StoreError`.
        """
        old = find_group(now.system, coordinate)
        if old is None:
            return []
        if coordinate not in self._due:
            self._due = set(self.coordinates(now.system))
            self._found = {} if self.ended else self._reflected(pool, now)
        self._due.discard(coordinate)
        return [
            Candidate(
                Change(self.name, coordinate, _told(old), _told(group)),
                reworded(now.system, group),
            )
            for group in self._found.get(coordinate, [])
            if group != old and len(group.options) == len(old.options)
        ]

    def _reflected(self, pool: Pool, now: Standing) -> dict[str, list[AttributeGroup]]:
        if bool(now.right.all()):
            return {}
        pictures = list(range(len(now.right)))
        groups = sorted(now.system.groups, key=lambda group: -float(blame(pool, now, group).sum()))
        tries = TRIES * len(groups)
        batch = min(MINIBATCH, len(pictures))
        reflection = _Reflection(self.model, tries)
        adapter = WordingAdapter(pool, now)
        result: GEPAResult[str, int] = optimize(
            seed_candidate={group.name: wording_of(group) for group in groups},
            trainset=pictures,
            adapter=adapter,
            reflection_lm=reflection,
            reflection_prompt_template={
                group.name: template_for(now.system, group) for group in groups
            },
            reflection_minibatch_size=batch,
            # A batch without a failure asks nothing: pictures looked at are bounded as well.
            max_metric_calls=len(pictures) + tries * (2 * batch + len(pictures)),
            stop_callbacks=reflection.is_over,
            logger=_Silent(),
            seed=self.seed,
        )
        self._heed(reflection)
        found: dict[str, dict[AttributeGroup, None]] = {}
        for candidate in result.candidates:
            for group in adapter.groups(candidate):
                found.setdefault(group.name, {})[group] = None
        return {name: list(wordings) for name, wordings in found.items()}

    def _heed(self, reflection: _Reflection) -> None:
        self._answered |= reflection.answered
        if reflection.fault is None:
            return
        if not isinstance(reflection.fault, LanguageModelError) or not self._answered:
            raise reflection.fault
        self.ended = reflection.fault


def template_for(system: System, group: AttributeGroup) -> str:
    """Return the question about a group, in which GEPA fills in its wording and its failures."""
    about = system.about or "what the system is about"
    return TEMPLATE.replace("<about>", about).replace("<name>", group.name)


def _told(group: AttributeGroup) -> str:
    return f"{group.prompt} ({', '.join(group.options)})"


class _Reflection:
    """The model as GEPA calls it. GEPA swallows errors and asks again: the first one ends it."""

    def __init__(self, model: LanguageModel, tries: int) -> None:
        self.model = model
        self.left = tries
        self.answered = False
        self.fault: TwentyqError | None = None

    def __call__(self, prompt: str | list[dict[str, Any]]) -> str:
        if self.fault is not None:
            raise self.fault
        self.left -= 1
        try:
            reply = self.model.ask(str(prompt))
        except TwentyqError as fault:
            self.fault = fault
            raise
        self.answered = True
        return reply

    def is_over(self, gepa_state: object) -> bool:  # noqa: ARG002  # what GEPA calls it
        return self.fault is not None or self.left <= 0


class _Silent:
    """GEPA's log, which would go to standard output."""

    def log(self, message: str) -> None:
        """Write nothing."""
