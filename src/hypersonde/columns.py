"""What the columns of an encoded array mean: the words that problems and models share."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
"""A float64 array; its shape stands in the signature or docstring that uses it."""
Mask = npt.NDArray[np.bool_]
"""A boolean array."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The columns of an encoded array ``X`` of shape (n, D).

    A numeric column holds positions in [0, 1] on the parameter's own scale (linear or log); a parameter
    on a grid (integer, ordinal, stepped float) sits at the centre of its cell, never on the border.
    A categorical column holds the index of the category, 0 .. levels - 1. NaN means that the parameter is
    inactive in that row.

    Attributes
    ----------
    names : D parameter names, in the order of the columns.
    categorical : (D,) bool, True where the column holds indices without an order.
    levels : (D,) int, number of categories or grid points; 0 for a continuum.
    growth : (D,) logarithm of upper over lower end of the range of integers on a log scale, whose cells are narrower
        the higher they are; 0 where all cells of a column are alike. None: everywhere.
    mixed, gridded, rigid : whether some column is categorical, some on a grid or categorical, some a constant.
    """

    names: tuple[str, ...]
    categorical: Mask
    levels: npt.NDArray[np.int64]
    growth: Array | None = None

    mixed: bool = field(init=False)
    gridded: bool = field(init=False)
    rigid: bool = field(init=False)
    _cell: Array = field(init=False, repr=False)
    _bent: npt.NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mixed", bool(self.categorical.any()))
        object.__setattr__(self, "gridded", bool((self.levels > 0).any()))
        object.__setattr__(self, "rigid", bool((self.levels == 1).any()))
        grid = (self.levels > 0) & ~self.categorical
        object.__setattr__(self, "_cell", np.where(grid, 1.0 / np.maximum(self.levels, 1), 0.0))
        bent = np.empty(0, dtype=np.int64) if self.growth is None else np.flatnonzero(grid & (self.growth > 0.0))
        object.__setattr__(self, "_bent", bent)

    def __len__(self) -> int:
        return len(self.names)

    def shifted(self, X: Array, by: Array | float) -> Array:
        """Positions (n, D) that lie ``by`` grid points above those in ``X`` (n, D), which may be outside of [0, 1].

        Columns without a grid stay as they are; the lower end of a logarithmic one is not gone beyond.

        >>> columns = Columns(("n",), np.array([False]), np.array([7]), growth=np.log([7.5 / 0.5]))
        >>> one = np.log([[1 / 0.5]]) / columns.growth  # of the integers 1 to 7 on a log scale
        >>> (0.5 * np.exp(columns.shifted(one, 2.0) * columns.growth)).round(6).tolist()
        [[3.0]]
        """
        out = X + by * self._cell
        if len(self._bent) and self.growth is not None:
            j = self._bent
            growth, many = self.growth[j], np.broadcast_to(by, X.shape)[..., j]
            value = np.exp(growth * X[..., j])
            moved = value + many * np.expm1(growth) * self._cell[j]
            out[..., j] = np.log(np.maximum(moved, np.minimum(value, 1.0))) / growth
        return out

    def apart(self, X: Array, landing: Array) -> Array:
        """Where steps from ``X`` (n, D) to ``landing`` (n, D) lead: on a grid to another point, if there is one."""
        if not self.gridded:
            return landing
        up = self.shifted(X, 1.0)
        down = self.shifted(X, -1.0)
        nearest = np.where(((landing >= X) & (up < 1.0)) | (down <= 0.0), up, down)
        short = (self._cell > 0.0) & (np.abs(landing - X) < np.abs(nearest - X)) & (nearest > 0.0) & (nearest < 1.0)
        return np.where(short, nearest, landing)

    @classmethod
    def continuous(cls, count: int) -> Columns:
        """`count` continuous columns named x0, x1, ...

        >>> len(Columns.continuous(3))
        3
        """
        return cls(
            names=tuple(f"x{i}" for i in range(count)),
            categorical=np.zeros(count, dtype=np.bool_),
            levels=np.zeros(count, dtype=np.int64),
        )
