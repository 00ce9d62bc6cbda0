"""The lowest point of a bowl: exact where there is one, a legal child everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from hypersonde.columns import Array, Columns
from hypersonde.samplers.evolution.bowl import lowest, rows_needed


def best_first(X: Array, f: Array) -> tuple[Array, Array]:
    order = np.argsort(f, kind="stable")
    return X[order], f[order]


@pytest.mark.parametrize("D", [1, 3, 8])
def test_the_minimum_of_a_quadratic_that_lies_askew_is_found_exactly(D: int) -> None:
    rng = np.random.default_rng(D)
    B = rng.normal(size=(D, D))
    at = rng.uniform(0.3, 0.7, D)
    columns = Columns.continuous(D)
    X = rng.random((rows_needed(columns), D))
    f = np.einsum("ij,jk,ik->i", X - at, B @ B.T + np.eye(D), X - at) + 5.0
    found = lowest(*best_first(X, f), columns, rng)
    assert found is not None
    np.testing.assert_allclose(found, at, atol=1e-6)


def test_with_few_rows_or_many_numbers_the_bowl_is_upright() -> None:
    rng = np.random.default_rng(0)
    for D, k in ((8, 26), (20, rows_needed(Columns.continuous(20)))):
        X = rng.random((k, D))
        f = ((X - 0.4) ** 2 * np.arange(1, D + 1)).sum(axis=1)
        found = lowest(*best_first(X, f), Columns.continuous(D), rng)
        assert found is not None
        np.testing.assert_allclose(found, np.full(D, 0.4), atol=1e-6)
    assert rows_needed(Columns.continuous(20)) == 62


def test_a_step_never_leaves_the_box_nor_the_reach_of_the_rows() -> None:
    rng = np.random.default_rng(1)
    columns = Columns.continuous(3)
    for _ in range(200):
        X, f = best_first(0.1 * rng.random((15, 3)), rng.normal(size=15))
        found = lowest(X, f, columns, rng)
        if found is not None:
            assert np.all((found > 0.0) & (found < 1.0))
            assert np.all(np.abs(found - X[0]) <= np.abs(X - X[0]).max(axis=0) + 1e-12)


def test_two_steps_from_rows_that_leave_something_open_differ() -> None:
    rng = np.random.default_rng(2)
    X = rng.random((30, 2))
    X, f = best_first(X, ((X - 0.5) ** 2).sum(axis=1) + 0.01 * rng.normal(size=30))
    a, b = (lowest(X, f, Columns.continuous(2), np.random.default_rng(seed)) for seed in (0, 1))
    assert a is not None
    assert b is not None
    assert np.abs(a - b).max() > 1e-4
    np.testing.assert_array_equal(a, lowest(X, f, Columns.continuous(2), np.random.default_rng(0)))


def test_categories_and_inactive_columns_stay_those_of_the_best() -> None:
    columns = Columns(names=("a", "kind", "b"), categorical=np.array([False, True, False]), levels=np.array([0, 3, 0]))
    rng = np.random.default_rng(3)
    X = np.column_stack([rng.random(60), rng.integers(3, size=60), rng.random(60)]).astype(float)
    X[X[:, 1] == 0, 2] = np.nan
    for kind, inactive in ((0.0, True), (1.0, False)):
        f = (X[:, 0] - 0.3) ** 2 + np.nan_to_num(X[:, 2] - 0.6) ** 2 + 2.0 * (X[:, 1] != kind)
        found = lowest(*best_first(X, f), columns, rng)
        assert found is not None
        assert found[1] == kind
        assert np.isnan(found[2]) == inactive
        numbers = [0] if inactive else [0, 2]
        np.testing.assert_allclose(found[numbers], np.array([0.3, np.nan, 0.6])[numbers], atol=1e-6)


@pytest.mark.parametrize("f", [np.zeros(15), np.array([0.0] + [1e308] * 14), np.array([-1e308] + [1e308] * 14)])
def test_where_nothing_says_what_is_lower_there_is_no_step_or_a_finite_one(f: Array) -> None:
    X = np.random.default_rng(4).random((15, 3))
    found = lowest(X, f, Columns.continuous(3), np.random.default_rng(5))
    assert found is None or np.isfinite(found).all()


def test_categories_alone_and_very_many_numbers_have_no_bowl() -> None:
    rng = np.random.default_rng(6)
    kinds = Columns(names=("k",), categorical=np.array([True]), levels=np.array([4]))
    assert rows_needed(kinds) == 1
    assert lowest(np.zeros((1, 1)), np.zeros(1), kinds, rng) is None
    assert rows_needed(Columns.continuous(51)) == 1
    assert lowest(rng.random((400, 51)), np.arange(400.0), Columns.continuous(51), rng) is None


def test_one_row_with_many_values_has_no_bowl() -> None:
    assert lowest(np.full((15, 3), 0.5), np.arange(15.0), Columns.continuous(3), np.random.default_rng(7)) is None
