from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from hypersonde.problem import HpProblem
from hypersonde.samplers.auto import Auto
from hypersonde.samplers.base import AGAIN
from hypersonde.samplers.bayes.again import log_worth
from hypersonde.study.explanation import model_quality
from hypersonde.testing.histories import folded, outcome, started
from hypersonde.trials import History, State

PLANE = {"x": (0.0, 1.0), "y": (0.0, 1.0)}


def bowl(config: Mapping[str, Any]) -> float:
    return float((config["x"] - 0.2) ** 2 + (config["y"] - 0.7) ** 2)


def searched(sampler: Auto, noise: float, n: int, at_once: int = 1, seed: int = 0) -> History:
    history, dice = folded(HpProblem(PLANE), []), np.random.default_rng(seed)
    while len(history) < n:
        first = len(history)
        suggestions = sampler.suggest(history, at_once, np.random.default_rng([seed, first]))
        history.extend(started(first + i, s) for i, s in enumerate(suggestions))
        for i, suggestion in enumerate(suggestions):
            value = bowl(suggestion.config) + noise * dice.standard_normal()
            history.extend(outcome(first + i, State.COMPLETE, (value,)))
    return history


def again(history: History) -> list[int]:
    return [t.number for t in history if t.why.get("proposer") == AGAIN]


def test_where_results_are_exact_next_to_nothing_is_tried_again() -> None:
    assert len(again(searched(Auto(), 0.0, 60))) <= 1


@pytest.mark.parametrize("at_once", [1, 4])
def test_where_results_are_noisy_what_looks_best_is_tried_again(at_once: int) -> None:
    history = searched(Auto(), 0.1, 80, at_once)
    numbers = again(history)
    assert 5 <= len(numbers) <= 40
    for number in numbers:
        twin = [t for t in history if t.number < number and dict(t.config) == dict(history[number].config)]
        assert twin


def test_nothing_is_tried_again_by_a_sampler_that_may_not() -> None:
    history = searched(Auto(again=False), 0.1, 60)
    assert not again(history)
    assert len(set(history.problem.encoding.keys(history.X))) == 60


def test_one_repetition_is_awaited_before_the_next_while_it_is_open_whether_results_are_noisy() -> None:
    history = searched(Auto(again=False), 0.1, 40)
    sampler = Auto()
    for number in range(40, 48):
        (suggestion,) = sampler.suggest(history, 1, np.random.default_rng(number))
        history.extend([started(number, suggestion)])
    assert again(history) == [40]


def test_a_batch_holds_no_configuration_twice_where_results_are_noisy() -> None:
    history = searched(Auto(), 0.1, 60)
    assert again(history)
    suggestions = Auto().suggest(history, 30, np.random.default_rng(0))
    keys = history.problem.encoding.keys(history.problem.encoding.encode([dict(s.config) for s in suggestions]))
    assert len(set(keys)) == 30


def test_the_expected_best_is_better_than_the_best_draw_of_luck() -> None:
    expected, lucky = [], []
    for seed in range(6):
        history = searched(Auto(), 0.1, 60, seed=seed)
        best, model = history.best, model_quality(history)
        assert best is not None
        assert model is not None
        lucky.append(bowl(best.config))
        expected.append(bowl(history[model.promise.number].config))
    assert np.mean(expected) < np.mean(lucky)


def test_an_observation_that_is_all_noise_is_worth_little() -> None:
    worth = log_worth(np.array([1e-6, 1.0, 1e6]), 1.0)
    assert worth[0] < -10.0
    assert np.isclose(worth[1], np.log(1.0 - np.sqrt(0.5)))
    assert np.isclose(worth[2], -1e-3, rtol=0.01)


def test_without_noise_every_observation_is_worth_the_same() -> None:
    assert np.allclose(log_worth(np.array([1e-2, 1.0]), 1e-12), 0.0, atol=1e-4)
