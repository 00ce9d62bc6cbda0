"""Propulate, Optuna and Nevergrad behind one ask and one tell; each needs its own library only."""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

PARTICLES = 16
"""Ranks of Propulate's swarms and simplices at least, also where one evaluation runs at a time."""


class Propulate:
    """One island of Propulate 1.2.2, driven by hand: as many ranks as workers, which breed from all that is known.

    Floats on a log scale are given as logarithms; integers and ordered values as integer ranges (it has no log scale).
    What leaves the bounds is evaluated at the bound.
    """

    def __init__(self, make: Callable[..., Any], space: Sequence[Mapping[str, Any]], workers: int, seed: int) -> None:
        from propulate.population import Individual

        self._space, self._individual = space, Individual
        self.limits = {p["name"]: _limits(p) for p in space}
        rng = random.Random(seed)
        ranks = workers if make in (_default, _cmaes) else max(workers, PARTICLES)
        shared = make(self.limits, 0, workers, rng) if make in (_default, _cmaes) else None
        self._propagators = [shared or make(self.limits, rank, ranks, rng) for rank in range(ranks)]
        self._generations = [0] * ranks
        self._free = deque(range(ranks))
        self.population: list[Any] = []

    def ask(self) -> tuple[Any, dict[str, Any]] | None:
        rank = self._free.popleft()
        try:
            individual = self._propagators[rank]([i for i in self.population if i.active])
        except np.linalg.LinAlgError:  # its CMA-ES diverges now and then: the search ends there
            return None
        individual.generation, individual.rank, individual.active = self._generations[rank], rank, True
        individual.island = 0
        self._generations[rank] += 1
        return individual, {p["name"]: _value(p, individual[p["name"]]) for p in self._space}

    def tell(self, individual: Any, value: float) -> None:
        individual.loss = value
        self.population.append(individual)
        self._free.append(individual.rank)


def _limits(p: Mapping[str, Any]) -> tuple[Any, ...]:
    if p["type"] == "float":
        ends = (float(p["low"]), float(p["high"]))
        return tuple(map(math.log10, ends)) if p.get("log") else ends
    if p["type"] == "int":
        return (int(p["low"]), int(p["high"]))
    return (0, len(p["choices"]) - 1) if p["type"] == "ord" else tuple(map(str, p["choices"]))


def _value(p: Mapping[str, Any], given: Any) -> Any:
    if p["type"] == "float":
        return min(max(10.0**given if p.get("log") else given, p["low"]), p["high"])
    if p["type"] == "int":
        return min(max(int(given), p["low"]), p["high"])
    if p["type"] == "ord":
        return p["choices"][min(max(int(given), 0), len(p["choices"]) - 1)]
    return p["choices"][[str(c) for c in p["choices"]].index(str(given))]


def _default(limits: Mapping[str, Any], rank: int, ranks: int, rng: random.Random) -> Any:
    """The breeding population is twice the number of workers, as in its tutorials, 10 at least."""
    from propulate.utils import get_default_propagator

    return get_default_propagator(max(10, 2 * ranks), limits, rng=rng)


def _cmaes(limits: Mapping[str, Any], rank: int, ranks: int, rng: random.Random, adapter: str = "Basic") -> Any:
    from propulate import propagators

    return propagators.CMAPropagator(getattr(propagators, f"{adapter}CMA")(), limits, rng=rng)


def _active(limits: Mapping[str, Any], rank: int, ranks: int, rng: random.Random) -> Any:
    return _cmaes(limits, rank, ranks, rng, "Active")


def _swarm(variant: str, limits: Mapping[str, Any], rank: int, ranks: int, rng: random.Random) -> Any:
    """With the settings of its example; drawn anew until a rank has a particle."""
    from propulate.propagators import pso

    pulls = {"c_cognitive": 1.49445, "c_social": 1.49445}
    moves = {
        "basic": lambda: pso.BasicPSO(0.729, rank=rank, limits=limits, rng=rng, **pulls),
        "clamping": lambda: pso.VelocityClampingPSO(0.729, rank=rank, limits=limits, rng=rng, v_limits=0.6, **pulls),
        "constriction": lambda: pso.ConstrictionPSO(2.49445, 2.49445, rank, limits, rng),
        "canonical": lambda: pso.CanonicalPSO(2.49445, 2.49445, rank, limits, rng),
    }
    move, begin = moves[variant](), pso.InitUniformPSO(limits, rank, rng=rng)
    return lambda known: (move if any(i.rank == rank for i in known) else begin)(known)


def _simplex(limits: Mapping[str, Any], rank: int, ranks: int, rng: random.Random) -> Any:
    """From a random place; the first simplex as wide as one sixth of the range."""
    from propulate.propagators import ParallelNelderMead

    start = np.array([rng.uniform(*ends) for ends in limits.values()])
    low, high = next(iter(limits.values()))
    return ParallelNelderMead(limits, rng, start, scale=(high - low) / 6.0)


class Optuna:
    """One sampler of Optuna on a study in memory."""

    def __init__(self, sampler: str, space: Sequence[Mapping[str, Any]], workers: int, seed: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space = space
        self._study = optuna.create_study(sampler=getattr(optuna.samplers, sampler)(seed=seed))
        self._trials: dict[int, Any] = {}

    def ask(self) -> tuple[int, dict[str, Any]]:
        trial = self._study.ask()
        self._trials[trial.number] = trial
        return trial.number, {p["name"]: _suggested(trial, p) for p in self._space}

    def tell(self, number: int, value: float) -> None:
        self._study.tell(self._trials.pop(number), value)


def _suggested(trial: Any, p: Mapping[str, Any]) -> Any:
    name, log = p["name"], bool(p.get("log"))
    if p["type"] == "float":
        return trial.suggest_float(name, p["low"], p["high"], log=log)
    if p["type"] == "int":
        return trial.suggest_int(name, p["low"], p["high"], log=log)
    if p["type"] == "ord":
        return p["choices"][trial.suggest_int(name, 0, len(p["choices"]) - 1)]
    return trial.suggest_categorical(name, p["choices"])


class Nevergrad:
    """One optimizer of Nevergrad, told how many evaluations and workers there are."""

    def __init__(
        self, optimizer: str, budget: int, space: Sequence[Mapping[str, Any]], workers: int, seed: int
    ) -> None:
        import nevergrad

        self._space = space
        space_of_it = nevergrad.p.Dict(**{p["name"]: _parameter(nevergrad.p, p) for p in space})
        space_of_it.random_state.seed(seed)
        self._optimizer = nevergrad.optimizers.registry[optimizer](space_of_it, budget, workers)
        self._asked: dict[int, Any] = {}

    def ask(self) -> tuple[int, dict[str, Any]] | None:
        try:
            candidate, number = self._optimizer.ask(), len(self._asked)
        except KeyError:  # its differential evolution has lost a parent: facebookresearch/nevergrad, issue 1461
            return None
        self._asked[number] = candidate
        return number, {p["name"]: self._config(p, candidate.value[p["name"]]) for p in self._space}

    def tell(self, number: int, value: float) -> None:
        self._optimizer.tell(self._asked[number], value)
        self._asked[number] = None

    @staticmethod
    def _config(p: Mapping[str, Any], value: Any) -> Any:
        if p["type"] == "ord":
            return p["choices"][int(value)]
        return min(max(value, p["low"]), p["high"]) if p["type"] in ("float", "int") else value


def _parameter(ng: Any, p: Mapping[str, Any]) -> Any:
    if p["type"] == "cat":
        return ng.Choice(p["choices"])
    if p["type"] == "ord":
        return ng.Scalar(lower=0, upper=len(p["choices"]) - 1).set_integer_casting()
    number = (ng.Log if p.get("log") else ng.Scalar)(lower=p["low"], upper=p["high"])
    return number.set_integer_casting() if p["type"] == "int" else number


Make = Callable[[Sequence[Mapping[str, Any]], int, int, int], Any]


def _of_propulate(make: Callable[..., Any]) -> Make:
    return lambda space, budget, workers, seed: Propulate(make, space, workers, seed)


def of_optuna(sampler: str, make: type[Optuna] = Optuna) -> Make:
    """A sampler of Optuna, in a study of that type."""
    return lambda space, budget, workers, seed: make(sampler, space, workers, seed)


def _of_nevergrad(optimizer: str) -> Make:
    return lambda space, budget, workers, seed: Nevergrad(optimizer, budget, space, workers, seed)


OPTUNA = {"cmaes": "CmaEsSampler", "nsga2": "NSGAIISampler"}
PEERS: dict[str, Make] = {
    "propulate": _of_propulate(_default),
    "propulate cmaes": _of_propulate(_cmaes),
    "propulate active cmaes": _of_propulate(_active),
    **{
        f"propulate pso {variant}": _of_propulate(partial(_swarm, variant))
        for variant in ("basic", "clamping", "constriction", "canonical")
    },
    "propulate nelder-mead": _of_propulate(_simplex),
    **{f"optuna {name}": of_optuna(sampler) for name, sampler in OPTUNA.items()},
    "nevergrad": _of_nevergrad("NGOpt"),
    "nevergrad de": _of_nevergrad("TwoPointsDE"),
}
"""From a space, a budget, a number of workers and a seed to what is asked and told."""
NUMERIC = {"propulate cmaes", "propulate active cmaes", "optuna cmaes"}
"""Those that need numbers only; swarms and simplices of Propulate need floats only."""
CONTINUOUS = {name for name in PEERS if "pso" in name or "nelder" in name}
