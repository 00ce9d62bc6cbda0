"""Operators as Propulate spells them, put together with `Compose` and `Conditional`."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hypersonde.errors import InvalidInput
from hypersonde.interop.propulate.default import Propagator
from hypersonde.interop.propulate.limits import problem_of
from hypersonde.problem import Encoding
from hypersonde.samplers.evolution import steps
from hypersonde.samplers.evolution.chain import Chain

__all__ = [
    "Compose",
    "Conditional",
    "CrossoverMultiple",
    "CrossoverSigmoid",
    "CrossoverUniform",
    "InitUniform",
    "IntervalMutationNormal",
    "Operator",
    "PointMutation",
    "RandomPointMutation",
    "SelectMax",
    "SelectMin",
    "SelectUniform",
]

Rng = random.Random | None
"""Taken and not needed: all randomness follows from the seed of the search."""


@dataclass(frozen=True)
class Operator:
    """A step of a chain, and the limits that it was given, if any."""

    step: steps.Step
    limits: Mapping[str, Any] | None = None


class SelectMin(Operator):
    """The lowest losses; as a class, who emigrates, or whom an immigrant replaces."""

    policy: ClassVar[str] = "best"

    def __init__(self, offspring: int) -> None:
        super().__init__(steps.SelectBest(offspring))


class SelectMax(Operator):
    """The highest losses."""

    policy: ClassVar[str] = "worst"

    def __init__(self, offspring: int) -> None:
        super().__init__(steps.SelectWorst(offspring))


class SelectUniform(Operator):
    """Any of them."""

    policy: ClassVar[str] = "uniform"

    def __init__(self, offspring: int, rng: Rng = None) -> None:
        super().__init__(steps.SelectUniform(offspring))


class CrossoverUniform(Operator):
    """With a probability each gene comes from the first parent with `relative_parent_contribution`."""

    def __init__(self, relative_parent_contribution: float = 0.5, probability: float = 1.0, rng: Rng = None) -> None:
        super().__init__(steps.CrossoverUniform(probability, 1.0 - relative_parent_contribution))


class CrossoverMultiple(Operator):
    """With a probability each gene comes from any of the parents."""

    def __init__(self, parents: int = -1, probability: float = 1.0, rng: Rng = None) -> None:
        super().__init__(steps.CrossoverMultiple(probability))


class CrossoverSigmoid(Operator):
    """With a probability each gene comes from the better parent the more likely, the better it is."""

    def __init__(self, temperature: float = 1.0, probability: float = 1.0, rng: Rng = None) -> None:
        super().__init__(steps.CrossoverSigmoid(probability, temperature))


class PointMutation(Operator):
    """With a probability some parameters are drawn anew."""

    def __init__(self, limits: Mapping[str, Any], points: int = 1, probability: float = 1.0, rng: Rng = None) -> None:
        super().__init__(steps.PointMutation(probability, points), limits)


class RandomPointMutation(Operator):
    """With a probability some parameters are drawn anew; how many is drawn, too."""

    def __init__(
        self,
        limits: Mapping[str, Any],
        min_points: int = 1,
        max_points: int = 1,
        probability: float = 1.0,
        rng: Rng = None,
    ) -> None:
        if not 1 <= min_points <= max_points:
            raise InvalidInput(f"points to mutate: got {min_points} to {max_points}, expected 1 or more, in order.")
        super().__init__(_SomePoints(probability, min_points, max_points), limits)


class IntervalMutationNormal(Operator):
    """With a probability some numbers make a normal step, of a deviation that is a share of the range."""

    def __init__(
        self,
        limits: Mapping[str, Any],
        sigma_factor: float = 0.1,
        points: int = 1,
        probability: float = 1.0,
        rng: Rng = None,
    ) -> None:
        super().__init__(steps.IntervalMutation(sigma_factor, probability, points), limits)


class InitUniform(Operator):
    """With a probability a draw from the space takes the child's place."""

    def __init__(self, limits: Mapping[str, Any], parents: int = 0, probability: float = 1.0, rng: Rng = None) -> None:
        super().__init__(steps.RandomInit(probability), limits)


@dataclass(frozen=True, slots=True)
class _SomePoints:
    """Point mutation of `low` to `high` parameters, all numbers equally likely."""

    probability: float
    low: int
    high: int

    def __call__(self, parents: steps.Parents, encoding: Encoding, rng: np.random.Generator) -> steps.Parents:
        points = int(rng.integers(self.low, self.high + 1))
        return steps.PointMutation(self.probability, points)(parents, encoding, rng)


def Compose(propagators: Sequence[Operator]) -> Propagator:  # noqa: N802
    """One operator after the other: the first, `SelectMin`, says how many of the best may breed.

    Raises
    ------
    InvalidInput : another one comes first, or none of them was given limits.
    """
    first = propagators[0] if propagators else None
    if not isinstance(first, SelectMin) or not isinstance(first.step, steps.SelectBest):
        raise InvalidInput(
            f"Compose: got {type(first).__name__} first, expected SelectMin(pop_size): the best that may breed."
        )
    limits = [operator.limits for operator in propagators if operator.limits is not None]
    if not limits:
        raise InvalidInput("Compose: no operator has limits. Add PointMutation(limits) or InitUniform(limits).")
    rest = [operator.step for operator in propagators[1:]] or [steps.SelectUniform(1)]
    return Propagator(problem_of(limits[0]), Chain(first.step.count, rest))


def Conditional(  # noqa: N802
    pop_size: int, true_prop: Propagator, false_prop: Operator | Propagator, parents: int = -1, offspring: int = -1
) -> Propagator:
    """What breeds once there are `pop_size` individuals. Until then draws from the space are tried, as always here."""
    sampler = true_prop.sampler
    if isinstance(sampler, Chain) and type(sampler) is Chain:
        return Propagator(true_prop.problem, Chain(pop_size, sampler.steps, sampler.population))
    return true_prop
