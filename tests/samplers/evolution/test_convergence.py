"""Every algorithm of evolution is far better than chance, with one worker and with several."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
from evolving import best, box, mixed, mixed_loss, rosenbrock, search, sphere

from hypersonde.problem import HpProblem
from hypersonde.samplers import GA, NSGA2, PSO, DifferentialEvolution, NelderMead, Random, RegularizedEvolution
from hypersonde.samplers.evolution.pso import Basic, Constriction, VelocityClamping
from hypersonde.testing.samplers import MakeSampler

TRIALS = 250
TASKS = {
    "sphere": (box(5), sphere),
    "rosenbrock": (box(5, -2.0, 2.0), rosenbrock),
    "mixed": (mixed(), mixed_loss),
}
MAKES: dict[str, MakeSampler] = {
    "genetic": GA,
    "differential": DifferentialEvolution,
    "differential, shrinking": partial(DifferentialEvolution, budget=TRIALS),
    "canonical swarm": PSO,
    "basic swarm": partial(PSO, motion=Basic()),
    "clamped swarm": partial(PSO, motion=VelocityClamping()),
    "constricted swarm": partial(PSO, motion=Constriction()),
    "simplex": NelderMead,
    "regularized": partial(RegularizedEvolution, 20, 10),
    "fronts": partial(NSGA2, 20),
}


def typical(make: MakeSampler, task: str, workers: int) -> float:
    """The median over three seeds of the best of 250 losses."""
    problem, loss = TASKS[task]
    return float(np.median([best(search(make(), problem, loss, TRIALS, workers=workers, seed=s)) for s in range(3)]))


@cache
def chance(task: str) -> float:
    """The same for random search."""
    return typical(Random, task, 1)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize("make", MAKES.values(), ids=list(MAKES))
def test_it_is_far_better_than_chance(make: MakeSampler, workers: int, task: str) -> None:
    assert 2.0 * typical(make, task, workers) < chance(task)


@pytest.mark.parametrize("make", [DifferentialEvolution, GA, PSO])
def test_in_a_small_space_it_goes_on_around_the_best_once_it_is_found(make: MakeSampler) -> None:
    problem = HpProblem({"a": (0, 30), "b": (0, 30)})

    def away(config: Mapping[str, Any]) -> float:
        return float(abs(config["a"] - 7) + abs(config["b"] - 20))

    far = [[away(trial.config) for trial in search(make(), problem, away, 200, seed=s)] for s in range(4)]
    assert max(map(min, far)) <= 1
    assert np.mean([late[150:] for late in far]) < 13  # by chance 18
