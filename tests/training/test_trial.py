"""One trial on vectors made by hand: modes, bias, the best template, and the pairs."""

import numpy as np
import pytest
import torch

from twentyq.system import AttributeGroup, System
from twentyq.training import trial_systems
from twentyq.training.protocol import Intervals
from twentyq.training.similarity import Eyes
from twentyq.training.trial import Trial, View, run_trial

HOW = Intervals(confidence=0.95, resamples=200, seed=1)
AXES = torch.eye(4, dtype=torch.float64)
VECTORS = {
    "red": AXES[0],
    "blue": AXES[1] + AXES[3],  # the last axis is in every picture: a bias towards blue
    "the cherry": AXES[0],
    "the plum": AXES[1],
    "cherry": AXES[1],
    "plum": AXES[0],
}


class HandMade:
    """Stands in for an encoder whose texts are the vectors above."""

    scale = 10.0

    def embed_texts(self, texts: list[str]) -> torch.Tensor:
        return torch.stack([VECTORS[text] for text in texts]) if texts else torch.empty(0, 0)


@pytest.fixture
def trial() -> Trial:
    group = AttributeGroup("colour", "{}", ("red", "blue"))
    rules = {"cherry": {"colour": {"red": 1.0}}, "plum": {"colour": {"blue": 1.0}}}
    system = System("fruit", (group,), ("cherry", "plum"), rules)
    images = torch.stack([AXES[0] + AXES[3], AXES[1] + AXES[3]])
    bad = torch.stack([AXES[1] + AXES[3], AXES[0] + AXES[3]])
    return Trial(
        part="fruit",
        system=system,
        truth=("cherry", "plum"),
        views={
            "clear": View(images, images.mean(dim=0)),
            "swapped": View(bad, bad.mean(dim=0)),
        },
        names=trial_systems.names(system, ["{}", "the {}"], {"cherry": "cherry", "plum": "plum"}),
        subsets={"first": np.array([True, False])},
    )


def shares(trial: Trial, subset: str) -> dict[str, float]:
    figures, _ = run_trial(trial, Eyes(HandMade()), HOW)
    return {one.measure: one.share for one in figures if one.subset == subset}


def test_removing_the_prompt_bias_mends_a_biased_group(trial):
    # Raw, red and blue tie on the cherry.
    clear = shares(trial, "clear")
    assert (clear["full"], clear["full-unbiased"]) == (0.75, 1.0)


def test_backgrounds_are_averaged(trial):
    assert shares(trial, "swapped")["full-unbiased"] == 0
    assert shares(trial, "all")["full-unbiased"] == 0.5


def test_one_template_serves_all_backgrounds(trial):
    figures, _ = run_trial(trial, Eyes(HandMade()), HOW)
    names = [one for one in figures if one.measure == "names"]
    # Each template is right on one background only, so both score alike and the first counts.
    assert {one.note for one in names} == {"{}"}
    assert {one.subset: one.share for one in names} == {
        "all": 0.5,
        "first": 0.5,
        "clear": 0.0,
        "swapped": 1.0,
    }


def test_pairs_are_compared_in_all_cases_and_subsets(trial):
    _, differences = run_trial(trial, Eyes(HandMade()), HOW)
    assert {(one.measure, one.subset, one.n) for one in differences} == {
        (f"{ours} - {theirs}", subset, n)
        for ours, theirs in (
            ("full", "names"),
            ("full-unbiased", "full"),
            ("full-unbiased", "names-unbiased"),
        )
        for subset, n in (("all", 2), ("first", 1))
    }
