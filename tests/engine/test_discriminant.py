import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from tests.engine.calibrated import make_discriminant
from tests.engine.worlds import make_world
from twentyq.engine import discriminant as module
from twentyq.engine.calibration import Discriminant
from twentyq.engine.discriminant import (
    compile_discriminant,
    log_ratios,
    marginal_evidence,
    with_discriminant,
)

seeds = st.integers(0, 2**32 - 1)


def drawn(seed, n_images=7):
    """A plan, a discriminant for some classes, which groups were asked, and the answers."""
    rng = np.random.default_rng(seed)
    plan = make_world(seed).plan
    asked = torch.from_numpy(rng.random((n_images, len(plan.groups))) < 0.6)
    answers = [rng.dirichlet(np.ones(len(options)), n_images) for options in plan.options]
    ratios = torch.cat([log_ratios(torch.from_numpy(a)) for a in answers], dim=1)
    return plan, make_discriminant(plan, rng), asked, ratios


def test_log_ratios_sum_to_zero_and_an_answer_of_zero_stays_finite():
    got = log_ratios(torch.tensor([[0.25, 0.5, 0.25], [1.0, 0.0, 0.0]], dtype=torch.float64))
    assert got[0].tolist() == pytest.approx([-np.log(2) / 3, 2 * np.log(2) / 3, -np.log(2) / 3])
    assert bool(torch.isfinite(got).all())
    assert got.sum(1).tolist() == pytest.approx([0, 0], abs=1e-12)


def assert_is_the_gaussian_marginal(seed):
    plan, gaussian, asked, ratios = drawn(seed)
    seen = gaussian.has_mean.nonzero()[:, 0].tolist()
    if not seen:
        return
    got = marginal_evidence(plan, compile_discriminant(gaussian), asked, ratios)
    for i in range(len(ratios)):
        columns = asked[i][plan.option_group].numpy()
        if not columns.any():
            assert got[i].tolist() == [0] * len(seen)
            continue
        covariance = gaussian.covariance.numpy()[columns][:, columns]
        x = (ratios[i] - gaussian.center).numpy()[columns]
        expected = np.array(
            [
                multivariate_normal.logpdf(x, gaussian.means[c].numpy()[columns], covariance)
                for c in seen
            ]
        )
        # What all classes share is left out.
        difference = got[i].numpy() - got[i].numpy()[0]
        assert difference == pytest.approx(expected - expected[0], rel=1e-5, abs=1e-5)


@given(seeds)
def test_evidence_is_the_gaussian_marginal_of_the_groups_asked(seed):
    assert_is_the_gaussian_marginal(seed)


def test_evidence_does_not_depend_on_how_pictures_are_cut_into_parts(monkeypatch):
    monkeypatch.setattr(module, "LARGEST_ARRAY", 1)
    for seed in range(1, 9):
        assert_is_the_gaussian_marginal(seed)


def test_a_block_without_variance_along_its_sum_is_read_all_the_same():
    """Log-ratios sum to 0 in a group, so without shrinkage their covariance has no inverse."""
    world = make_world(3, n_groups=2, n_classes=4)
    plan, rng = world.plan, np.random.default_rng(0)
    shares = [rng.dirichlet(np.ones(len(options)), 50) for options in plan.options]
    ratios = torch.cat([log_ratios(torch.from_numpy(a)) for a in shares], dim=1)
    covariance = torch.cov(ratios.T)
    means = ratios[:4]
    everyone = torch.ones(4, dtype=torch.bool)
    gaussian = Discriminant(torch.zeros(plan.n_prompts).double(), means, everyone, covariance)
    asked = torch.ones(50, 2, dtype=torch.bool)
    got = marginal_evidence(plan, compile_discriminant(gaussian), asked, ratios)
    inverse = torch.linalg.pinv(covariance, rtol=1e-10, hermitian=True)
    apart = ratios[:, None] - means
    expected = -torch.einsum("nck,kl,ncl->nc", apart, inverse, apart) / 2
    assert torch.allclose(got - got[:, :1], expected - expected[:, :1], rtol=1e-5, atol=1e-5)


@given(seeds)
def test_the_rules_decide_what_classes_with_pictures_hold_together(seed):
    plan, gaussian, asked, ratios = drawn(seed)
    evidence = torch.from_numpy(
        np.random.default_rng(seed).normal(scale=3, size=(len(ratios), len(plan.classes)))
    )
    got = with_discriminant(plan, compile_discriminant(gaussian), evidence, asked, ratios)
    seen = gaussian.has_mean
    assert torch.equal(got[:, ~seen], evidence[:, ~seen])
    if bool(seen.any()):
        held, before = got[:, seen].logsumexp(1), evidence[:, seen].logsumexp(1)
        assert torch.allclose(held, before, atol=1e-8)
        shares = torch.softmax(
            marginal_evidence(plan, compile_discriminant(gaussian), asked, ratios), dim=1
        )
        assert torch.allclose(torch.softmax(got[:, seen], dim=1), shares, atol=1e-8)
