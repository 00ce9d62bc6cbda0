"""Further points for models that cannot take them in: a correction near each of them, until the next full fit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hypersonde.columns import Array, Columns
from hypersonde.models.base import Model

__all__ = ["Amended"]

_REACH = 0.15
"""How far a point counts, as a share of the range of each parameter."""


@dataclass(frozen=True, slots=True, eq=False)
class Amended:
    """A fitted model that is right at further points, too, and somewhat surer around them.

    With nearness k(x) in [0, 1] to the nearest further point and its residual r, the mean becomes mean + k r, the
    deviation that of a process with this correlation, deviation * sqrt(1 - k^2).

    Attributes
    ----------
    model : as it was fitted.
    columns : of the rows.
    X : (m, D) further points.
    residuals : (m,) how much the model errs there.
    """

    model: Model
    columns: Columns
    X: Array
    residuals: Array

    @classmethod
    def of(cls, model: Model, columns: Columns) -> Amended:
        """The model, with nothing to correct yet."""
        return cls(model, columns, np.empty((0, len(columns))), np.empty(0))

    def add(self, X: Array, y: Array) -> Amended:
        """The model that has also seen ``X`` (m, D) and ``y`` (m,); of equal rows the latest counts."""
        residuals = y - self.model.predict(X)[0]
        return replace(self, X=np.concatenate([X, self.X]), residuals=np.concatenate([residuals, self.residuals]))

    def predict(self, X: Array) -> tuple[Array, Array]:
        """Mean (n,) and standard deviation (n,) at rows ``X`` (n, D)."""
        mean, std = self.model.predict(X)
        if not len(self.X):
            return mean, std
        gaps = _squared_gaps(X, self.X, self.columns)
        nearest = np.argmin(gaps, axis=1)
        k = np.exp(-0.5 * gaps[np.arange(len(X)), nearest] / _REACH**2)
        return mean + k * self.residuals[nearest], std * np.sqrt(1.0 - k**2)


def _squared_gaps(X: Array, Z: Array, columns: Columns) -> Array:
    """(n, m) mean squared difference of rows ``X`` (n, D) and ``Z`` (m, D); 1 for other categories or activity."""
    total = np.zeros((len(X), len(Z)))
    for x, z, categorical in zip(X.T, Z.T, columns.categorical, strict=True):
        gap = (x[:, None] != z) if categorical else (x[:, None] - z) ** 2
        one, both = np.isnan(x)[:, None] ^ np.isnan(z), np.isnan(x)[:, None] & np.isnan(z)
        total += np.where(both, 0.0, np.where(one, 1.0, gap))
    return total / len(columns)
