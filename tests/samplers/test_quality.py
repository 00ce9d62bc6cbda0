"""Samplers that learn are better than chance: paired over seeds, on a function of four mixed parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from hypersonde.problem import HpProblem
from hypersonde.samplers import AMBS, GA, Random, Sampler
from hypersonde.testing.histories import search

PROBLEM = HpProblem(
    {"rate": (1e-5, 1.0, "log-uniform"), "x": (-5.0, 5.0), "units": (1, 64), "activation": ["relu", "tanh", "elu"]}
)


def loss(config: Mapping[str, Any]) -> float:
    """Best is 0 at rate = 10^-2.3, x = 1.2, 40 units, tanh."""
    smooth = (np.log10(config["rate"]) + 2.3) ** 2 / 4 + (config["x"] - 1.2) ** 2 / 10
    steps = ((config["units"] - 40) / 20) ** 2
    return float(smooth + steps + {"relu": 1.0, "tanh": 0.0, "elu": 0.4}[config["activation"]])


def best(sampler: Sampler, evaluations: int, workers: int) -> np.ndarray:
    """The lowest loss of five searches with seeds of their own."""
    return np.array([min(search(sampler, PROBLEM, loss, evaluations, workers=workers, seed=s)) for s in range(5)])


def magnitude(losses: np.ndarray) -> float:
    """Mean order of magnitude of losses, none below 0.01: one lucky search does not decide."""
    return float(np.mean(np.log10(0.01 + losses)))


@pytest.fixture(scope="module")
def chance() -> np.ndarray:
    return best(Random(), 60, 1)


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("surrogate", ["RF", "ET"])
def test_a_forest_beats_chance_after_sixty_evaluations(chance: np.ndarray, surrogate: str, workers: int) -> None:
    assert magnitude(best(AMBS(surrogate), 60, workers)) < magnitude(chance) - 0.1


@pytest.mark.parametrize("workers", [1, 4])
def test_a_gaussian_process_is_better_in_every_search(chance: np.ndarray, workers: int) -> None:
    model = best(AMBS("GP"), 60, workers)
    assert np.all(model < chance)
    assert magnitude(model) < magnitude(chance) - 0.7


def test_evolution_beats_chance_after_two_hundred_evaluations() -> None:
    chance, evolved = best(Random(), 200, 1), best(GA(), 200, 8)
    assert np.all(evolved < chance)
    assert magnitude(evolved) < magnitude(chance) - 0.5
