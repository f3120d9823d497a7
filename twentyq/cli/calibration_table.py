"""What a calibration brought on pictures that it did not see: a table for people, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from twentyq.cli.figures import aligned, share_and_interval
from twentyq.engine import Plan
from twentyq.study.fitting.agreement import Kept
from twentyq.study.fitting.calibrate import Calibrated
from twentyq.study.fitting.validation import Judged
from twentyq.study.measures import share
from twentyq.study.reliability import reliability
from twentyq.study.summary import Share

NOTHING = "no part"
FITTED_HEAD = ("full, with", "by score", "by evidence", "95 % interval", "log loss", "ECE")
STOPPED_HEAD = ("agrees, with", "target", "z", "agreement", "prompts", "share of all")


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationTable:
    """The figures of a calibration of a plan."""

    made: Calibrated
    plan: Plan

    def json(self) -> str:
        """Return everything as one JSON document."""
        made, learned = self.made, self.made.learned
        document: dict[str, object] = {"parts": made.parts, "notes": made.notes}
        if learned is not None:
            document["cross_validation"] = [_entry(trial.judged) for trial in learned.choice.trials]
            document["prototypes"] = learned.prototypes.model_dump()
            document["left_over"] = [_entry(judged) for judged in learned.left_over]
            if learned.left_over_prototypes is not None:
                document["left_over_prototypes"] = learned.left_over_prototypes.model_dump()
        if made.stopping is not None:
            document["agrees"] = [
                {
                    "parts": parts,
                    "target": kept.target,
                    "z": kept.z,
                    "agreement": kept.agreement.model_dump(),
                    "prompts": kept.prompts,
                    "share": kept.prompts / self.plan.n_prompts,
                }
                for parts, of_parts in made.stopping.tried
                for kept in of_parts
            ]
        return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)

    def text(self) -> str:
        """Return the tables for people."""
        made, learned = self.made, self.made.learned
        blocks: list[str] = []
        if learned is not None:
            trials = [trial.judged for trial in learned.choice.trials]
            blocks.append(
                _block(
                    f"cross-validation, {len(trials[0].right)} labelled pictures",
                    trials,
                    learned.prototypes,
                    chosen=learned.choice.parts,
                )
            )
            if learned.left_over and learned.left_over_prototypes is not None:
                n_left = len(learned.left_over[0].right)
                blocks.append(
                    _block(
                        f"as calibrated, on the {n_left} pictures left over",
                        learned.left_over,
                        learned.left_over_prototypes,
                        chosen=learned.choice.parts,
                    )
                )
        if made.stopping is not None and made.stopping.tried:
            rows = [
                _stopped(parts, kept, self.plan.n_prompts)
                for parts, of_parts in made.stopping.tried
                for kept in of_parts
            ]
            blocks.append(aligned([STOPPED_HEAD, *rows]))
        return "\n\n".join(blocks)


def _block(title: str, judged: Iterable[Judged], prototypes: Share, chosen: tuple[str, ...]) -> str:
    rows = [_row(one, "*" if one.parts == chosen else "") for one in judged]
    without = ("class prototypes, no rules", "", *share_and_interval(prototypes), "", "")
    legend = "* is chosen; by score is the decision of full, by evidence that of `calibrated`"
    return "\n".join([title, aligned([FITTED_HEAD, *rows, without]), legend])


def _row(judged: Judged, mark: str) -> tuple[str, ...]:
    found = _entry(judged)
    return (
        (" ".join(judged.parts) or NOTHING) + mark,
        f"{judged.by_score.mean():.1%}",
        *share_and_interval(share(judged.right)),
        f"{found['log_loss']:.3f}",
        f"{found['ece']:.3f}",
    )


def _entry(judged: Judged) -> dict[str, object]:
    speaks: Literal["posterior", "probability"]
    speaks = "probability" if "probability" in judged.parts else "posterior"
    return {
        "parts": judged.parts,
        "by_score": share(judged.by_score).model_dump(),
        "by_evidence": share(judged.right).model_dump(),
        "log_loss": float(judged.loss.mean()),
        "ece": reliability(judged.stated, judged.right, speaks).ece.value,
    }


def _stopped(parts: tuple[str, ...], kept: Kept, n_prompts: int) -> tuple[str, ...]:
    return (
        " ".join(parts),
        f"{kept.target:.0%}",
        "too few agree" if kept.z is None else f"{kept.z:.2f}",
        f"{kept.agreement.share:.1%}",
        f"{kept.prompts:.1f}",
        f"{kept.prompts / n_prompts:.1%}",
    )
