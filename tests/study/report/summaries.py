"""A summary and stories like those of a real study, made from a seed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import Literal

import numpy as np
from PIL import Image
from scipy.stats import binomtest

from twentyq.result import Step
from twentyq.study.report import Story, thumbnail
from twentyq.study.summary import (
    Asked,
    Bin,
    Control,
    Cost,
    Curve,
    Disagreement,
    Estimate,
    Fitted,
    Group,
    McNemar,
    Mode,
    Point,
    Problem,
    Rejection,
    Reliability,
    Saving,
    Share,
    Subject,
    Summary,
)

N = 497
PROMPTS = 51
FULL = 0.466
COLOURS = ("white", "gray", "brown", "blue", "green", "yellow", "red", "orange", "light blue")
FORMS = ("a wolf", "an armored dinosaur", "a bird of prey", "a four-legged plant", "a human shape")
GROUPS = {
    "dominant_color": COLOURS,
    "primary_form": FORMS,
    "key_trait": ("a sharp horn", "wings", "a red, flame-like tail with sparks", "vines", "none"),
    "body_shape": ("tall", "round", "long and thin", "squat"),
    "background_scene": ("sky", "forest", "sea", "plain"),
}
CLASSES = ("Absol", "Aggron", "Bulbasaur", "Celebi", "Charizard", "Moltres", "Venusaur", "Zekrom")
POLICIES = {
    "gain": 1.0,
    "gain-per-prompt": 0.92,
    "gini-per-prompt": 0.8,
    "static": 1.3,
    "random": 2,
}


@cache
def share(value: float, total: int = N) -> Share:
    count = round(min(1.0, max(0.0, value)) * total)
    interval = binomtest(count, total).proportion_ci(method="wilson")
    return Share(
        count=count,
        total=total,
        share=count / total,
        low=float(interval.low),
        high=float(interval.high),
    )


def around(value: float, half: float = 0.02) -> Estimate:
    return Estimate(value=value, low=value - half, high=value + half)


def cost(mean: float) -> Cost:
    return Cost(
        mean=mean,
        share=mean / PROMPTS,
        share_of_used=min(1.0, mean / 44),
        p95=Estimate(value=min(51, 1.6 * mean), low=min(51, 1.5 * mean), high=51),
        p99=Estimate(value=51, low=min(51, 1.7 * mean), high=51),
        embedded={1: mean, 10: min(51, 1.7 * mean), 100: 51, 1000: 51},
    )


def reliability(speaks: Literal["posterior", "probability"], ece: float) -> Reliability:
    bins = [
        Bin(
            low=i / 10,
            high=(i + 1) / 10,
            stated=i / 10 + 0.05,
            accuracy=share((i / 10 + 0.05) ** 1.4, 12 + 9 * i),
        )
        for i in range(10)
    ]
    return Reliability(
        speaks=speaks, ece=Estimate(value=ece, low=ece - 0.02, high=ece + 0.03), bins=bins
    )


def mode(name: str, kind: str, accuracy: float, mean: float, **given: object) -> Mode:
    fields: dict[str, object] = {
        "name": name,
        "mode": kind,
        "policy": None,
        "stop": None,
        "scale": "encoder",
        "calibrated": False,
        "accuracy": share(accuracy),
        "macro_accuracy": around(accuracy - 0.02),
        "top5": share(accuracy + 0.25),
        "agreement": share(0.93),
        "difference": Estimate(
            value=accuracy - FULL, low=accuracy - FULL - 0.011, high=accuracy - FULL + 0.012
        ),
        "mcnemar": McNemar(only_this=5, only_full=9, p=0.424, p_holm=0.848),
        "cost": cost(mean),
        "reliability": None,
    }
    return Mode.model_validate({**fields, **given})


def curve(policy: str, stop: str) -> Curve:
    """A dearer policy needs more prompts for as much of full's accuracy."""
    points = []
    for step in range(1, 13):
        t = step / 12
        reached = 1 - (1 - t) ** 2.2
        points.append(
            Point(
                threshold=round(t, 3),
                prompts=9 + (PROMPTS - 9) * t ** (1.6 / POLICIES[policy]),
                accuracy=share(0.1 + (FULL - 0.1) * reached),
                agreement=share(0.3 + 0.7 * reached),
            )
        )
    return Curve(
        policy=policy, stop=stop, area=around(0.4 / POLICIES[policy] ** 0.2), points=points
    )


def group(name: str, options: Sequence[str], seed: int) -> Group:
    draw = np.random.default_rng(seed)
    rows = draw.dirichlet(np.ones(len(options)) * 0.4, len(options)) + 0.8 * np.eye(len(options))
    return Group(
        name=name,
        options=list(options),
        accuracy=share(0.3 + 0.1 * (seed % 5)),
        constant=0.42,
        confusion=(rows / rows.sum(axis=1, keepdims=True)).tolist(),
        asked=1 - 0.15 * (seed % 5),
        bits=[1.34, 0.87, 0.4, None, -0.07][seed % 5],
    )


def summary(groups: int = 5, *, name: str = "pokemon-cards") -> Summary:
    named = list(GROUPS.items()) + [(f"has_{i}_pattern", COLOURS) for i in range(5, groups)]
    default = "adaptive, gain, confidence:0.9"
    return Summary(
        twentyq="0.1.0",
        command=f"twentyq study pictures --system {name} --encoder builtin --output study",
        subject=Subject(
            system=name,
            system_source="https://jina.ai/news/scaling-test-time-compute",
            classes=16,
            labels=16,
            groups=groups,
            prompts=PROMPTS,
            used_prompts=44,
            encoder="builtin",
            encoder_identity="sha256:" + "0123456789abcdef" * 4,
            encoder_scale=18.4,
            pictures=N,
            pictures_given=503,
            chance=1 / 16,
            problems=[
                Problem(kind="duplicate", count=4, names=[f"Absol/{i}.webp" for i in range(4)]),
                Problem(
                    kind="unreadable", count=2, names=["Zekrom/torn.webp", "Zekrom/empty.webp"]
                ),
                Problem(kind="class without pictures", count=1, names=["Celebi&Venu"]),
            ],
        ),
        default=default,
        modes=[
            mode("full", "full", FULL, 51, agreement=None, difference=None, mcnemar=None),
            mode("full, article's scale", "full", 0.31, 51, scale="article"),
            mode("names", "names", 0.214, 16, agreement=share(0.3)),
            mode("names, with the file's template", "names", 0.24, 16, agreement=share(0.31)),
            mode(
                default,
                "adaptive",
                FULL - 0.004,
                23.4,
                policy="gain",
                stop="confidence:0.9",
                reliability=reliability("posterior", 0.113),
            ),
            mode(
                "adaptive, gini-per-prompt, agrees:0.99",
                "adaptive",
                FULL,
                31.2,
                policy="gini-per-prompt",
                stop="agrees:0.99",
                calibrated=True,
                reliability=reliability("probability", 0.041),
            ),
            mode(
                "static, confidence:0.9",
                "adaptive",
                FULL - 0.01,
                29.9,
                policy="static",
                stop="confidence:0.9",
            ),
            mode(
                "random, confidence:0.9",
                "adaptive",
                FULL - 0.05,
                36.0,
                policy="random",
                stop="confidence:0.9",
            ),
        ],
        curves=[
            curve(policy, stop)
            for stop in ("questions", "confidence", "margin", "agrees")
            for policy in POLICIES
        ],
        fitted=[
            Fitted(
                policy=policy,
                stop=stop,
                target=target,
                thresholds=[0.91234, None] if target == 0.99 else [0.7, 0.68],
                agreement=share(target - 0.004),
                prompts=around(26.1 * weight**0.3, 1.1),
                share_of_used=around(0.6),
            )
            for target in (0.95, 0.99)
            for stop in ("confidence", "agrees")
            for policy, weight in POLICIES.items()
        ],
        savings=[
            Saving(
                policy=policy,
                stop=stop,
                stopping=around(0.31),
                adapting=around(0.13 * weight),
                below_static=around(0.19),
            )
            for stop in ("agrees, fitted to agree 0.99", "confidence:0.9")
            for policy, weight in (("gain", 1.0), ("gini-per-prompt", -0.3))
        ],
        asked=[
            Asked(
                confidence=c / 10,
                reached=share(1 - (c / 11) ** 3),
                accuracy=share(0.4 + c / 22, N - 40 * c) if c < 10 else None,
            )
            for c in range(1, 11)
        ],
        rejection=Rejection(
            splits=20,
            auroc=around(0.713, 0.03),
            risk=[(i / 60, 0.1 + 0.44 * (i / 60) ** 1.5) for i in range(1, 61)],
        ),
        groups=[group(name, options, i) for i, (name, options) in enumerate(named)],
        controls=[
            Control(
                name="rules permuted",
                draws=200,
                null=Estimate(value=0.06, low=0.02, high=0.12),
                observed=FULL,
                p=0.0049,
            ),
            Control(
                name="options permuted in a group",
                draws=200,
                null=Estimate(value=0.09, low=0.03, high=0.17),
                observed=FULL,
                p=0.0049,
            ),
            Control(
                name="random words of equal length",
                draws=20,
                null=Estimate(value=0.13, low=0.08, high=0.2),
                observed=FULL,
                p=0.0476,
            ),
        ],
        adaptive_loses=[
            Disagreement(
                picture=f"cards/{CLASSES[i]}/{i:03}.webp",
                truth=CLASSES[i],
                adaptive=CLASSES[-1],
                full=CLASSES[i],
            )
            for i in range(5)
        ],
        adaptive_wins=[
            Disagreement(
                picture=f"cards/{CLASSES[i]}/9{i}.webp",
                truth=CLASSES[i],
                adaptive=CLASSES[i],
                full=CLASSES[0],
            )
            for i in range(1, 4)
        ],
        notes=[
            "Thresholds of one curve are read on the pictures that made it.",
            "Absol, Aggron and Zekrom are alike in two groups.",
        ],
    )


def small(**given: object) -> Summary:
    """Return a summary with one curve and the parts that a test puts in, so that it draws fast."""
    found = summary()
    absent = ("fitted", "savings", "asked", "groups", "controls", "notes")
    rest: dict[str, object] = {key: [] for key in (*absent, "adaptive_loses", "adaptive_wins")}
    rest |= {"curves": found.curves[:1], "rejection": None}
    return found.model_copy(update=rest | given)


def stories() -> list[Story]:
    names = [
        (f"cards/{CLASSES[i]}/{i:03}.webp", CLASSES[i], CLASSES[-1], CLASSES[i]) for i in range(2)
    ]
    names += [
        (f"cards/{CLASSES[i]}/5{i}.webp", CLASSES[i], CLASSES[i], CLASSES[i]) for i in range(4)
    ]
    names += [(f"cards/{CLASSES[1]}/91.webp", CLASSES[1], CLASSES[1], CLASSES[0])]
    return [
        Story(
            picture=picture,
            thumbnail=drawn(i) if i != 3 else None,
            truth=truth,
            label=label,
            full=full,
            posterior=0.91,
            prompts=23,
            steps=steps(label),
        )
        for i, (picture, truth, label, full) in enumerate(names)
    ]


def steps(label: str) -> tuple[Step, ...]:
    beliefs = (0.34, 0.71, 0.91)
    return tuple(
        Step(
            group=group,
            expected_bits=1.2 / (i + 1),
            realised_bits=0.9 - 0.5 * i,
            rivals=(),
            answer={
                option: 0.6 if k == i else 0.4 / (len(options) - 1)
                for k, option in enumerate(options)
            },
            best=((label, beliefs[i]), ("a quite remarkably long name", 0.06), ("Celebi", 0.02)),
            label=label,
            posterior=beliefs[i],
        )
        for i, (group, options) in enumerate(list(GROUPS.items())[:3])
    )


def drawn(seed: int) -> bytes:
    shades = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(shades).resize((320, 240), Image.Resampling.BICUBIC).save(stream, "PNG")
    return thumbnail(stream.getvalue())
