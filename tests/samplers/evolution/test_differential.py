"""Laws of differential evolution, as arrays and as a sampler."""

from __future__ import annotations

import numpy as np
import pytest

from hypersonde.columns import Columns
from hypersonde.errors import InvalidInput
from hypersonde.samplers.evolution.differential import DifferentialEvolution
from hypersonde.samplers.evolution.shade import Birth, Shade


def grown(size: int = 8, budget: int | None = None, losses: int = 200, seed: int = 0) -> Shade:
    rng = np.random.default_rng(seed)
    shade = Shade(Columns.continuous(3), size, budget)
    for _ in range(losses):
        row, birth = shade.breed(rng) if shade.ready else (rng.random(3), None)
        shade.fold(row[None], np.array([np.sum((row - 0.3) ** 2)]), [birth])
    return shade


def test_folding_at_once_equals_folding_one_by_one() -> None:
    rng = np.random.default_rng(1)
    X, y = rng.random((60, 3)), rng.random(60)
    births = [Birth(int(rng.integers(8)), rng.random(), rng.random()) for _ in range(60)]
    at_once, one_by_one = Shade(Columns.continuous(3), 8, 50), Shade(Columns.continuous(3), 8, 50)
    at_once.fold(X, y, births)
    for i in range(60):
        one_by_one.fold(X[i : i + 1], y[i : i + 1], births[i : i + 1])
    assert np.array_equal(at_once.x, one_by_one.x)
    a, b = (s.breed(np.random.default_rng(2)) for s in (at_once, one_by_one))
    assert np.array_equal(a.row, b.row)
    assert a.birth == b.birth


def test_breeding_changes_nothing() -> None:
    shade = grown()
    first = shade.breed(np.random.default_rng(3))
    for _ in range(50):
        shade.breed(np.random.default_rng(4))
    again = shade.breed(np.random.default_rng(3))
    assert np.array_equal(first.row, again.row)


def test_children_never_leave_the_box_and_do_not_pile_up_on_its_border() -> None:
    rng = np.random.default_rng(5)
    shade = Shade(Columns.continuous(4), 10)
    corner = rng.random((10, 4)) * 0.05
    shade.fold(corner, corner.sum(axis=1))
    rows = np.array([shade.breed(rng).row for _ in range(500)])
    assert rows.min() > 0.0
    assert rows.max() < 1.0


def test_the_population_shrinks_to_four_over_the_budget_and_keeps_its_best() -> None:
    shade = grown(size=20, budget=200, losses=200)
    assert len(shade) == 4
    assert shade.f.min() < 1e-2
    assert len(grown(size=20, budget=None)) == 20


def collapsed(budget: int | None = None, size: int = 8) -> Shade:
    shade = Shade(Columns.continuous(3), size, budget)
    rows = np.full((12, 3), 0.5) + 1e-9 * np.arange(36).reshape(12, 3)
    shade.fold(rows, np.arange(12.0))
    return shade


def test_without_a_budget_a_collapsed_population_gives_way_to_one_of_twice_its_size() -> None:
    shade = collapsed()
    assert (shade.size, shade.ready) == (16, False)
    assert 0.0 not in shade.f  # it would draw the others back to where they came from


def test_with_a_budget_a_collapsed_population_gives_way_to_one_for_what_is_left() -> None:
    shade = collapsed(budget=1200, size=24)
    shade.fold(np.full((24, 3), 0.5), np.arange(24.0))
    assert (shade.size, shade.ready) == (23, False)
    assert len(collapsed(budget=100)) > 0  # too little is left to begin with others


def test_a_population_in_which_nothing_succeeds_gives_way() -> None:
    shade, rng = grown(size=8, losses=8), np.random.default_rng(1)
    waited = 0
    while shade.size == 8:
        child = shade.breed(rng)
        shade.take(child.row, 1e9, child.birth)
        waited += 1
    assert 40 * 8 <= waited <= 41 * 8
    assert (shade.size, len(shade)) == (16, 0)


def test_a_child_of_a_population_that_was_given_up_stays_outside_of_the_next() -> None:
    shade = grown(size=8, losses=60)
    child = shade.breed(np.random.default_rng(0))
    while shade.size == 8:
        shade.take(np.full(3, 0.5), 1e9, None)
    before = len(shade)
    shade.take(child.row, -1.0, child.birth)
    assert len(shade) == before
    assert -1.0 not in shade.f


def test_a_loss_that_is_not_a_number_never_enters_the_population() -> None:
    shade = grown(size=6)
    before = shade.f.copy()
    for loss in (np.nan, np.inf, -np.inf):
        shade.fold(np.full((1, 3), 0.5), np.array([loss]))
    assert np.array_equal(shade.f, before)


def test_a_row_chosen_by_somebody_else_replaces_the_worst_if_it_is_better() -> None:
    shade = grown(size=6, losses=30)
    worst = shade.f.max()
    shade.fold(np.full((1, 3), 0.3), np.array([0.0]))
    assert shade.f.min() == 0.0
    assert worst not in shade.f


def test_a_category_that_died_out_can_return() -> None:
    columns = Columns(("kind", "x"), np.array([True, False]), np.array([5, 0]))
    shade = Shade(columns, 6)
    shade.fold(np.column_stack([np.zeros(6), np.linspace(0.0, 1.0, 6)]), np.arange(6.0))
    rng = np.random.default_rng(6)
    seen = {shade.breed(rng).row[0] for _ in range(2000)}
    assert seen == {0.0, 1.0, 2.0, 3.0, 4.0}


def test_a_birth_survives_the_record() -> None:
    birth = Birth(3, 0.5, 0.25)
    assert Birth.read(birth._asdict()) == birth
    assert Birth.read({}) is None


def test_wrong_settings_are_refused_in_one_line() -> None:
    with pytest.raises(InvalidInput, match="population: got 3"):
        DifferentialEvolution(population=3)
    with pytest.raises(InvalidInput, match="budget: got 0"):
        DifferentialEvolution(budget=0)


def test_a_bowl_shortens_the_way_to_the_minimum_of_a_smooth_function() -> None:
    """Ten numbers, one of them worth a hundred times the others: what differences reach in thousands of trials."""

    def loss(row: np.ndarray) -> float:
        return float(np.sum((row - 0.37) ** 2 * np.array([100.0] + [1.0] * 9)))

    rng = np.random.default_rng(7)
    shade, by_bowl, best = Shade(Columns.continuous(10), 10, 500), 0, np.inf
    for _ in range(500):
        row, birth = shade.breed(rng) if shade.ready else (rng.random(10), None)
        by_bowl += shade.ready and birth is None
        best = min(best, loss(row))
        shade.take(row, loss(row), birth)
    assert 5 <= by_bowl <= 50
    assert best < 1e-12
