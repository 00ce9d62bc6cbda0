"""Our samplers of evolution by the names of the benchmark, and the history that they are asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ConfigSpace as cs

from hypersonde import HpProblem
from hypersonde.samplers import (
    CMAES,
    GA,
    NSGA2,
    PSO,
    Auto,
    DifferentialEvolution,
    Islands,
    NelderMead,
    Random,
    RegularizedEvolution,
    Sampler,
)
from hypersonde.samplers.evolution.pso import Basic, Canonical, Constriction, VelocityClamping
from hypersonde.trials import History, Metric

OURS: dict[str, Callable[[int], Sampler]] = {
    "auto": lambda budget: Auto(),
    "auto, budget": lambda budget: Auto().planned(budget),
    "random": lambda budget: Random(),
    "ga": lambda budget: GA(),
    "differential-evolution": lambda budget: DifferentialEvolution(),
    "differential-evolution, budget": lambda budget: DifferentialEvolution(budget=budget),
    "pso": lambda budget: PSO(),
    "pso basic": lambda budget: PSO(motion=Basic(0.729, 1.49445, 1.49445)),  # as Propulate's examples set them
    "pso clamping": lambda budget: PSO(motion=VelocityClamping(0.729, 1.49445, 1.49445, 0.6)),
    "pso constriction": lambda budget: PSO(motion=Constriction(2.49445, 2.49445)),
    "pso canonical": lambda budget: PSO(motion=Canonical(2.49445, 2.49445)),
    "nelder-mead": lambda budget: NelderMead(),
    "regularized-evolution": lambda budget: RegularizedEvolution(),
    "nsga2": lambda budget: NSGA2(),
    "cmaes": lambda budget: CMAES(),
    "cmaes basic": lambda budget: CMAES(active=False),
    "islands": lambda budget: Islands(4),
    "islands, move": lambda budget: Islands(4, exchange="move"),
    "islands, mixed": lambda budget: Islands(4, [CMAES(), DifferentialEvolution(), GA(), RegularizedEvolution()]),
}


def history(space: Sequence[Mapping[str, Any]]) -> History:
    """An empty history of a search for a low loss in a space of the benchmark."""
    problem = HpProblem()
    problem.add(*map(_parameter, space))
    return History(problem, [Metric("loss", "minimize")])


def _parameter(p: Mapping[str, Any]) -> Any:
    if p["type"] == "float":
        return cs.UniformFloatHyperparameter(p["name"], p["low"], p["high"], log=bool(p.get("log")))
    if p["type"] == "int":
        return cs.UniformIntegerHyperparameter(p["name"], p["low"], p["high"], log=bool(p.get("log")))
    if p["type"] == "ord":
        return cs.OrdinalHyperparameter(p["name"], p["choices"])
    return cs.CategoricalHyperparameter(p["name"], p["choices"])
