"""GEPA's view of refinement: a candidate words every group, an example is a picture to train on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gepa.core.adapter import EvaluationBatch, GEPAAdapter

from twentyq.authoring.refining.failures import Record, records
from twentyq.authoring.refining.pool import Pool, Standing
from twentyq.authoring.refining.splitting import Part
from twentyq.authoring.refining.worded import WordingError, read_wording, reworded, wording_of
from twentyq.system import AttributeGroup


class WordingAdapter(GEPAAdapter[int, int, str]):
    """Scores wordings by whether full names pictures rightly, and tells what went wrong.

    Pictures are numbers among those to train on. A wording that cannot be used scores 0, and its
    fault is told with the next question about its group.
    """

    def __init__(self, pool: Pool, now: Standing) -> None:
        self.pool = pool
        self.now = now
        self.refused: dict[str, str] = {}
        self._standings: dict[tuple[tuple[str, str], ...], Standing | None] = {}

    def evaluate(
        self, batch: list[int], candidate: dict[str, str], capture_traces: bool = False
    ) -> EvaluationBatch[int, str]:
        """Return the label of each picture, and 1.0 where it is right."""
        standing = self._standing(candidate)
        traces = batch if capture_traces else None
        if standing is None:
            return EvaluationBatch([""] * len(batch), [0.0] * len(batch), traces)
        labels = standing.label[batch].tolist()
        return EvaluationBatch(
            outputs=[self.pool.plan.labels[label] for label in labels],
            scores=standing.right[batch].double().tolist(),
            trajectories=traces,
        )

    def make_reflective_dataset(
        self,
        candidate: dict[str, str],
        eval_batch: EvaluationBatch[int, str],
        components_to_update: list[str],
    ) -> Mapping[str, Sequence[Record]]:
        """Return what is to be told of failures, by group; GEPA asks of usable wordings only."""
        standing = self._standing(candidate)
        if standing is None:
            return {}
        batch = eval_batch.trajectories or []
        groups = {group.name: group for group in standing.system.groups}
        return {
            name: records(self.pool, standing, groups[name], batch, self.refused.pop(name, None))
            for name in components_to_update
        }

    def groups(self, candidate: dict[str, str]) -> list[AttributeGroup]:
        """Return the groups of a candidate; raises WordingError."""
        return [self._worded(group, candidate[group.name]) for group in self.now.system.groups]

    def _worded(self, group: AttributeGroup, text: str) -> AttributeGroup:
        # The wording of the moment may be longer than the encoder reads, and stands all the same.
        if text == wording_of(group):
            return group
        try:
            return read_wording(text, group, self.pool.encoder)
        except WordingError as fault:
            self.refused[group.name] = str(fault)
            raise

    def _standing(self, candidate: dict[str, str]) -> Standing | None:
        key = tuple(candidate.items())
        if key not in self._standings:
            try:
                system = self.now.system
                for group in self.groups(candidate):
                    system = reworded(system, group)
                self._standings[key] = self.pool.stand(system, Part.TRAIN, near=self.now)
            except WordingError:
                self._standings[key] = None
        return self._standings[key]
