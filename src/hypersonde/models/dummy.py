"""The model that knows nothing but the mean: what every other model has to beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypersonde.columns import Array, Columns

__all__ = ["Constant", "Dummy"]


@dataclass(frozen=True, slots=True)
class Dummy:
    """No settings: predicts the mean and the deviation of what it was fitted to, everywhere."""

    def fit(self, X: Array, y: Array, columns: Columns, rng: np.random.Generator) -> Constant:
        """The mean and deviation of ``y`` (n,); nothing else is looked at."""
        return Constant(len(y), float(np.mean(y)), float(np.var(y)))


@dataclass(frozen=True, slots=True)
class Constant:
    """Count, mean and variance of outputs.

    >>> model = Constant(2, 1.0, 0.0).add(np.empty((2, 1)), np.array([3.0, 3.0]))
    >>> [v.tolist() for v in model.predict(np.empty((1, 1)))]
    [[2.0], [1.0]]
    """

    count: int
    mean: float
    variance: float

    def predict(self, X: Array) -> tuple[Array, Array]:
        """The same mean (n,) and deviation (n,) for all rows of ``X`` (n, D)."""
        return np.full(len(X), self.mean), np.full(len(X), np.sqrt(self.variance))

    def add(self, X: Array, y: Array) -> Constant:
        """After further outputs ``y`` (m,)."""
        n = self.count + len(y)
        mean = (self.count * self.mean + float(np.sum(y))) / n
        spread = self.count * (self.variance + (self.mean - mean) ** 2) + float(np.sum((y - mean) ** 2))
        return Constant(n, mean, spread / n)
