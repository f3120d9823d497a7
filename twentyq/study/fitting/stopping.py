"""Planning's noise and the thresholds of `agrees`, fitted to pictures without labels."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from torch import Tensor

from twentyq.calibration import rounded
from twentyq.engine.calibration import Calibration
from twentyq.engine.game import Game
from twentyq.engine.plan import Plan
from twentyq.engine.policies import Policy
from twentyq.study.fitting.agreement import Kept, fit_agreement
from twentyq.study.fitting.noise import fit_noise
from twentyq.study.fitting.thresholds import TARGETS, least_agreement, least_pictures
from twentyq.study.group_answers import read_answers


@dataclass(frozen=True, slots=True, eq=False)
class Stopping:
    """A calibration with what stopping needs, and what each part saved on unseen pictures.

    tried  the parts beside the calibration's others, with what `agrees` then keeps
    notes  what was left out, and why
    """

    calibration: Calibration
    parts: tuple[str, ...]
    tried: tuple[tuple[tuple[str, ...], list[Kept]], ...]
    notes: tuple[str, ...]


def fit_stopping(
    plan: Plan,
    scale: float,
    policy: Policy,
    calibration: Calibration,
    pool: Tensor,
    parts: Collection[str],
) -> Stopping:
    """Add `noise` and `agrees`, as far as `parts` names them and the pool supports them.

    Noise is kept where fewer prompts are then spent at the strictest target that can be kept. The
    pool is cosines `(n_images, n_prompts)` that labels were not learned from.
    """
    most = least_agreement(len(pool) // 2, len(pool) // 2)
    targets = [target for target in TARGETS if target <= most]
    notes = [
        f"agrees:{target} is left out: it needs {2 * least_pictures(target)} pictures whose labels "
        f"were not learned from, and there are {len(pool)}"
        for target in TARGETS
        if target not in targets and "agrees" in parts
    ]
    if not targets:
        if "noise" in parts:
            notes.append("noise is left out: there are too few pictures to say what it brings")
        return Stopping(calibration, (), (), tuple(notes))

    game = Game(plan, scale, policy=policy, calibration=calibration)
    moments, kept = fit_agreement(game, pool, targets)
    tried: list[tuple[tuple[str, ...], list[Kept]]] = [(("agrees",), kept)]
    with_noise = False
    # Planning by a confusion matrix leaves no place for noise.
    if "noise" in parts and calibration.confusion is None:
        noise = fit_noise(plan, read_answers(game.reading, pool))
        noisy = rounded(replace(calibration, noise=noise))
        other, kept_then = fit_agreement(replace(game, calibration=noisy), pool, targets)
        tried.append((("noise", "agrees"), kept_then))
        with_noise = kept_then[0].prompts < kept[0].prompts
        if with_noise:
            calibration, moments, kept = noisy, other, kept_then
        else:
            notes.append("noise is left out: it does not lower the prompts that agrees spends")
    elif "noise" in parts:
        notes.append("noise is left out: planning goes by the confusion matrix")
    chosen = ("noise",) if with_noise else ()
    if "agrees" in parts:
        notes += [
            f"agrees:{it.target} is left out: the pictures disagree too often even where z is large"
            for it in kept
            if it.z is None
        ]
    if "agrees" in parts and moments.thresholds:
        calibration = replace(calibration, moments=moments)
        chosen = (*chosen, "agrees")
    return Stopping(calibration, chosen, tuple(tried), tuple(notes))
