"""The distributions of CMA-ES."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from hypersonde.models.cma import Categories, Constants, Normal


@pytest.mark.parametrize("lam", [4, 10, 100])
def test_constants_are_rates_and_weights_sum_to_one(lam: int) -> None:
    k = Constants(n=7, lam=lam)
    assert k.weights.sum() == pytest.approx(1.0)
    assert (np.diff(k.weights) < 0).all()
    assert 1 <= k.mu_eff <= k.mu
    assert all(0 < rate < 1 for rate in (k.c_sigma, k.c_c, k.c_1, k.c_mu, k.c_1 + k.c_mu))


def test_the_covariance_learns_the_shape_of_the_function() -> None:
    rng, k = np.random.default_rng(0), Constants(n=2, lam=12)
    normal = Normal.start(np.array([0.5, 0.5]), 0.3)
    for _ in range(60):
        X = np.array([normal.sample(rng) for _ in range(k.lam)])
        normal = normal.updated(X[np.argsort(X[:, 0] ** 2 + 400 * X[:, 1] ** 2)], k)
    spread = np.sqrt(normal.C[0, 0] / normal.C[1, 1])
    assert 10 < spread < 40
    assert np.abs(normal.m).max() < 1e-3


def test_a_far_away_point_moves_the_mean_by_a_bounded_step() -> None:
    k = Constants(n=3, lam=6)
    normal = Normal.start(np.zeros(3), 0.1)
    moved = normal.updated(np.full((6, 3), 1e6), k)
    assert np.linalg.norm(moved.m) <= 0.1 * k.longest + 1e-12


@pytest.mark.parametrize("m", [0.05, 0.5, 0.93])
@pytest.mark.parametrize("sigma", [1e-6, 0.01, 1.0])
def test_with_a_margin_the_next_cells_are_reached_with_the_promised_probability(m: float, sigma: float) -> None:
    alpha, low, high = 0.02, np.floor(m * 5) / 5, np.floor(m * 5) / 5 + 0.2
    borders = np.array([-np.inf if low <= 0 else low]), np.array([np.inf if high >= 1 else high])
    normal = Normal.start(np.array([m]), sigma).with_margin(*borders, alpha)
    leave = [norm.cdf(borders[0], normal.m, normal.deviation)[0], norm.sf(borders[1], normal.m, normal.deviation)[0]]
    if np.isfinite(borders).all():
        assert min(leave) >= alpha / 2 - 1e-9
    else:
        assert max(leave) >= alpha - 1e-9


def test_coordinates_without_a_grid_have_no_margin() -> None:
    normal = Normal.start(np.array([0.3]), 1e-6)
    same = normal.with_margin(np.array([np.nan]), np.array([np.nan]), 0.1)
    np.testing.assert_array_equal((same.m, same.A), (normal.m, normal.A))


def test_probabilities_follow_the_good_categories_but_none_dies_out() -> None:
    k, categories = Constants(n=1, lam=8), Categories.start([4, 2])
    X = np.tile([2.0, np.nan], (8, 1))
    for _ in range(100):
        categories = categories.updated(X, k)
    assert categories.q[0].argmax() == 2
    assert categories.q[0].sum() == pytest.approx(1.0)
    assert 0.02 < categories.q[0].min() < 0.1
    np.testing.assert_array_equal(categories.q[1], [0.5, 0.5])


@pytest.mark.parametrize(("n", "lam"), [(2, 6), (10, 10), (10, 50), (40, 15)])
def test_negative_weights_sum_to_the_least_of_the_three_bounds(n: int, lam: int) -> None:
    k = Constants(n, lam, active=True)
    raw = np.log((lam + 1) / 2) - np.log(np.arange(1, lam + 1))
    mu_eff = raw[k.mu :].sum() ** 2 / np.sum(raw[k.mu :] ** 2)
    bounds = (1 + k.c_1 / k.c_mu, 1 + 2 * mu_eff / (k.mu_eff + 2), (1 - k.c_1 - k.c_mu) / (n * k.c_mu))
    assert -k.negative.sum() == pytest.approx(min(bounds))
    assert (np.diff(k.negative) < 0).all()
    assert not Constants(n, lam).negative.any()


def test_an_active_covariance_shrinks_where_the_bad_points_lie_and_stays_positive() -> None:
    rng, spread = np.random.default_rng(0), {}
    for active in (False, True):
        k, normal = Constants(2, 12, active), Normal.start(np.zeros(2), 0.3)
        for _ in range(30):
            X = np.array([normal.sample(rng) for _ in range(k.lam)])
            normal = normal.updated(X[np.argsort(np.abs(X[:, 1]) / normal.sigma, kind="stable")], k)  # x[0]: all alike
            assert np.linalg.eigvalsh(normal.C)[0] > 0
        spread[active] = normal.C[1, 1] / normal.C[0, 0]
    assert spread[True] < spread[False] / 3


def test_a_separable_covariance_stays_a_diagonal_and_learns_by_the_known_factor_faster() -> None:
    rng, k = np.random.default_rng(0), Constants(n=7, lam=9, separable=True)
    assert k.c_1 == pytest.approx(3.0 * Constants(n=7, lam=9).c_1)
    normal = Normal.start(np.zeros(7), 0.3)
    for _ in range(20):
        X = np.array([normal.sample(rng) for _ in range(k.lam)])
        normal = normal.updated(X[np.argsort((X.sum(axis=1)) ** 2)], k)
    assert np.count_nonzero(normal.C) == 7
    assert len(set(np.diag(normal.C))) == 7
