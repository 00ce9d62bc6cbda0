"""Swarms, CMA-ES and the simplex as Propulate spells them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from hypersonde.interop.propulate.default import Propagator
from hypersonde.interop.propulate.limits import problem_of
from hypersonde.samplers import CMAES, PSO, NelderMead, Random
from hypersonde.samplers.evolution.pso import Basic, Canonical, Constriction, Motion, VelocityClamping

__all__ = [
    "ActiveCMA",
    "BasicCMA",
    "BasicPSO",
    "CMAPropagator",
    "CanonicalPSO",
    "ConstrictionPSO",
    "InitUniformPSO",
    "ParallelNelderMead",
    "StatelessPSO",
    "VelocityClampingPSO",
]

Limits = Mapping[str, Any]
Rng = random.Random | None
"""Taken and not needed, as the rank is: all randomness follows from the seed of the search."""


def BasicPSO(  # noqa: N802
    inertia: float, c_cognitive: float, c_social: float, rank: int, limits: Limits, rng: Rng = None
) -> Propagator:
    """A swarm with inertia."""
    return _swarm(limits, Basic(inertia, c_cognitive, c_social))


def VelocityClampingPSO(  # noqa: N802
    inertia: float,
    c_cognitive: float,
    c_social: float,
    rank: int,
    limits: Limits,
    rng: Rng = None,
    v_limits: float = 0.2,
) -> Propagator:
    """A swarm with inertia, no velocity of which is above `v_limits` of the range."""
    return _swarm(limits, VelocityClamping(inertia, c_cognitive, c_social, v_limits))


def ConstrictionPSO(  # noqa: N802
    c_cognitive: float, c_social: float, rank: int, limits: Limits, rng: Rng = None
) -> Propagator:
    """A swarm with constriction."""
    return _swarm(limits, Constriction(c_cognitive, c_social))


def CanonicalPSO(  # noqa: N802
    c_cognitive: float, c_social: float, rank: int, limits: Limits, rng: Rng = None
) -> Propagator:
    """A swarm with constriction, no velocity of which is above the range."""
    return _swarm(limits, Canonical(c_cognitive, c_social, v_limits=1.0))


def StatelessPSO(  # noqa: N802
    c_cognitive: float, c_social: float, rank: int, limits: Limits, rng: Rng = None
) -> Propagator:
    """A swarm without inertia."""
    return _swarm(limits, Basic(0.0, c_cognitive, c_social))


def InitUniformPSO(  # noqa: N802
    limits: Limits,
    rank: int = 0,
    parents: int = 0,
    probability: float = 1.0,
    rng: Rng = None,
    v_init_limit: float = 0.1,
) -> Propagator:
    """Draws from the space, for `Conditional`; a swarm here begins so by itself, at rest."""
    return Propagator(problem_of(limits), Random())


class BasicCMA:
    """CMA-ES as it was at first."""


class ActiveCMA(BasicCMA):
    """CMA-ES in which bad results narrow the distribution where they lie."""


def CMAPropagator(  # noqa: N802
    adapter: BasicCMA,
    limits: Limits,
    decompose_in_each_generation: bool = False,
    select_worst_all_time: bool = False,
    pop_size: int | None = None,
    pool_size: int = 3,
    rng: Rng = None,
) -> Propagator:
    """CMA-ES. Which individuals count, and when, is up to the sampler: see `CMAES`."""
    return Propagator(problem_of(limits), CMAES(pop_size, active=isinstance(adapter, ActiveCMA)))


def ParallelNelderMead(  # noqa: N802
    limits: Limits,
    rng: Rng = None,
    start: Sequence[float] | None = None,
    alpha: float = 1.0,
    gamma: float = 2.0,
    rho: float = 0.5,
    sigma: float = 0.5,
    scale: float = 1.0,
) -> Propagator:
    """The simplex, from `start`, which is tried first. Its edge follows from the range, not from `scale`."""
    problem = problem_of(limits)
    if start is not None:
        problem.add_starting_point(**{name: _number(limits[name], x) for name, x in zip(limits, start, strict=True)})
    return Propagator(problem, NelderMead(alpha, gamma, rho, sigma))


def _number(given: Sequence[Any], x: float) -> float | int:
    return round(x) if all(isinstance(end, int) for end in given) else float(x)


def _swarm(limits: Limits, motion: Motion) -> Propagator:
    return Propagator(problem_of(limits), PSO(motion=motion))
