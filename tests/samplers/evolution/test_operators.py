"""Selection, crossover and mutation on arrays."""

from __future__ import annotations

import numpy as np
import pytest

from hypersonde.columns import Columns
from hypersonde.samplers.evolution import crossover, mutation, selection
from hypersonde.testing.problems import PROBLEMS

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("name", PROBLEMS)
def test_settled_mutants_are_legal_and_some_differ_from_their_parents(name: str) -> None:
    encoding = PROBLEMS[name]().encoding
    X = encoding.sample(200, np.random.default_rng(1))
    whole = mutation.complete(X, encoding, RNG)
    which = mutation.some_columns(X, np.ones(200, dtype=np.int64), encoding.columns, RNG)
    for mutants in (
        mutation.point(whole, which, encoding.columns, RNG),
        mutation.step(whole, which, 0.2, encoding.columns, RNG),
    ):
        Y = mutation.settle(mutants, encoding)
        np.testing.assert_array_equal(Y, encoding.activate(encoding.snap(Y)))
        assert np.mean([a != b for a, b in zip(encoding.keys(X), encoding.keys(Y), strict=True)]) > 0.5


def test_only_chosen_columns_change_and_a_chosen_category_always_does() -> None:
    columns = Columns(("x", "c"), np.array([False, True]), np.array([0, 3]))
    X = np.column_stack([np.full(100, 0.5), np.tile([0.0, 1.0], 50)])
    which = np.tile([False, True], (100, 1))
    for mutants in (mutation.point(X, which, columns, RNG), mutation.step(X, which, 0.1, columns, RNG)):
        np.testing.assert_array_equal(mutants[:, 0], X[:, 0])
        assert np.all(mutants[:, 1] != X[:, 1])
        assert set(mutants[:, 1]) == {0.0, 1.0, 2.0}


def test_steps_stay_in_the_range_and_move_a_grid_by_one_point_at_least() -> None:
    columns = Columns(("x", "n"), np.array([False, False]), np.array([0, 10]))
    X = np.full((500, 2), 0.05)
    Y = mutation.step(X, np.ones_like(X, dtype=bool), 0.01, columns, RNG)
    assert Y.min() >= 0.0
    assert Y.max() <= 1.0
    far = np.abs(Y[:, 1] - 0.05) > 0.0499
    assert np.all(far | (Y[:, 1] < 0.06))
    assert np.mean(np.abs(Y[:, 0] - 0.05)) < 0.02


def test_constants_are_never_chosen_and_active_parameters_come_first() -> None:
    columns = Columns(("k", "x", "y"), np.array([True, False, False]), np.array([1, 0, 0]))
    X = np.tile([0.0, 0.5, np.nan], (50, 1))
    which = mutation.some_columns(X, np.ones(50, dtype=np.int64), columns, RNG)
    np.testing.assert_array_equal(which, np.tile([False, True, False], (50, 1)))
    assert not mutation.some_columns(X, np.full(50, 3), columns, RNG)[:, 0].any()


def test_children_have_the_genes_of_their_parents() -> None:
    A, B = np.zeros((40, 6)), np.ones((40, 6))
    child = crossover.uniform(A, B, RNG)
    assert 0.3 < child.mean() < 0.7
    P = np.arange(12.0).reshape(3, 4)
    many = crossover.multiple(P, 50, RNG)
    assert all(set(many[:, j]) == set(P[:, j]) for j in range(4))


def test_sigmoid_crossover_prefers_the_better_parent_the_more_the_cooler_it_is() -> None:
    A, B, worse, better = np.zeros((200, 5)), np.ones((200, 5)), np.full(200, 2.0), np.zeros(200)
    warm = crossover.sigmoid(A, B, worse, better, RNG, temperature=4.0).mean()
    assert 0.5 < warm < crossover.sigmoid(A, B, worse, better, RNG, temperature=0.1).mean()
    assert crossover.sigmoid(A, B, better, worse, RNG, temperature=0.01).max() == 0.0


def test_best_and_worst_are_ends_of_one_order() -> None:
    losses = np.array([2.0, 1.0, 3.0, 1.0])
    assert selection.best(losses, 9).tolist() == [1, 3, 0, 2]
    assert selection.worst(losses, 2).tolist() == [2, 0]


def test_tournaments_with_more_rivals_press_harder() -> None:
    losses = np.arange(100.0)
    means = [losses[selection.tournament(losses, 2000, RNG, size)].mean() for size in (1, 2, 5)]
    assert means[0] > means[1] > means[2]
    assert abs(losses[selection.uniform(losses, 2000, RNG)].mean() - means[0]) < 5.0
