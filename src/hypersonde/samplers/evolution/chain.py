"""A chain of evolutionary operators as a sampler: whoever is free breeds from all that is known."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any, ClassVar, Self

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import InvalidInput
from hypersonde.problem.encoding import Encoding
from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.evolution.breeding import offspring
from hypersonde.samplers.evolution.mutation import complete
from hypersonde.samplers.evolution.population import Fittest, Population, survivors
from hypersonde.samplers.evolution.replay import Replay
from hypersonde.samplers.evolution.steps import Parents, Step
from hypersonde.trials import History, references

__all__ = ["Chain", "child", "usual_size"]

_USUAL, _LEAST = 50, 8
"""Size of a population that nobody has settled, and the least of it in a short search."""


class Chain(Sampler):
    """A population, and the steps from it to a child.

    Parameters
    ----------
    pop_size : results that may breed; before there are as many, configurations are drawn from the space.
    steps : applied one after the other, see `hypersonde.samplers.evolution.steps`.
    population : makes an empty population from its size, the number of columns and that of metrics; by default
        the best.

    Raises
    ------
    InvalidInput : a population below 1, or no steps.
    """

    name: ClassVar[str] = "chain"
    order_matters: ClassVar[str] = (
        "with several metrics, who survives a full population depends on who was in it when a result arrived"
    )

    def __init__(
        self,
        pop_size: int,
        steps: Sequence[Step],
        population: Callable[[int, int, int], Population] = survivors,
    ) -> None:
        if pop_size < 1:
            raise InvalidInput(f"pop_size must be at least 1, got {pop_size!r}.")
        if not steps:
            raise InvalidInput("a chain needs at least one step, for example SelectUniform(1).")
        self.pop_size, self.steps, self.population = pop_size, tuple(steps), population
        self._replay = Replay(self._start, _fold, _forget)

    def resized(self, pop_size: int) -> Self:
        """The same with another size of its population."""
        made = copy.copy(self)
        made.pop_size = pop_size
        made._replay = Replay(made._start, _fold, _forget)
        return made

    def forgets(self, history: History) -> bool:
        return self.population is survivors and len(history.metrics) == 1

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        population = self._replay(history)
        random = count if len(population.rows) < population.size else 0
        return offspring(
            history, count, rng, lambda: child(self.steps, population, history.problem.encoding, rng), random
        )

    def _start(self, history: History) -> Population:
        return self.population(self.pop_size, len(history.problem.encoding.columns), len(history.metrics))


def usual_size(max_evals: int | None = None) -> int:
    """Of a population that nobody has settled: 50, and at most a fifth of a short search.

    >>> usual_size(), usual_size(1000), usual_size(60), usual_size(20)
    (50, 50, 12, 8)
    """
    return _USUAL if max_evals is None else min(_USUAL, max(_LEAST, max_evals // 5))


def child(
    steps: Sequence[Step], population: Population, encoding: Encoding, rng: np.random.Generator
) -> tuple[Array, Mapping[str, Any]]:
    """What the steps make of a population that is complete: a row (D,) at any position, and what to record of it."""
    parents = Parents(population.rows, population.fitness, population.numbers)
    for i, step in enumerate(steps):
        parents = step(parents, encoding, rng)
        if i == 0 and encoding.conditional:
            parents = Parents(complete(parents.rows, encoding, rng), parents.fitness, parents.numbers)
    return parents.rows[0], {"parents": references(parents.numbers)} if len(parents.numbers) else {}


def _forget(population: Population, history: History, number: int) -> None:
    if isinstance(population, Fittest):
        population.forget(number, history.X, history.losses[:, 0])


def _fold(population: Population, history: History, number: int) -> None:
    losses = history.losses[number]
    if all(map(isfinite, losses.tolist())):
        population.fold(number, history.X[number], losses)
