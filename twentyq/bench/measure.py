"""One measurement: every case of every kind, and the ratios between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import cycle, islice

from twentyq.bench.ceilings import ceilings, parts
from twentyq.bench.drawn import Size, draw_pictures
from twentyq.bench.engine import AT_LEAST, EngineCost, engine_game, measure_engine
from twentyq.bench.half import Agreement, measure_half
from twentyq.bench.pictures import picture_cases
from twentyq.bench.report import Report, Setting, this_machine
from twentyq.bench.scaling import Step, measure_scaling, sizes
from twentyq.bench.starting import time_starts
from twentyq.bench.timing import Seconds, Spread, alternate, ratio, spread
from twentyq.encoder import Encoder, Picture
from twentyq.system import System

# The first is what the engine's share is measured on, the last what the gain's rate is.
SIZES = (
    Size(100, 28, 8, 64),
    Size(16, 5, 10, 64),
    Size(1000, 100, 8, 64),
    Size(1000, 200, 8, 1024),
)
QUICK_SIZES = (Size(10, 4, 3, 8), Size(20, 5, 4, 8))
LARGEST, QUICK_LARGEST = 10_000, 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure.

    `pictures` are files or encoded pictures; without any, as many are drawn as a batch holds, and
    fewer than that are repeated. `quick` takes small sizes, to see that it runs. `scaling` and
    `start` add the parts that take minutes. `load` loads the encoder in a number type, and adds
    what half precision changes.
    """

    system: System
    system_name: str
    encoder: Encoder
    pictures: tuple[Picture, ...] = ()
    batch_size: int = 64
    rounds: int = 5
    quick: bool = False
    scaling: bool = False
    start: bool = False
    load: Callable[[str], Encoder] | None = None


def measure(wanted: Wanted, tell: Callable[[str], None]) -> Report:
    """Measure; `tell` is told what is measured next.

    Raises what encoders and pictures raise, and EncoderError where a start fails.
    """
    machine = this_machine(wanted.encoder.device)
    pictures = list(islice(cycle(wanted.pictures), max(wanted.batch_size, len(wanted.pictures))))
    pictures = pictures or [*draw_pictures(wanted.batch_size)]
    engine_sizes = QUICK_SIZES if wanted.quick else SIZES

    tell("pictures")
    share = replace(engine_sizes[0], batch=wanted.batch_size)
    cases = picture_cases(wanted.system, wanted.encoder, pictures, wanted.batch_size)
    bounds = ceilings(wanted.encoder, pictures[: wanted.batch_size], quick=wanted.quick)
    taken = alternate(
        {**cases, **bounds.cases, "engine": engine_game(share)},
        wanted.rounds,
        0.0 if wanted.quick else AT_LEAST,
        wanted.encoder.device,
    )
    worth = {"engine": wanted.batch_size, **bounds.pictures}
    a_picture = {
        name: tuple(value / worth.get(name, len(pictures)) for value in seconds)
        for name, seconds in taken.items()
    }
    ratios = _of_pictures(a_picture)
    milliseconds = {name: spread(values).times(1000) for name, values in a_picture.items()}
    notes = [*bounds.notes]
    if "pipeline" not in taken:
        notes.append("Transformers' pipeline does not run this encoder: no full_over_pipeline.")

    costs: list[EngineCost] = []
    for size in engine_sizes:
        tell(f"engine, N = {size.classes}, Q = {size.prompts}, batch {size.batch}")
        costs.append(measure_engine(size, wanted.rounds))
    ratios["gain_over_matmul"] = costs[-1].gain_over_matmul
    ratios["numpy_over_gain"] = costs[0].numpy_over_gain
    ratios["python_over_gain"] = costs[0].python_over_gain

    half: tuple[Agreement, ...] = ()
    if wanted.load is not None:
        tell("half precision")
        # Each once: a picture that is repeated says nothing new.
        once = wanted.pictures or pictures
        half, unrun = measure_half(wanted.system, wanted.load, once, wanted.batch_size)
        notes += unrun
    if wanted.start:
        tell("starts")
        picture = draw_pictures(1)[0]
        starts = time_starts(picture, wanted.system_name, wanted.encoder.name, wanted.rounds)
        ratios["start_over_bare"] = ratio(starts["classify"], starts["bare"])
        milliseconds |= {f"start: {name}": spread(v).times(1000) for name, v in starts.items()}
    scaling: list[Step] = []
    if wanted.scaling:
        tell("scaling")
        most = QUICK_LARGEST if wanted.quick else LARGEST
        scaling = list(measure_scaling(sizes(most), wanted.rounds))

    return Report(
        machine=machine,
        setting=Setting(
            encoder=wanted.encoder.name,
            system=wanted.system.name,
            classes=len(wanted.system.classes),
            prompts=sum(len(group.options) for group in wanted.system.groups),
            pictures=len(pictures),
            batch_size=wanted.batch_size,
            rounds=wanted.rounds,
            quick=wanted.quick,
        ),
        ratios=ratios,
        cases=milliseconds,
        ceilings=parts(a_picture),
        half=half,
        engine=tuple(costs),
        scaling=tuple(scaling),
        notes=tuple(notes),
    )


def _of_pictures(seconds: dict[str, Seconds]) -> dict[str, Spread]:
    """Return the ratios between cases, of seconds a picture."""
    pairs = {
        "engine_over_encoder": ("engine", "encoder"),
        "encoder_over_itself": ("decode and encode again", "decode and encode"),
        "full_over_encoder": ("full", "decode and encode"),
        "adaptive_over_encoder_warm": ("adaptive warm", "decode and encode"),
        "adaptive_over_encoder_cold": ("adaptive cold", "decode and encode"),
        "full_over_pipeline": ("full", "pipeline"),
    }
    return {
        name: ratio(seconds[case], seconds[other])
        for name, (case, other) in pairs.items()
        if other in seconds
    }
