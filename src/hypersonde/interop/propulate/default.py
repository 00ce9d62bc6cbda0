"""What breeds, as users of Propulate spell it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypersonde.interop.propulate.limits import problem_of
from hypersonde.problem import HpProblem
from hypersonde.samplers import GA, Sampler

__all__ = ["Propagator", "get_default_propagator"]


@dataclass(frozen=True, slots=True)
class Propagator:
    """A space and what searches it.

    Attributes
    ----------
    problem : see `problem_of`.
    sampler : any sampler: ``Propagator(problem_of(limits), CMAES())``.
    """

    problem: HpProblem
    sampler: Sampler


def get_default_propagator(
    pop_size: int,
    limits: Mapping[str, Any],
    mate_prob: float = 0.7,
    mut_prob: float = 0.4,
    random_prob: float = 0.1,
    sigma_factor: float = 0.05,
    rng: random.Random | None = None,
    *,
    crossover_prob: float | None = None,
    mutation_prob: float | None = None,
    random_init_prob: float | None = None,
) -> Propagator:
    """The usual chain: parents from the best `pop_size`, crossover, mutation, now and then a random individual.

    Parameters
    ----------
    mate_prob, mut_prob, random_prob : see `GA`; also under the names ``crossover_prob``, ``mutation_prob`` and
        ``random_init_prob``.
    sigma_factor : largest move of a parameter, as a share of its range.
    rng : taken and not needed: all randomness follows from the seed of the search.
    """
    sampler = GA(
        pop_size,
        mate_prob=mate_prob if crossover_prob is None else crossover_prob,
        mut_prob=mut_prob if mutation_prob is None else mutation_prob,
        random_prob=random_prob if random_init_prob is None else random_init_prob,
        sigma=sigma_factor,
    )
    return Propagator(problem_of(limits), sampler)
