"""Dominance and hypervolume, against cases known exactly, brute force and Monte Carlo."""

from __future__ import annotations

import numpy as np
import pytest

from hypersonde.columns import Array, Mask
from hypersonde.models.hypervolume import contributions, hypervolume, pareto_mask


def dominated_by_any(Y: Array) -> Mask:
    return np.array([any((o <= y).all() and (o < y).any() for o in Y) for y in Y])


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_the_pareto_mask_is_what_brute_force_finds_ties_included(m: int) -> None:
    Y = np.random.default_rng(m).integers(0, 5, (120, m)).astype(float)
    np.testing.assert_array_equal(pareto_mask(Y), ~dominated_by_any(Y))


def test_equal_points_do_not_dominate_each_other() -> None:
    assert pareto_mask(np.ones((3, 2))).all()


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_one_point_dominates_a_box(m: int) -> None:
    y, reference = np.linspace(0.1, 0.5, m), np.linspace(1.0, 2.0, m)
    np.testing.assert_allclose(hypervolume(y[None], reference), np.prod(reference - y))


@pytest.mark.parametrize("m", [2, 3, 4, 5])
def test_volumes_on_an_integer_grid_are_counts_of_cells(m: int) -> None:
    Y = np.random.default_rng(m).integers(0, 4, (12, m)).astype(float)
    cells = np.stack(np.meshgrid(*[np.arange(5.0)] * m, indexing="ij"), axis=-1).reshape(-1, m)
    covered = (Y[None] <= cells[:, None]).all(axis=2)
    reference = np.full(m, 5.0)
    assert hypervolume(Y, reference) == covered.any(axis=1).sum()
    only = covered & (covered.sum(axis=1, keepdims=True) == 1)
    np.testing.assert_array_equal(contributions(Y, reference), only.sum(axis=0))


@pytest.mark.parametrize("m", [2, 3, 4])
def test_volumes_agree_with_monte_carlo(m: int) -> None:
    rng = np.random.default_rng(10 + m)
    Y = np.abs(rng.normal(size=(25, m)))
    Y /= np.linalg.norm(Y, axis=1, keepdims=True)
    draws = 1.1 * rng.random((40_000, m))
    share = np.mean((Y[None] <= draws[:, None]).all(axis=2).any(axis=1))
    exact = hypervolume(Y, np.full(m, 1.1)) / 1.1**m
    assert abs(share - exact) < 5 * np.sqrt(exact * (1 - exact) / len(draws))


def test_points_beyond_the_reference_add_nothing() -> None:
    reference = np.array([1.0, 1.0, 1.0])
    assert hypervolume(np.array([[0.5, 0.5, 1.0], [2.0, 0.0, 0.0]]), reference) == 0.0
    assert hypervolume(np.empty((0, 3)), reference) == 0.0
    assert not contributions(np.array([[2.0, 0.0, 0.0]]), reference).any()


@pytest.mark.parametrize("m", [2, 3, 4])
def test_the_order_of_objectives_does_not_matter(m: int) -> None:
    rng = np.random.default_rng(m)
    Y, order = rng.random((20, m)), rng.permutation(m)
    np.testing.assert_allclose(hypervolume(Y, np.ones(m)), hypervolume(Y[:, order], np.ones(m)))


def test_a_contribution_is_what_the_volume_loses() -> None:
    Y = np.random.default_rng(0).random((15, 3))
    reference = np.ones(3)
    without = np.array([hypervolume(np.delete(Y, i, axis=0), reference) for i in range(15)])
    np.testing.assert_allclose(contributions(Y, reference), hypervolume(Y, reference) - without, atol=1e-12)
