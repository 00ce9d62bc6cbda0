"""Parzen mixtures: they are densities, they draw what they say, and their ratio points to the good."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from hypersonde.columns import Array, Columns
from hypersonde.models.density import Parzen, Tpe

MIXED = Columns(("x", "grid", "word"), np.array([False, False, True]), np.array([0, 5, 3]))


def mixed(n: int, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return np.column_stack((rng.random(n), (rng.integers(0, 5, n) + 0.5) / 5, rng.integers(0, 3, n)))


@pytest.mark.parametrize("k", [0, 1, 7])
def test_a_mixture_on_a_continuum_integrates_to_one(k: int) -> None:
    points = np.random.default_rng(k).random((k, 1))
    mixture = Parzen.of(points, Columns.continuous(1), 0.2, 0.01)
    total, _ = quad(lambda x: float(np.exp(mixture.log(np.array([[x]])))[0]), 0, 1, points=list(points[:, 0]) or None)
    assert total == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("k", [0, 1, 7])
def test_probabilities_of_all_levels_sum_to_one(k: int) -> None:
    columns = Columns(("grid", "word"), np.array([False, True]), np.array([5, 3]))
    levels = np.array([[(i + 0.5) / 5, c] for i in range(5) for c in range(3)])
    points = mixed(k)[:, 1:].copy()
    points[: k // 2, 1] = np.nan
    mixture = Parzen.of(points, columns, 0.2, 0.01)
    assert np.exp(mixture.log(levels)).sum() == pytest.approx(1.0, abs=1e-9)


def test_draws_have_the_density_that_the_mixture_says() -> None:
    mixture = Parzen.of(mixed(4), MIXED, 0.15, 0.01)
    draws = mixture.sample(40_000, np.random.default_rng(1))
    assert ((draws[:, :2] >= 0) & (draws[:, :2] <= 1)).all()
    snapped = draws.copy()
    snapped[:, 1] = (np.minimum(np.floor(draws[:, 1] * 5), 4) + 0.5) / 5
    centres = (np.arange(20) + 0.5) / 20
    for grid in (0.1, 0.5):
        for word in (0, 2):
            cells = np.column_stack((centres, np.full(20, grid), np.full(20, word)))
            expected = np.exp(mixture.log(cells)) / 20
            there = (np.abs(snapped[:, 1] - grid) < 1e-9) & (snapped[:, 2] == word)
            found, _ = np.histogram(snapped[there, 0], 20, (0, 1))
            spread = np.sqrt(expected / len(draws)) + 0.03 * expected
            assert (np.abs(found / len(draws) - expected) < 5 * spread).all()


def test_an_inactive_value_says_nothing_of_its_column() -> None:
    points, there = mixed(6), mixed(10, seed=1)
    points[:, 0] = np.nan
    two = Columns(("grid", "word"), np.array([False, True]), np.array([5, 3]))
    with_x = Parzen(points, MIXED, np.tile([0.1, 0.2, 0.2], (6, 1)))
    without = Parzen(points[:, 1:], two, np.tile([0.2, 0.2], (6, 1)))
    np.testing.assert_allclose(with_x.log(there), without.log(there[:, 1:]))
    there[:, 0] = np.nan
    np.testing.assert_allclose(with_x.log(there), without.log(there[:, 1:]))


def test_the_ratio_is_high_where_losses_are_low() -> None:
    X = mixed(200)
    losses = (X[:, 0] - 0.3) ** 2 + (X[:, 2] != 1)
    ratio = Tpe().fit(X, losses, MIXED)
    there = mixed(300, seed=2)
    value = ratio.log(there)
    best = there[np.argsort(-value)[:20]]
    assert (best[:, 2] == 1).all()
    assert np.abs(best[:, 0] - 0.3).mean() < 0.15


def test_the_bad_set_is_bounded_and_pending_points_are_in_it() -> None:
    X = mixed(5000)
    pending = np.array([[0.5, 0.5, 1.0]])
    ratio = Tpe(most_bad=100).fit(X, X[:, 0], MIXED, pending)
    assert len(ratio.good.points) == 25
    assert len(ratio.bad.points) == 101
    assert ratio.log(pending) < Tpe(most_bad=100).fit(X, X[:, 0], MIXED).log(pending)


def test_points_without_a_loss_are_bad() -> None:
    X = mixed(40)
    losses = np.full(40, np.nan)
    losses[3] = 1.0
    ratio = Tpe().fit(X, losses, MIXED)
    np.testing.assert_array_equal(ratio.good.points, X[3:4])
    assert len(ratio.bad.points) == 39


def test_the_order_of_columns_does_not_matter() -> None:
    X, there = mixed(50), mixed(20, seed=3)
    losses, order = X[:, 0] + X[:, 2], [2, 0, 1]
    turned = Columns(tuple(MIXED.names[i] for i in order), MIXED.categorical[order], MIXED.levels[order])
    straight = Tpe().fit(X, losses, MIXED).log(there)
    np.testing.assert_allclose(Tpe().fit(X[:, order], losses, turned).log(there[:, order]), straight)
