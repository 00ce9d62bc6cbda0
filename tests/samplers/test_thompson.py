"""Thompson sampling under the laws of samplers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from hypersonde.columns import Array, Columns
from hypersonde.errors import InvalidInput
from hypersonde.models.base import Draws, Surrogate
from hypersonde.models.dummy import Dummy
from hypersonde.models.forest import extra_trees
from hypersonde.models.gp import GaussianProcess
from hypersonde.problem import HpProblem
from hypersonde.samplers.random import Random
from hypersonde.samplers.thompson import Thompson, imagine
from hypersonde.testing.histories import search
from hypersonde.testing.samplers import MakeSampler, SamplerLaws

MAKERS: dict[str, MakeSampler] = {
    "process": lambda: Thompson("GP", initial_points=4, candidates=64),
    "extra trees": lambda: Thompson(extra_trees(16), initial_points=4, candidates=64),
    "no functions": lambda: Thompson(Dummy(), initial_points=4, candidates=16),
}


class TestThompson(SamplerLaws):
    @pytest.fixture(params=MAKERS)
    def make(self, request: pytest.FixtureRequest) -> MakeSampler:
        return MAKERS[request.param]


def bowl(X: Array) -> Array:
    return np.asarray(((X - 0.4) ** 2).sum(axis=1))


@pytest.mark.parametrize("surrogate", [extra_trees(), GaussianProcess(), Dummy()], ids=["ET", "GP", "dummy"])
def test_imagined_functions_have_the_mean_and_spread_that_the_model_predicts(surrogate: Surrogate) -> None:
    rng = np.random.default_rng(0)
    X, there = rng.random((40, 2)), rng.random((30, 2))
    model = surrogate.fit(X, bowl(X) + 0.05 * rng.normal(size=40), Columns.continuous(2), rng)
    mean, deviation = model.predict(there)
    functions = imagine(model, there, 3000, rng)
    assert functions.shape == (3000, 30)
    np.testing.assert_allclose(functions.mean(axis=0), mean, atol=0.1 * deviation.max())
    assert 0.85 < np.median(functions.std(axis=0) / deviation) < 2.0


@pytest.mark.parametrize("surrogate", [extra_trees(), GaussianProcess()], ids=["ET", "GP"])
def test_neighbouring_values_of_an_imagined_function_go_together(surrogate: Surrogate) -> None:
    rng = np.random.default_rng(1)
    X = rng.random((15, 2))
    model = surrogate.fit(X, np.sin(9 * X[:, 0]) + X[:, 1], Columns.continuous(2), rng)
    assert isinstance(model, Draws)
    near, far = np.array([[0.9, 0.1], [0.901, 0.101], [0.1, 0.9]]), 500
    functions = model.draw(near, far, rng)
    together = np.corrcoef(functions.T)
    assert together[0, 1] > 0.5
    assert together[0, 1] > together[0, 2]


@pytest.mark.parametrize("settings", [{"initial_points": 0}, {"candidates": 0}, {"surrogate": "XYZ"}])
def test_impossible_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        Thompson(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("surrogate", ["GP", "ET"])
def test_it_beats_chance_with_workers_that_know_nothing_of_each_other(surrogate: str) -> None:
    problem = HpProblem({f"x{i}": (0.0, 1.0) for i in range(3)} | {"kind": ["p", "q", "r"]})

    def loss(config: Mapping[str, Any]) -> float:
        numbers = sum((config[f"x{i}"] - 0.3 - 0.1 * i) ** 2 for i in range(3))
        return float(numbers + "qpr".index(config["kind"]) / 5)

    chance = [min(search(Random(), problem, loss, 60, seed=s)) for s in range(3)]
    found = [min(search(Thompson(surrogate), problem, loss, 60, workers=8, seed=s)) for s in range(3)]
    assert np.median(found) < 0.6 * np.median(chance)
