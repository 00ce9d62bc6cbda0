"""Designs fill the space evenly, go on where they stopped, and end with it."""

from __future__ import annotations

import numpy as np
import pytest

from hypersonde.errors import InvalidInput
from hypersonde.problem import HpProblem
from hypersonde.samplers import QuasiRandom
from hypersonde.samplers.quasirandom import SEQUENCES
from hypersonde.testing.histories import folded, started
from hypersonde.testing.problems import PROBLEMS

SQUARE = HpProblem({"x": (0.0, 1.0), "y": (0.0, 1.0)})


def design(sampler: QuasiRandom, problem: HpProblem, n: int, *, at_once: int = 1, seed: int = 0) -> np.ndarray:
    """(n, D) encoded rows of a search that asks for so many at once."""
    history = folded(problem, [])
    while len(history) < n:
        suggestions = sampler.suggest(history, at_once, np.random.default_rng([seed, len(history)]))
        history.extend([started(len(history) + i, s) for i, s in enumerate(suggestions)])
    return history.X[:n]


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_every_sixteenth_of_each_range_has_its_share(sequence: str) -> None:
    X = design(QuasiRandom(sequence, points=64), SQUARE, 64)
    for column in X.T:
        counts = np.bincount((16 * column).astype(int), minlength=16)
        assert counts.min() >= 2
        assert counts.max() <= 6


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_one_by_one_or_many_at_once_is_the_same_design(sequence: str) -> None:
    sampler = QuasiRandom(sequence, seed=5)
    np.testing.assert_array_equal(design(sampler, SQUARE, 30), design(sampler, SQUARE, 30, at_once=10))


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_the_scramble_is_drawn_once_for_a_study_and_fixed_by_a_seed(sequence: str) -> None:
    free, fixed = QuasiRandom(sequence), QuasiRandom(sequence, seed=1)
    assert not np.array_equal(design(free, SQUARE, 8, seed=0), design(free, SQUARE, 8, seed=1))
    np.testing.assert_array_equal(design(fixed, SQUARE, 8, seed=0), design(fixed, SQUARE, 8, seed=1))


def test_a_latin_hypercube_has_one_point_in_each_row_and_column() -> None:
    X = design(QuasiRandom("lhs", points=10), SQUARE, 20)
    for block in (X[:10], X[10:]):
        np.testing.assert_array_equal(np.sort((10 * block).astype(int), axis=0), np.tile(np.arange(10)[:, None], 2))


def test_forbidden_parts_are_jumped_over_without_losing_the_place() -> None:
    X = design(QuasiRandom("sobol", seed=0), PROBLEMS["forbidden"](), 100)
    assert len(np.unique(X, axis=0)) == 100


def test_an_unknown_sequence_lists_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="Did you mean 'sobol'"):
        QuasiRandom("sobo")
