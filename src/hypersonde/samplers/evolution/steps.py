"""The steps that a chain of evolution is made of: settings of the operators, applied one after the other.

A step takes parents and gives parents; what the last one gives first is the child. Rows are complete (no NaN) and
may lie between legal positions on the way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hypersonde.columns import Array, Mask
from hypersonde.errors import InvalidInput
from hypersonde.problem import Encoding
from hypersonde.samplers.evolution import crossover, mutation, selection

__all__ = [
    "CrossoverMultiple",
    "CrossoverSigmoid",
    "CrossoverSimulatedBinary",
    "CrossoverUniform",
    "IntervalMutation",
    "OneMutation",
    "Parents",
    "PointMutation",
    "PolynomialMutation",
    "RandomInit",
    "SelectBest",
    "SelectTournament",
    "SelectUniform",
    "SelectWorst",
    "Step",
    "check_share",
]


class Parents(NamedTuple):
    """Rows (k, D), k >= 1, and how fit they are (k,), LOWER IS BETTER; a child has the fitness of its first parent."""

    rows: Array
    fitness: Array

    def at(self, which: selection.Indices) -> Parents:
        """Some of them, in the order of the indices."""
        return Parents(self.rows[which], self.fitness[which])

    def child(self, row: Array) -> Parents:
        """A row (1, D) that took the place of all."""
        return Parents(row, self.fitness[:1])


Step = Callable[[Parents, Encoding, np.random.Generator], Parents]
"""One step of a chain: pure but for the draws."""


def check_share(what: str, share: float) -> None:
    """Refuse what is no probability.

    Raises
    ------
    InvalidInput : it is not in [0, 1].
    """
    if not 0.0 <= share <= 1.0:
        raise InvalidInput(f"{what} is a probability in [0, 1], got {share!r}.")


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


@dataclass(frozen=True, slots=True)
class CrossoverUniform:
    """With a probability each gene comes from the second parent as likely as not; else the first parent goes on."""

    probability: float = 0.7
    share: float = 0.5

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        a, b = parents.rows[:1], parents.rows[-1:]
        return parents.child(crossover.uniform(a, b, rng, self.share) if rng.random() < self.probability else a)


@dataclass(frozen=True, slots=True)
class CrossoverMultiple:
    """With a probability each gene comes from any of the parents; else the first parent goes on."""

    probability: float = 0.7

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        mixed = rng.random() < self.probability
        return parents.child(crossover.multiple(parents.rows, 1, rng) if mixed else parents.rows[:1])


@dataclass(frozen=True, slots=True)
class CrossoverSigmoid:
    """With a probability each gene comes from the better of two parents the more likely, the better it is."""

    probability: float = 0.7
    temperature: float = 1.0

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        (a, b), (fa, fb) = (parents.rows[:1], parents.rows[-1:]), (parents.fitness[:1], parents.fitness[-1:])
        mixed = rng.random() < self.probability
        return parents.child(crossover.sigmoid(a, b, fa, fb, rng, self.temperature) if mixed else a)


@dataclass(frozen=True, slots=True)
class CrossoverSimulatedBinary:
    """With a probability numbers are spread about two parents (SBX) with index `eta`, categories come from either."""

    probability: float = 0.9
    eta: float = 20.0

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        if rng.random() >= self.probability:
            return parents.child(parents.rows[:1])
        a, b = parents.rows[:1], parents.rows[-1:]
        return parents.child(crossover.simulated_binary(a, b, encoding.columns, rng, self.eta))


@dataclass(frozen=True, slots=True)
class PolynomialMutation:
    """Each parameter moves with a probability, by default 1 / D; numbers by Deb's polynomial with index `eta`."""

    probability: float | None = None
    eta: float = 20.0

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        D = len(encoding.columns)
        which = rng.random((1, D)) < (1.0 / D if self.probability is None else self.probability)
        return parents.child(mutation.polynomial(parents.rows[:1], which, encoding.columns, rng, self.eta))


@dataclass(frozen=True, slots=True)
class OneMutation:
    """One parameter differs: with probability `jump` it is drawn anew, else it moves by a normal step.

    The deviation of a step is `sigma` of the range on the parameter's own scale, halved up to `halvings` times,
    uniformly drawn, so that a search can narrow in when `sigma` has become too wide. A category becomes another one.
    """

    jump: float = 0.4
    sigma: float = 0.2
    halvings: float = 8.0

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        which = _some(parents.rows, np.ones(len(encoding.columns), dtype=np.bool_), 1, encoding, rng)
        if rng.random() < self.jump:
            return parents.child(mutation.point(parents.rows[:1], which, encoding.columns, rng))
        sigma = self.sigma * 0.5 ** (self.halvings * rng.random())
        return parents.child(mutation.step(parents.rows[:1], which, sigma, encoding.columns, rng))


@dataclass(frozen=True, slots=True)
class PointMutation:
    """With a probability draw `points` parameters of any kind anew, uniformly; a category becomes another one."""

    probability: float = 0.4
    points: int = 1

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        if rng.random() >= self.probability:
            return parents
        which = _some(parents.rows, np.ones(len(encoding.columns), dtype=np.bool_), self.points, encoding, rng)
        return parents.child(mutation.point(parents.rows[:1], which, encoding.columns, rng))


@dataclass(frozen=True, slots=True)
class IntervalMutation:
    """With a probability move `points` numbers by a normal step on their own scale; categories stay.

    The deviation of a step is `sigma` of the range. Steps are reflected at its ends.
    """

    sigma: float = 0.05
    probability: float = 1.0
    points: int = 1

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        numeric = ~encoding.columns.categorical
        if rng.random() >= self.probability or not numeric.any():
            return parents
        which = _some(parents.rows, numeric, self.points, encoding, rng)
        return parents.child(mutation.step(parents.rows[:1], which, self.sigma, encoding.columns, rng))


@dataclass(frozen=True, slots=True)
class RandomInit:
    """With a probability a draw from the space takes the child's place, so that nothing is ruled out for good."""

    probability: float = 0.1

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        if rng.random() >= self.probability:
            return parents
        return parents.child(mutation.complete(encoding.sample(1, rng), encoding, rng))


def _some(rows: Array, among: Mask, points: int, encoding: Encoding, rng: np.random.Generator) -> Mask:
    """(1, D) mask of `points` columns of the first row, drawn from those `among`: active ones first, no constants."""
    turn = rng.random((1, len(among)))
    if encoding.conditional:
        turn += ~encoding.active(rows[:1])
    turn[:, ~among | (encoding.columns.levels == 1)] = np.inf
    last = np.sort(turn, axis=1)[:, min(points, len(among)) - 1]
    return (turn <= last) & np.isfinite(turn)
