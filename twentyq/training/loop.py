"""The training loop: some processes, one gradient, weights averaged over the last steps."""

import json
import math
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, distributed, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from twentyq.training.losses import Weights, losses
from twentyq.training.material import WEIGHTS, Material, load_material
from twentyq.training.model import DualEncoder
from twentyq.training.starting import starting_model

HISTORY = "history.jsonl"
_CLIP = 2.0
_SMOOTH = 0.98
_LAST_RATE = 0.01


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train.

    ``batch`` views a process and step; ``processes`` on CPU cores, one on a GPU. ``checkpoint`` is
    the number of steps after which a checkpoint is kept and the validation looked at; ``average``
    the share of the steps over which the weights that count are averaged; ``name`` how much naming
    counts in the loss. ``hold_out=1`` keeps the development animals out of the training, to choose
    by.
    """

    steps: int
    batch: int
    processes: int
    seed: int = 0
    head_rate: float = 1.5e-3
    tower_rate: float = 6e-4
    weight_decay: float = 0.02
    warmup: int = 60
    first_block: int = 6
    average: float = 0.05
    checkpoint: int = 200
    name: float = 1.5
    hold_out: int = 0


def train(schedule: Schedule, work: Path, out: Path, device: str) -> None:
    """Train from the material in ``work``; leave ``best.pt`` and ``history.jsonl`` in ``out``.

    A run that was interrupted goes on from its last checkpoint and ends with the weights of an
    unbroken run, for all chance depends on the seed, the step and the process alone.
    """
    out.mkdir(parents=True, exist_ok=True)
    if schedule.processes == 1:
        _run(0, schedule, work, out, device)
        return
    meeting = out / "meeting"
    meeting.unlink(missing_ok=True)
    torch.multiprocessing.spawn(  # type: ignore[attr-defined, no-untyped-call]  # torch's lack
        _meet, (schedule, work, out, device, meeting), nprocs=schedule.processes
    )
    meeting.unlink(missing_ok=True)


def _meet(rank: int, schedule: Schedule, work: Path, out: Path, device: str, meeting: Path) -> None:
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // schedule.processes))
    distributed.init_process_group(
        "gloo",
        init_method=f"file://{meeting.resolve()}",
        rank=rank,
        world_size=schedule.processes,
    )
    try:
        _run(rank, schedule, work, out, device)
    finally:
        distributed.destroy_process_group()


def _run(rank: int, schedule: Schedule, work: Path, out: Path, device: str) -> None:
    material = load_material(work, torch.device(device), bool(schedule.hold_out))
    model = starting_model(work, schedule.first_block, schedule.seed).to(device)
    average = get_ema_multi_avg_fn(1 - 1 / max(1.0, schedule.average * schedule.steps))  # type: ignore[no-untyped-call]  # torch's lack
    averaged = AveragedModel(model, multi_avg_fn=average)
    heads, towers = model.head_parameters(), model.tower_parameters()
    optimizer = torch.optim.AdamW(
        [
            {"params": heads, "lr": schedule.head_rate},
            {"params": towers, "lr": schedule.tower_rate},
        ],
        weight_decay=schedule.weight_decay,
        betas=(0.9, 0.98),
    )
    plan = torch.optim.lr_scheduler.LambdaLR(optimizer, _rate(schedule))
    keeper = _Keeper(out, schedule, model, averaged, optimizer, plan)
    start = keeper.restore()
    with _progress(rank == 0) as progress:
        task = progress.add_task("train", total=schedule.steps, completed=start, loss="")
        smooth = 0.0
        for step in range(start, schedule.steps):
            parts = _step(rank, step, schedule, material, model, optimizer, [*heads, *towers])
            plan.step()
            averaged.update_parameters(model)
            loss = float(sum(parts.values()))
            smooth = loss if step == start else _SMOOTH * smooth + (1 - _SMOOTH) * loss
            progress.update(task, advance=1, loss=f"{smooth:.2f}")
            done = step + 1
            if rank == 0 and (done % schedule.checkpoint == 0 or done == schedule.steps):
                judged = averaged.module
                assert isinstance(judged, DualEncoder)
                keeper.keep(done, material.measure(judged), smooth)


def _step(
    rank: int,
    step: int,
    schedule: Schedule,
    material: Material,
    model: DualEncoder,
    optimizer: torch.optim.Optimizer,
    parameters: list[nn.Parameter],
) -> dict[str, Tensor]:
    device = material.corpus.vectors.device
    chance = torch.Generator(device)
    chance.manual_seed((schedule.seed * 1_000_003 + step) * schedule.processes + rank)
    views = material.composer.compose(schedule.batch, chance)
    parts = losses(model, material.corpus, views, material.truth, _weights(schedule), chance)
    optimizer.zero_grad()
    torch.autograd.backward(torch.stack(list(parts.values())).sum())
    if schedule.processes > 1:
        _share_gradients(parameters)
    nn.utils.clip_grad_norm_(parameters, _CLIP)
    optimizer.step()
    return {name: part.detach() for name, part in parts.items()}


def _weights(schedule: Schedule) -> Weights:
    """Give the weights of the loss; naming pictures and finding them keep their proportion."""
    share = schedule.name / WEIGHTS.name
    return replace(WEIGHTS, name=schedule.name, name_to_picture=share * WEIGHTS.name_to_picture)


def _share_gradients(parameters: list[nn.Parameter]) -> None:
    """Average gradients over the processes, all in one message."""
    gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(flat)
    flat /= distributed.get_world_size()
    parts = torch.split(flat, [p.numel() for p in parameters])
    for parameter, part in zip(parameters, parts, strict=True):
        parameter.grad = part.view_as(parameter)


def _rate(schedule: Schedule) -> Callable[[int], float]:
    """Warm up linearly, then fall along a cosine."""

    def factor(step: int) -> float:
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, step / schedule.steps)))
        return min(1.0, (step + 1) / schedule.warmup) * (cosine + _LAST_RATE)

    return factor


def _progress(shown: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]}"),
        TimeRemainingColumn(),
        disable=not shown,
    )


class _Keeper:
    """Keeps checkpoints, the best averaged weights and the history of a run."""

    def __init__(
        self,
        out: Path,
        schedule: Schedule,
        model: DualEncoder,
        averaged: AveragedModel,
        optimizer: torch.optim.Optimizer,
        plan: torch.optim.lr_scheduler.LambdaLR,
    ) -> None:
        self._out, self._schedule = out, asdict(schedule)
        # Any: torch has no common type of what has a state.
        self._parts: dict[str, Any] = {
            "model": model,
            "averaged": averaged,
            "optimizer": optimizer,
            "plan": plan,
        }
        self._best = -math.inf
        self._history: list[dict[str, float]] = []

    def restore(self) -> int:
        """Load the last checkpoint of the same schedule; return the steps done."""
        file = self._out / "checkpoint.pt"
        if not file.exists():
            return 0
        kept = torch.load(file, map_location="cpu", weights_only=True)
        if kept["schedule"] != self._schedule:
            return 0
        for name, part in self._parts.items():
            part.load_state_dict(kept[name])
        self._best, self._history = kept["best"], kept["history"]
        return int(kept["step"])

    def keep(self, step: int, measured: dict[str, float], loss: float) -> None:
        """Write a checkpoint, and the averaged weights if they are the best so far."""
        self._history.append({"step": step, "loss": round(loss, 4), **measured})
        if measured["mean"] > self._best:
            self._best = measured["mean"]
            averaged = self._parts["averaged"]
            assert isinstance(averaged, AveragedModel)
            _write(self._out / "best.pt", {"step": step, "model": averaged.module.state_dict()})
        state = {name: part.state_dict() for name, part in self._parts.items()}
        state |= {
            "step": step,
            "schedule": self._schedule,
            "best": self._best,
            "history": self._history,
        }
        _write(self._out / "checkpoint.pt", state)
        lines = [json.dumps(line) for line in self._history]
        (self._out / HISTORY).write_text("\n".join(lines) + "\n")


def _write(file: Path, state: dict[str, object]) -> None:
    unfinished = file.with_name(f"unfinished-{file.name}")
    torch.save(state, unfinished)
    unfinished.replace(file)
