"""CMA-ES under the laws of samplers; it finds what it should."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from hypersonde.errors import InvalidInput
from hypersonde.problem import HpProblem
from hypersonde.samplers.cells import Cells
from hypersonde.samplers.cmaes import CMAES
from hypersonde.testing.histories import search
from hypersonde.testing.samplers import MakeSampler, SamplerLaws


class TestCMAES(SamplerLaws):
    @pytest.fixture
    def make(self) -> MakeSampler:
        return lambda: CMAES(population=5)


@pytest.mark.parametrize("workers", [1, 20])
def test_it_descends_a_rotated_ellipsoid_whatever_the_number_of_workers(workers: int) -> None:
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    scale = 10.0 ** np.linspace(0, 1.5, 4)

    def loss(config: Mapping[str, Any]) -> float:
        return float(np.sum((scale * (turn @ (np.array(list(config.values())) - 0.3))) ** 2))

    problem = HpProblem({f"x{i}": (-2.0, 2.0) for i in range(4)})
    found = min(search(CMAES(), problem, loss, 900, workers=workers))
    assert found < 1e-3


@pytest.mark.parametrize("workers", [1, 8])
def test_the_margin_lets_it_find_the_best_integers_and_categories(workers: int) -> None:
    problem = HpProblem(
        {
            "a": (0, 20),
            "b": (1, 1000, "log-uniform"),
            "x": (0.0, 1.0),
            "kind": ["p", "q", "r", "s"],
            "flag": [True, False],
        }
    )

    def loss(config: Mapping[str, Any]) -> float:
        numbers = (config["a"] - 13) ** 2 / 20 + np.log(config["b"] / 37) ** 2 + 10 * (config["x"] - 0.8) ** 2
        return float(numbers + 2 * "rpqs".index(config["kind"]) + (0 if config["flag"] else 3))

    assert np.median([min(search(CMAES(), problem, loss, 400, workers=workers, seed=s)) for s in range(3)]) < 0.05


def test_borders_of_cells_are_half_way_between_values_on_the_parameters_own_scale() -> None:
    encoding = HpProblem({"a": (1, 4), "b": (1, 100, "log-uniform"), "x": (0.0, 1.0)}).encoding
    (row,) = encoding.encode([{"a": 2, "b": 3, "x": 0.5}])
    low, high = Cells(encoding).around(row)
    np.testing.assert_allclose([low[0], high[0]], [0.25, 0.5])
    width = np.log(100.5 / 0.5)
    np.testing.assert_allclose([low[1], high[1]], np.log(np.array([2.5, 3.5]) / 0.5) / width)
    assert np.isnan([low[2], high[2]]).all()


@pytest.mark.parametrize(("settings", "message"), [({"population": 3}, "population"), ({"sigma": 0.0}, "sigma")])
def test_impossible_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        CMAES(**settings)
