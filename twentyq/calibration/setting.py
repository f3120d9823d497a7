"""Where a calibration holds: encoder, system, scale, options, and its thresholds' policy."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np

from twentyq.engine.plan import Plan
from twentyq.system.model import RULE_DECIMALS


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a calibration holds.

    `encoder` is an identity and `system` the fingerprint of a plan; `policy` and `decide` are those
    of the thresholds of `agrees`, and None for play that does not use them.
    """

    encoder: str
    system: str
    scale: str
    skip_unused: bool
    crop: str | None
    policy: str | None = None
    decide: str | None = None


def fingerprint(plan: Plan) -> str:
    """Return `sha256:` and the digest of all that decides what a plan's arrays mean."""
    named = [plan.classes, [plan.labels[i] for i in plan.label_of.tolist()], plan.prompts]
    digest = hashlib.sha256(json.dumps(named).encode())
    for array in (plan.rules, plan.log_prior):
        # Adding 0 turns −0 into 0, which has other bytes.
        exact = np.round(array.cpu().numpy(), RULE_DECIMALS) + 0.0
        digest.update(exact.astype("<f8").tobytes())
    return f"sha256:{digest.hexdigest()}"
