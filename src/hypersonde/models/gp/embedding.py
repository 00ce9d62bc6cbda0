"""Encoded rows as points of a Euclidean space, so that one distance serves numbers, categories and conditions.

A number becomes one feature, its position minus 1/2. A category becomes a corner of a simplex whose corners are
at distance 1 of each other (one-hot, divided by sqrt 2, centred). An inactive parameter sits at the neutral point
of its features, the origin: it adds nothing between two rows that both lack it, and the kernel stays positive
definite, which a distance that merely skips such pairs would not be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array, Columns

__all__ = ["Embedding"]

_CORNER = float(np.sqrt(0.5))


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """Rows X (n, D) to features Z (n, E), E >= D.

    Attributes
    ----------
    columns : the D columns.
    owner : (E,) int, the column that each feature belongs to.
    level : (E,) the category that a feature stands for, NaN for a number.
    centre : (E,) what is subtracted, so that the origin is neutral.

    >>> from hypersonde.columns import Columns
    >>> Embedding.of(Columns.continuous(2)).embed(np.array([[0.0, np.nan]]))
    array([[-0.5,  0. ]])
    """

    columns: Columns
    owner: npt.NDArray[np.int64]
    level: Array
    centre: Array

    @classmethod
    def of(cls, columns: Columns) -> Embedding:
        """The embedding of rows with these columns."""
        widths = np.where(columns.categorical, columns.levels, 1)
        owner = np.repeat(np.arange(len(columns)), widths)
        first = np.repeat(np.cumsum(widths) - widths, widths)
        categorical = columns.categorical[owner]
        level = np.where(categorical, np.arange(len(owner)) - first, np.nan)
        centre = np.where(categorical, _CORNER / widths[owner], 0.5)
        return cls(columns, owner, level, centre)

    def embed(self, X: Array) -> Array:
        """Features (n, E) of rows ``X`` (n, D)."""
        Z = X[:, self.owner]
        inactive = np.isnan(Z)
        if self.columns.categorical.any():
            Z = np.where(np.isnan(self.level), Z, _CORNER * (self.level == Z))
        Z = Z - self.centre
        Z[inactive] = 0.0
        return Z
