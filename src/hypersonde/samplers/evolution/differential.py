"""Asynchronous differential evolution with success-history adaptation, as a sampler: see `shade`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import InvalidInput
from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.evolution.breeding import offspring
from hypersonde.samplers.evolution.replay import Replay
from hypersonde.samplers.evolution.shade import Birth, Shade, population
from hypersonde.trials import History

__all__ = ["DifferentialEvolution"]


class DifferentialEvolution(Sampler):
    """L-SHADE (Tanabe and Fukunaga 2014) that never waits for a generation to end.

    Minimises the first metric's loss. Integers, categories and conditional parameters take part; see
    `Shade.breed`. The loop's records carry the births, so that a resumed search adapts as if never interrupted.

    Parameters
    ----------
    population : individuals at the start, at least 4; by default half as many as parameters (8 at least), and with a
        budget one per 250 trials, between one and 18 per parameter (10 at least). With categories 16 at least.
    budget : the number of trials planned, over which the population shrinks to 4; by default ``max_evals`` of the
        search, and where nobody says that either the population keeps its size. One that has collapsed, or in which
        nothing succeeds any more, is given up, and another one begins, without a budget twice as large.

    Raises
    ------
    InvalidInput : a population below 4, a budget below 1.
    """

    name: ClassVar[str] = "differential-evolution"
    order_matters: ClassVar[str] = (
        "a child competes with whoever holds its parent's place when its result arrives, and the rates that "
        "succeeded are learned from in that order"
    )

    def __init__(self, population: int | None = None, budget: int | None = None) -> None:
        if population is not None and population < 4:
            raise InvalidInput(f"population: got {population}, expected at least 4. Leave it out for the default.")
        if budget is not None and budget < 1:
            raise InvalidInput(f"budget: got {budget}, expected a positive number of trials, or None.")
        self.population = population
        self.budget = budget
        self._replay = Replay(self._start, _fold)

    def planned(self, max_evals: int) -> DifferentialEvolution:
        """The same with ``max_evals`` for its budget, unless it has one."""
        return self if self.budget is not None else DifferentialEvolution(self.population, max(max_evals, 1))

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        shade = self._replay(history)
        return offspring(history, count, rng, lambda: _child(shade, rng), 0 if shade.ready else count)

    def _start(self, history: History) -> Shade:
        encoding = history.problem.encoding
        size = self.population or population(encoding.columns, self.budget)
        return Shade(encoding.columns, size, self.budget, conditional=encoding.conditional)


def _fold(shade: Shade, history: History, number: int) -> None:
    shade.take(history.X[number], float(history.losses[number, 0]), Birth.read(history[number].why))


def _child(shade: Shade, rng: np.random.Generator) -> tuple[Array, Mapping[str, Any]]:
    child = shade.breed(rng)
    return child.row, child.birth._asdict() if child.birth else {"proposer": "bowl"}
