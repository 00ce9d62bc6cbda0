"""What must not matter to a search: the units of metric and parameters, and the order in which they are listed."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from hypersonde.problem import HpProblem
from hypersonde.samplers import (
    AMBS,
    CMAES,
    GA,
    PSO,
    TPE,
    Auto,
    DifferentialEvolution,
    NelderMead,
    RegularizedEvolution,
    Sampler,
    Thompson,
)
from hypersonde.testing.histories import folded, outcome, started
from hypersonde.trials import State

MODELS: dict[str, Callable[[], Sampler]] = {
    "auto": Auto,
    **{f"ambs {word}": (lambda word=word: AMBS(word)) for word in ("RF", "ET", "GBRT", "GP")},
    "thompson": Thompson,
}
RANKS: dict[str, Callable[[], Sampler]] = {
    "tpe": TPE,
    "cmaes": CMAES,
    "ga": GA,
    "differential evolution": DifferentialEvolution,
    "pso": PSO,
    "nelder-mead": NelderMead,
    "regularized evolution": RegularizedEvolution,
}
SPACE = {"rate": (1e-4, 1.0, "log-uniform"), "x": (-4.0, 4.0), "n": (1, 9), "kind": ["a", "b", "c"]}
Config = Mapping[str, Any]


def loss(config: Config) -> float:
    numbers = (np.log10(config["rate"]) + 2.0) ** 2 + (config["x"] - 1.0) ** 2 + 0.1 * abs(config["n"] - 3)
    return float(numbers + (config["kind"] != "b"))


def tried(sampler: Sampler, problem: HpProblem, measure: Callable[[Config], float], n: int = 36) -> list[Config]:
    history = folded(problem, [])
    for number in range(n):
        [suggestion] = sampler.suggest(history, 1, np.random.default_rng([1, number]))
        history.extend([started(number, suggestion)])
        history.extend(outcome(number, State.COMPLETE, (measure(suggestion.config),)))
    return [trial.config for trial in history]


def assert_same(one: list[Config], other: list[Config]) -> None:
    assert len({repr(config) for config in one}) == len(one)
    for a, b in zip(one, other, strict=True):
        assert {n: v for n, v in a.items() if n in ("kind", "n")} == {n: v for n, v in b.items() if n in ("kind", "n")}
        np.testing.assert_allclose([a["rate"], a["x"]], [b["rate"], b["x"]], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", [*MODELS, *RANKS])
def test_the_unit_of_the_metric_does_not_matter(name: str) -> None:
    make, problem = {**MODELS, **RANKS}[name], HpProblem(SPACE)
    assert_same(tried(make(), problem, loss), tried(make(), problem, lambda c: 1024.0 * loss(c)))


@pytest.mark.parametrize("name", RANKS)
def test_whoever_looks_at_ranks_does_not_notice_any_monotone_change_of_the_metric(name: str) -> None:
    make, problem = RANKS[name], HpProblem(SPACE)
    assert_same(tried(make(), problem, loss), tried(make(), problem, lambda c: float(np.exp(loss(c))) - 7.0))


@pytest.mark.parametrize("name", [*MODELS, *RANKS])
def test_the_unit_of_a_parameter_does_not_matter(name: str) -> None:
    make, other = {**MODELS, **RANKS}[name], HpProblem({**SPACE, "x": (-512.0, 512.0)})

    def translated(config: Config) -> Config:
        return {**config, "x": config["x"] / 128.0}

    elsewhere = tried(make(), other, lambda c: loss(translated(c)), n=24)
    assert_same(tried(make(), HpProblem(SPACE), loss, n=24), [translated(config) for config in elsewhere])


@pytest.mark.parametrize("name", [*RANKS, "ambs GP", "thompson"])
def test_a_logarithmic_parameter_is_its_exponent_on_a_linear_scale(name: str) -> None:
    """Up to rounding, from which the others draw the seeds of their start or of their trees."""
    make, other = {**MODELS, **RANKS}[name], HpProblem({**SPACE, "rate": (-4.0, 0.0)})

    def translated(config: Config) -> Config:
        return {**config, "rate": 10.0 ** config["rate"]}

    elsewhere = tried(make(), other, lambda c: loss(translated(c)), n=24)
    assert_same(tried(make(), HpProblem(SPACE), loss, n=24), [translated(config) for config in elsewhere])


@pytest.mark.parametrize("name", [*MODELS, *RANKS])
def test_the_order_in_which_parameters_are_listed_does_not_matter(name: str) -> None:
    make = {**MODELS, **RANKS}[name]
    backwards = HpProblem(dict(reversed(SPACE.items())))
    assert_same(tried(make(), HpProblem(SPACE), loss, n=24), tried(make(), backwards, loss, n=24))
