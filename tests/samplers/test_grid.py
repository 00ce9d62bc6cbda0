"""A grid has every combination once, and says how many there are."""

from __future__ import annotations

import numpy as np
import pytest

from hypersonde.errors import InvalidInput, NothingToSuggest
from hypersonde.problem import HpProblem
from hypersonde.samplers import Grid, Suggestion
from hypersonde.samplers.lattice import Lattice
from hypersonde.testing.histories import folded, search, started
from hypersonde.testing.problems import PROBLEMS, TINY

RNG = np.random.default_rng(0)


def everything(problem: HpProblem, grid: Grid, count: int = 7) -> list[dict[str, object]]:
    """All configurations of a grid, asked for in handfuls."""
    history = folded(problem, [])
    while True:
        try:
            suggestions = grid.suggest(history, count, RNG)
        except NothingToSuggest:
            return [dict(trial.config) for trial in history]
        history.extend([started(len(history) + i, s) for i, s in enumerate(suggestions)])


@pytest.mark.parametrize("scattered", [True, False])
@pytest.mark.parametrize("name", PROBLEMS)
def test_a_grid_has_as_many_different_configurations_as_it_says(name: str, scattered: bool) -> None:
    problem, grid = PROBLEMS[name](), Grid(3, scattered=scattered)
    found = everything(problem, grid)
    assert len(found) == len({repr(c) for c in found}) == grid.size(problem)


def test_a_small_space_has_the_size_that_one_counts_by_hand() -> None:
    assert Grid(2).size(PROBLEMS["tiny"]()) == TINY
    assert Grid(4).size(HpProblem({"x": (0.0, 1.0), "n": (1, 3), "c": ["a", "b"], "k": 5})) == 4 * 3 * 2


def test_the_ends_of_a_range_are_on_the_grid_and_log_scales_are_divided_in_factors() -> None:
    problem = HpProblem({"lr": (1e-4, 1.0, "log-uniform"), "n": (1, 100)})
    found = everything(problem, Grid(5, scattered=False))
    np.testing.assert_allclose(sorted({c["lr"] for c in found}), [1e-4, 1e-3, 1e-2, 1e-1, 1.0])
    assert sorted({c["n"] for c in found}) == [1, 26, 50, 76, 100]


def test_in_lexicographic_order_the_last_parameter_runs_fastest() -> None:
    found = everything(HpProblem({"a": (0, 2), "b": ["p", "q"]}), Grid(scattered=False))
    assert [(c["a"], c["b"]) for c in found] == [(0, "p"), (0, "q"), (1, "p"), (1, "q"), (2, "p"), (2, "q")]


def test_a_scattered_grid_sees_most_of_every_range_early() -> None:
    problem = HpProblem({"x": (0.0, 1.0), "y": (0.0, 1.0)})
    history_losses: list[tuple[float, float]] = []
    search(Grid(10), problem, lambda c: history_losses.append((c["x"], c["y"])) or 0.0, 20)
    for values in zip(*history_losses, strict=True):
        assert len(set(values)) >= 8


def test_a_grid_too_large_to_list_is_no_trouble() -> None:
    problem = HpProblem({f"x{i}": (0.0, 1.0) for i in range(40)})
    assert len(Grid(10).suggest(folded(problem, []), 5, RNG)) == 5
    assert Lattice.of(problem, 10).size == 10**40


def test_what_others_tried_already_is_left_out() -> None:
    problem = HpProblem({"a": (0, 3)})
    history = folded(problem, [started(0, Suggestion({"a": 2})), started(1, Suggestion({"a": 0}))])
    assert sorted(s.config["a"] for s in Grid(4).suggest(history, 10, RNG)) == [1, 3]


def test_the_end_of_a_grid_says_how_to_go_on() -> None:
    history = folded(HpProblem({"k": 1}), [])
    history.extend([started(0, Grid(3).suggest(history, 1, RNG)[0])])
    with pytest.raises(NothingToSuggest, match="resolution above 3"):
        Grid(3).suggest(history, 1, RNG)


def test_a_resolution_below_one_is_refused() -> None:
    with pytest.raises(InvalidInput, match="resolution must be at least 1, got 0"):
        Grid(0)
