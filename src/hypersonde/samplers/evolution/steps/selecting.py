"""Steps that choose parents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypersonde.problem import Encoding
from hypersonde.samplers.evolution import selection
from hypersonde.samplers.evolution.steps.base import Parents

__all__ = ["SelectBest", "SelectTournament", "SelectUniform", "SelectWorst"]


@dataclass(frozen=True, slots=True)
class SelectBest:
    """The `count` best, best first."""

    count: int

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        return parents.at(selection.best(parents.fitness, self.count))


@dataclass(frozen=True, slots=True)
class SelectWorst:
    """The `count` worst, worst first."""

    count: int

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        return parents.at(selection.worst(parents.fitness, self.count))


@dataclass(frozen=True, slots=True)
class SelectUniform:
    """`count` of them, all equally likely."""

    count: int

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        return parents.at(selection.uniform(parents.fitness, self.count, rng))


@dataclass(frozen=True, slots=True)
class SelectTournament:
    """`count` winners, each the best of `rivals` drawn."""

    count: int
    rivals: int = 2

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        return parents.at(selection.tournament(parents.fitness, self.count, rng, self.rivals))
