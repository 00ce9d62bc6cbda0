"""Faults that are known of other implementations of these algorithms, and are not in this one."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from evolving import best, box, search

from hypersonde.models.cma import Normal
from hypersonde.problem import HpProblem
from hypersonde.samplers import CMAES, GA, NSGA2, PSO, DifferentialEvolution, NelderMead, RegularizedEvolution
from hypersonde.samplers.base import Suggestion
from hypersonde.samplers.evolution.pso import Basic, Constriction
from hypersonde.samplers.evolution.steps import OneMutation, Parents, PointMutation
from hypersonde.testing.histories import folded, outcome, started
from hypersonde.testing.samplers import MakeSampler
from hypersonde.trials import State

SWARMS = [PSO, lambda: PSO(motion=Basic()), lambda: PSO(motion=Constriction(2.05, 2.05))]
ALL = [GA, DifferentialEvolution, *SWARMS, NelderMead, RegularizedEvolution, NSGA2]
AND_CMAES = [*ALL, CMAES]
LAST = HpProblem({"n": (1, 10), "rate": (1e-4, 1e-2, "log-uniform"), "kind": ["relu", "sigmoid", "tanh"]})


@pytest.mark.parametrize("mutation", [PointMutation(1.0), OneMutation()])
def test_a_category_after_other_parameters_mutates_as_often_as_they_do_and_to_every_other_one(mutation: object) -> None:
    rng, parent = np.random.default_rng(0), LAST.encoding.encode([{"n": 3, "rate": 1e-3, "kind": "relu"}])
    assert callable(mutation)
    children = np.concatenate([mutation(Parents(parent, np.zeros(1)), LAST.encoding, rng).rows for _ in range(3000)])
    kinds = Counter(config["kind"] for config in LAST.encoding.decode(children))
    changed = (children != parent).mean(axis=0)
    assert changed == pytest.approx([1 / 3] * 3, abs=0.04)
    assert kinds["sigmoid"] == pytest.approx(500, abs=90)
    assert kinds["tanh"] == pytest.approx(500, abs=90)


@pytest.mark.parametrize("make", AND_CMAES)
def test_every_category_is_tried_again_and_again(make: MakeSampler) -> None:
    history = search(make(), LAST, lambda c: c["n"] + 1e3 * c["rate"] + (c["kind"] == "tanh"), 200, workers=4)
    kinds = Counter(trial.config["kind"] for trial in history)
    assert min(kinds[kind] for kind in ("relu", "sigmoid", "tanh")) >= 5


@pytest.mark.parametrize("make", AND_CMAES)
def test_a_reversed_range_is_a_range_and_its_ends_are_no_trap(make: MakeSampler) -> None:
    limits = (0.01, 0.0001)
    problem = HpProblem({"rate": (min(limits), max(limits)), "x": (0.0, 1.0)})
    history = search(make(), problem, lambda c: abs(c["rate"] - 0.004) + c["x"], 200, workers=4)
    rates = np.array([trial.config["rate"] for trial in history])
    assert np.mean(np.isin(rates, limits)) < 0.02
    assert min(limits) <= rates.min() < rates.max() <= max(limits)


@pytest.mark.parametrize("make", AND_CMAES)
def test_it_never_leaves_the_bounds_though_the_best_is_beyond_them(make: MakeSampler) -> None:
    history = search(make(), box(3, 0.0, 1.0), lambda c: sum(c.values()) - 3.0 * c["x2"], 200, workers=4)
    X = np.array([list(trial.config.values()) for trial in history])
    assert X.min() >= 0.0
    assert X.max() <= 1.0
    assert best(history) < -1.7


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("state", [State.FAILED, State.PRUNED, State.CANCELLED])
def test_what_has_no_value_never_breeds(make: MakeSampler, state: State) -> None:
    """Whatever it was that ended without a value, the next suggestions are the same."""
    problem = box(2, 0.0, 1.0)

    def suggested(seed: int) -> list[Suggestion]:
        good, bad = np.random.default_rng(0).random((60, 2)), np.random.default_rng(seed).random((60, 2))
        configs = problem.encoding.decode(np.stack([good, bad], axis=1).reshape(-1, 2))
        history, sampler = folded(problem, []), make()
        for number, config in enumerate(configs):
            history.extend([started(number, Suggestion(config))])
            ended = outcome(number, state, (-1e9,)) if number % 2 else outcome(number, State.COMPLETE, (number % 7.0,))
            history.extend(ended)
        return sampler.suggest(history, 3, np.random.default_rng(1))

    assert suggested(11) == suggested(12)


@pytest.mark.parametrize("make", AND_CMAES)
def test_a_loss_that_is_sometimes_not_a_number_does_not_mislead_it(make: MakeSampler) -> None:
    def loss(c: dict[str, float]) -> float:
        return float("nan") if c["x0"] < 0.0 else (c["x0"] - 1.0) ** 2 + (c["x1"] + 2.0) ** 2

    assert best(search(make(), box(2), loss, 200, workers=4)) < 0.3


def test_cmaes_draws_with_its_full_covariance() -> None:
    C = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, -0.3], [0.0, -0.3, 0.5]])
    zero = np.zeros(3)
    normal = Normal(np.full(3, 0.5), 0.2, C, np.ones(3), zero, zero, 0)
    rng = np.random.default_rng(0)
    drawn = np.array([normal.sample(rng) for _ in range(20_000)])
    assert np.cov(drawn.T) / 0.2**2 == pytest.approx(C, abs=0.03)
