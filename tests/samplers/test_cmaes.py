"""CMA-ES under the laws of samplers; it finds what it should."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import evolving
import numpy as np
import pytest

from hypersonde.errors import InvalidInput
from hypersonde.problem import HpProblem
from hypersonde.samplers.cells import Cells
from hypersonde.samplers.cmaes import CMAES
from hypersonde.testing.histories import search
from hypersonde.testing.samplers import MakeSampler, SamplerLaws
from hypersonde.trials import Finished, History, Metric, Started, State


class TestCMAES(SamplerLaws):
    @pytest.fixture
    def make(self) -> MakeSampler:
        return lambda: CMAES(population=5)


class TestBasicCMAES(SamplerLaws):
    @pytest.fixture
    def make(self) -> MakeSampler:
        return lambda: CMAES(population=5, active=False, margin=False)


class TestSeparableCMAES(SamplerLaws):
    @pytest.fixture
    def make(self) -> MakeSampler:
        return lambda: CMAES(population=5, separable=True)


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


def told(results: Sequence[tuple[float, float | None]]) -> History:
    """A history of one number whose trials ended with a loss, or failed."""
    history = History(HpProblem({"x": (0.0, 1.0)}), [Metric("loss", "minimize")])
    for number, (x, loss) in enumerate(results):
        state, values = (State.FAILED, ()) if loss is None else (State.COMPLETE, (loss,))
        history.extend([Started(number, 0.0, {"x": x}), Finished(number, 0.0, state, values)])
    return history


def drawn(history: History, sampler: CMAES) -> float:
    """The mean of what it would try next."""
    suggestions = [sampler.suggest(history, 1, np.random.default_rng(i))[0] for i in range(200)]
    return float(np.mean([s.config["x"] for s in suggestions]))


def test_it_never_moves_towards_failures_however_many_there_are() -> None:
    good, failures = [(0.3, 0.0), (0.31, 1.0), (0.32, 2.0)], [(0.95, None)]
    sampler = CMAES(population=6, sigma=0.1)
    assert drawn(told(failures * 50), sampler) == pytest.approx(0.5, abs=0.03)
    assert drawn(told(failures * 50 + good[:2]), sampler) == pytest.approx(0.5, abs=0.03)
    assert drawn(told(failures * 50 + good), sampler) < 0.4
    assert drawn(told(good[:2] + failures * 50 + good[2:]), sampler) < 0.4


def test_it_descends_though_most_trials_fail_at_first() -> None:
    def loss(config: Mapping[str, Any]) -> float:
        x = np.array(list(config.values()))
        return float("nan") if np.linalg.norm(x - 0.8) > 0.5 else float(np.sum((x - 0.8) ** 2))

    problem = HpProblem({f"x{i}": (0.0, 1.0) for i in range(4)})
    history = evolving.search(CMAES(), problem, loss, 600, workers=4)
    assert np.isnan(history.losses[:20, 0]).sum() >= 14
    assert evolving.best(history) < 1e-4


def test_a_separable_one_is_faster_on_what_does_not_interact_and_lost_on_what_does() -> None:
    problem = HpProblem({f"x{i}": (-1.0, 2.0) for i in range(6)})

    def apart(config: Mapping[str, Any]) -> float:
        return float(np.sum(10.0 ** np.linspace(0, 6, 6) * np.array(list(config.values())) ** 2))

    def together(config: Mapping[str, Any]) -> float:
        x = np.array(list(config.values()))
        return float(1e4 * np.sum((x[1:] - x[:-1]) ** 2) + np.sum((x + 0.5) ** 2))

    def typical(loss: Callable[[Mapping[str, Any]], float], separable: bool) -> float:
        searches = [search(CMAES(separable=separable), problem, loss, 1000, seed=s) for s in range(3)]
        return float(np.median([min(found) for found in searches]))

    assert typical(apart, True) < typical(apart, False) / 10
    assert typical(together, True) > typical(together, False) * 10


def test_with_the_margin_steps_of_the_continua_shrink_though_other_integers_stay_in_reach() -> None:
    problem = HpProblem({"n": (0, 50), "x": (0.0, 1.0), "y": (0.0, 1.0)})

    def loss(config: Mapping[str, Any]) -> float:
        return float((config["n"] - 40) ** 2 + (config["x"] - 0.5) ** 2 + (config["y"] - 0.3) ** 2)

    found = {m: evolving.search(CMAES(margin=m, population=8), problem, loss, 600) for m in (True, False)}
    assert found[True][599].why["sigma"] < found[False][599].why["sigma"] / 3
    assert {trial.config["n"] for trial in list(found[True])[500:]} >= {39, 40, 41}
