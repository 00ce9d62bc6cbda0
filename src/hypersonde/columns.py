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
    mixed, gridded, rigid : whether some column is categorical, some on a grid or categorical, some a constant.
    """

    names: tuple[str, ...]
    categorical: Mask
    levels: npt.NDArray[np.int64]

    mixed: bool = field(init=False)
    gridded: bool = field(init=False)
    rigid: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mixed", bool(self.categorical.any()))
        object.__setattr__(self, "gridded", bool((self.levels > 0).any()))
        object.__setattr__(self, "rigid", bool((self.levels == 1).any()))

    def __len__(self) -> int:
        return len(self.names)

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
