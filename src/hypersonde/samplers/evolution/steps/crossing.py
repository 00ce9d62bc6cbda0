"""Steps that mix parents into one child."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypersonde.problem import Encoding
from hypersonde.samplers.evolution import crossover
from hypersonde.samplers.evolution.steps.base import Parents

__all__ = ["CrossoverMultiple", "CrossoverSigmoid", "CrossoverSimulatedBinary", "CrossoverUniform"]


@dataclass(frozen=True, slots=True)
class CrossoverUniform:
    """With a probability each gene comes from the second parent as likely as not; else the first parent goes on."""

    probability: float = 0.7
    share: float = 0.5

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        a, b = parents.rows[:1], parents.rows[-1:]
        mixed = rng.random() < self.probability
        return parents.child(crossover.uniform(a, b, rng, self.share)) if mixed else parents.first()


@dataclass(frozen=True, slots=True)
class CrossoverMultiple:
    """With a probability each gene comes from any of the parents; else the first parent goes on."""

    probability: float = 0.7

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        mixed = rng.random() < self.probability
        return parents.child(crossover.multiple(parents.rows, 1, rng)) if mixed else parents.first()


@dataclass(frozen=True, slots=True)
class CrossoverSigmoid:
    """With a probability each gene comes from the better of two parents the more likely, the better it is."""

    probability: float = 0.7
    temperature: float = 1.0

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        (a, b), (fa, fb) = (parents.rows[:1], parents.rows[-1:]), (parents.fitness[:1], parents.fitness[-1:])
        mixed = rng.random() < self.probability
        return parents.child(crossover.sigmoid(a, b, fa, fb, rng, self.temperature)) if mixed else parents.first()


@dataclass(frozen=True, slots=True)
class CrossoverSimulatedBinary:
    """With a probability numbers are spread about two parents (SBX) with index `eta`, categories come from either."""

    probability: float = 0.9
    eta: float = 20.0

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        if rng.random() >= self.probability:
            return parents.first()
        a, b = parents.rows[:1], parents.rows[-1:]
        return parents.child(crossover.simulated_binary(a, b, encoding.columns, rng, self.eta))
