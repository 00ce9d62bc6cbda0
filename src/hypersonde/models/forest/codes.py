"""Encoded rows as trees read them: categories as bits of one word, wide categories as two digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from hypersonde.columns import Array, Columns, Mask

__all__ = ["Codes"]

BASE: Final = 63
"""Categories that fit into a word beside the one for inactive."""


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """How columns are read.

    Attributes
    ----------
    categorical : (D',) bool, of the columns that trees see.
    wide : columns of X with more categories than a word holds; their second digits are appended at the end.
    """

    categorical: Mask
    wide: tuple[int, ...]

    @classmethod
    def of(cls, columns: Columns) -> Codes:
        """The codes of `columns`.

        >>> from hypersonde.columns import Columns
        >>> Codes.of(Columns(("a",), np.array([True]), np.array([100]))).encode(np.array([[99.0]]))
        array([[36.,  1.]])
        """
        wide = np.flatnonzero(columns.categorical & (columns.levels > BASE))
        digits = np.ones(len(wide), dtype=np.bool_)
        return cls(np.concatenate((columns.categorical, digits)), tuple(int(j) for j in wide))

    def encode(self, X: Array) -> Array:
        """Rows (n, D') as trees read them, from encoded rows ``X`` (n, D)."""
        if not self.wide:
            return np.ascontiguousarray(X, dtype=np.float64)
        wide = X[:, self.wide]
        coded = np.concatenate((X, np.floor(wide / BASE)), axis=1)
        coded[:, self.wide] = wide % BASE
        return coded
