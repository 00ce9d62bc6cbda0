"""Steps that change a child."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypersonde.columns import Array, Mask
from hypersonde.problem import Encoding
from hypersonde.samplers.evolution import mutation
from hypersonde.samplers.evolution.steps.base import Parents

__all__ = ["IntervalMutation", "OneMutation", "PointMutation", "PolynomialMutation", "RandomInit"]


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
        which = _some(parents.rows, None, 1, encoding, rng)
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
        which = _some(parents.rows, None, self.points, encoding, rng)
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
class PolynomialMutation:
    """Each parameter moves with a probability, by default 1 / D; numbers by Deb's polynomial with index `eta`."""

    probability: float | None = None
    eta: float = 20.0

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        D = len(encoding.columns)
        which = rng.random((1, D)) < (1.0 / D if self.probability is None else self.probability)
        return parents.child(mutation.polynomial(parents.rows[:1], which, encoding.columns, rng, self.eta))


@dataclass(frozen=True, slots=True)
class RandomInit:
    """With a probability a draw from the space takes the child's place, so that nothing is ruled out for good."""

    probability: float = 0.1

    def __call__(self, parents: Parents, encoding: Encoding, rng: np.random.Generator) -> Parents:
        if rng.random() >= self.probability:
            return parents
        return parents.stranger(mutation.complete(encoding.sample(1, rng), encoding, rng))


def _some(rows: Array, among: Mask | None, points: int, encoding: Encoding, rng: np.random.Generator) -> Mask:
    """(1, D) mask of `points` columns of the first row, drawn from those `among`: active ones first, no constants."""
    D = rows.shape[1]
    if points == 1 and among is None and not (encoding.conditional or encoding.columns.rigid):
        return np.asarray(np.arange(D)[None] == int(rng.random() * D))
    turn = rng.random((1, D))
    if encoding.conditional:
        turn += ~encoding.active(rows[:1])
    if among is not None:
        turn[:, ~among] = np.inf
    if encoding.columns.rigid:
        turn[:, encoding.columns.levels == 1] = np.inf
    last = turn.min() if points == 1 else np.sort(turn, axis=1)[:, min(points, D) - 1]
    return np.asarray((turn <= last) & (turn < np.inf))
