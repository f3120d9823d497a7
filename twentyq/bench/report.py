"""What was measured, as figures that a program reads."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch

from twentyq.bench.engine import EngineCost
from twentyq.bench.half import Agreement
from twentyq.bench.scaling import Step
from twentyq.bench.timing import Spread

SCHEMA = 1

MEANINGS = {
    "engine_over_encoder": "the engine alone, every group asked, over the encoder alone",
    "gain_over_matmul": "the gain over one float32 matrix product of its shape",
    "numpy_over_gain": "the gain by naive numpy over the engine's",
    "python_over_gain": "the gain by loops of Python over the engine's",
    "encoder_over_itself": "decoding and encoding once more, over the same: noise",
    "full_over_encoder": "full, prompts known, over decoding and encoding",
    "adaptive_over_encoder_warm": "adaptive, prompts known, over decoding and encoding",
    "adaptive_over_encoder_cold": "adaptive, no prompt embedded yet, over decoding and encoding",
    "full_over_pipeline": "full, prompts known, over transformers' zero-shot pipeline",
    "start_over_bare": "a start of twentyq classify over a bare script that embeds one picture",
}


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured; `load` is the mean of the last minute when it began."""

    processor: str
    cores: int
    threads: int
    device: str
    load: float | None
    system: str
    python: str
    torch: str


def this_machine(device: torch.device) -> Machine:
    """Return what is known of this machine."""
    affinity = getattr(os, "sched_getaffinity", None)
    loads = getattr(os, "getloadavg", None)
    return Machine(
        processor=platform.processor() or platform.machine(),
        cores=len(affinity(0)) if affinity else os.cpu_count() or 1,
        threads=torch.get_num_threads(),
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        load=round(loads()[0], 2) if loads else None,
        system=platform.platform(),
        python=platform.python_version(),
        torch=torch.__version__,
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """What was measured: names, N, Q and counts."""

    encoder: str
    system: str
    classes: int
    prompts: int
    pictures: int
    batch_size: int
    rounds: int
    quick: bool


@dataclass(frozen=True, slots=True)
class Report:
    """Every figure of one measurement.

    ratios    by name, see `MEANINGS`; a case that could not be run is left out, with a note
    cases     milliseconds a picture of whole classifications; milliseconds of whole starts
    ceilings  what part of each ceiling's throughput each case reaches, by case and ceiling
    half      labels and cosines in half precision beside float32, where they were asked for
    engine    the engine alone by N, G, K and batch
    scaling   one question by N · Q, where it was asked for
    notes     what could not be measured, a sentence each
    """

    machine: Machine
    setting: Setting
    ratios: Mapping[str, Spread]
    cases: Mapping[str, Spread]
    engine: tuple[EngineCost, ...]
    ceilings: Mapping[str, Mapping[str, Spread]]
    half: tuple[Agreement, ...] = ()
    scaling: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return everything as JSON; each ratio stands at the top by its name, as a median."""
        return {
            "schema": SCHEMA,
            "machine": asdict(self.machine),
            "setting": asdict(self.setting),
            **{name: value.median for name, value in self.ratios.items()},
            "spread": {
                name: [value.smallest, value.largest] for name, value in self.ratios.items()
            },
            "cases": {name: asdict(value) for name, value in self.cases.items()},
            "ceilings": {
                case: {ceiling: asdict(part) for ceiling, part in reached.items()}
                for case, reached in self.ceilings.items()
            },
            "half": [
                {
                    "dtype": agreement.dtype,
                    "equal": agreement.equal.model_dump(),
                    "difference": agreement.difference,
                }
                for agreement in self.half
            ],
            "engine": [asdict(cost) for cost in self.engine],
            "scaling": [
                {**asdict(step), "entries": step.entries, "per_entry": step.per_entry}
                for step in self.scaling
            ],
            "notes": list(self.notes),
        }
