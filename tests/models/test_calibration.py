"""Agreement of predictions with measurements, and effects of parameters, against what is known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from hypersonde.models.calibration import LEVELS, Agreement, Coverage, r_squared, rank_correlation
from hypersonde.models.sensitivity import total_effects


def agreement(stated: float, n: int = 400) -> Agreement:
    """Of values that scatter with deviation 1 around predictions that state another one."""
    rng = np.random.default_rng(0)
    mean = rng.normal(0.0, 3.0, n)
    return Agreement.of(mean + rng.normal(0.0, 1.0, n), mean, np.full(n, stated))


def test_right_deviations_are_plausible_at_every_level() -> None:
    found = agreement(1.0)
    assert [c.level for c in found.coverage] == list(LEVELS)
    assert {c.verdict for c in found.coverage} == {"plausible"}
    assert found.spread == pytest.approx(1.0, abs=0.1)
    assert found.bias == pytest.approx(0.0, abs=0.15)
    assert found.r_squared == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize(("stated", "verdict", "spread"), [(0.5, "too narrow", 2.0), (2.0, "too wide", 0.5)])
def test_wrong_deviations_are_found_out(stated: float, verdict: str, spread: float) -> None:
    found = agreement(stated)
    assert {c.verdict for c in found.coverage} == {verdict}
    assert found.spread == pytest.approx(spread, rel=0.1)


def test_a_calibrated_model_is_accused_at_most_once_in_twenty() -> None:
    rng = np.random.default_rng(1)
    accused = [Coverage.of(rng.normal(size=30), 0.8).verdict != "plausible" for _ in range(1000)]
    assert np.mean(accused) <= 0.05


def test_few_values_accuse_nobody_and_none_have_no_share() -> None:
    assert {Coverage(level, inside, 1).verdict for level in LEVELS for inside in (0, 1)} == {"plausible"}
    assert np.isnan(Coverage(0.9, 0, 0).share)


def test_the_rank_correlation_is_spearman_s_with_ties() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 6, (2, 80)).astype(float)
    assert rank_correlation(a, b + a) == pytest.approx(spearmanr(a, b + a).statistic)


def test_what_does_not_vary_has_neither_score() -> None:
    flat, any_ = np.ones(5), np.arange(5.0)
    assert np.isnan(r_squared(flat, any_))
    assert np.isnan(rank_correlation(any_, flat))


def test_predicting_the_mean_scores_zero() -> None:
    y = np.random.default_rng(3).normal(size=50)
    assert r_squared(y, np.full(50, y.mean())) == pytest.approx(0.0)


def test_total_effects_of_a_sum_are_the_shares_of_its_variance() -> None:
    rng = np.random.default_rng(4)
    weights = np.array([3.0, 1.0, 0.0])
    X = rng.random((20_000, 3))
    redrawn = []
    for d in range(3):
        Z = X.copy()
        Z[:, d] = rng.permutation(X[:, d])
        redrawn.append(Z @ weights)
    np.testing.assert_allclose(total_effects(X @ weights, np.array(redrawn)), [0.9, 0.1, 0.0], atol=0.02)


def test_parameters_that_act_together_add_up_to_more_than_all() -> None:
    rng = np.random.default_rng(5)
    a, b, c = rng.choice([-1.0, 1.0], (3, 4000))
    assert total_effects(a * b, np.array([c * b, a * c])).sum() == pytest.approx(2.0, abs=0.1)


def test_a_constant_depends_on_nothing() -> None:
    assert total_effects(np.ones(4), np.ones((2, 4))).tolist() == [0.0, 0.0]
