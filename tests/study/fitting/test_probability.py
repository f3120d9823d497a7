import numpy as np
import pytest
import torch

from tests.study.fitting.taught import draw_system
from twentyq.engine import compile_plan
from twentyq.engine.belief import posterior
from twentyq.study.fitting.evidence import Evidence
from twentyq.study.fitting.probability import fit_probability


@pytest.mark.parametrize(("weight", "redundancy"), [(0.3, 0.0), (2.0, 0.5)])
def test_the_weight_and_redundancy_that_made_the_truth_are_found(weight, redundancy):
    rng = np.random.default_rng(0)
    plan = compile_plan(draw_system(rng))
    m = torch.tensor([1, 4, 6])
    believed = torch.from_numpy(rng.normal(size=(3000, 8)) * 2)
    # Evidence such that one truth is as likely after each subset.
    s = weight / (1 + redundancy * (m - 1))
    evidence = Evidence(torch.stack([believed / factor for factor in s]), m)
    belief = posterior(plan, believed, torch.ones(3000), 0.0).numpy()
    truth = torch.from_numpy((belief.cumsum(axis=1) < rng.random((3000, 1))).sum(axis=1))
    found = fit_probability(plan, evidence, truth)
    assert found.weight == pytest.approx(weight, rel=0.1)
    assert found.redundancy == pytest.approx(redundancy, abs=0.05)


def test_evidence_that_misleads_is_given_no_weight():
    rng = np.random.default_rng(0)
    plan = compile_plan(draw_system(rng))
    evidence = Evidence(torch.from_numpy(rng.normal(size=(1, 500, 8))), torch.tensor([6]))
    truth = evidence.believed[0].argmin(dim=1)
    assert fit_probability(plan, evidence, truth).weight < 0.01
