"""The cells of gridded parameters: which stretch of positions belongs to the same value."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array
from hypersonde.problem import Encoding

__all__ = ["Cells"]

_HALVINGS = 40


class Cells:
    """Looks up the borders of cells by trying where positions snap to; remembers those it has looked up."""

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        columns = encoding.columns
        self._gridded: list[int] = np.flatnonzero((columns.levels > 0) & ~columns.categorical).tolist()
        self._known: dict[tuple[int, float], tuple[float, float]] = {}

    def around(self, x: Array) -> tuple[Array, Array]:
        """Borders (D,) and (D,) of the cells that hold ``x`` (D,), within [0, 1]; NaN in columns without a grid."""
        low, high = np.full(len(x), np.nan), np.full(len(x), np.nan)
        gridded = [j for j in self._gridded if not np.isnan(x[j])]
        if not all((j, float(x[j])) in self._known for j in gridded):  # true of the rows of trials, mostly
            x = self._encoding.snap(x[None])[0]
            self._look_up(x, [j for j in gridded if (j, float(x[j])) not in self._known])
        for j in gridded:
            low[j], high[j] = self._known[j, float(x[j])]
        return low, high

    def _look_up(self, centre: Array, new: list[int]) -> None:
        """Bisect for the borders of the cells with `centre` (D,) in the columns `new`, all at once."""
        if not new:
            return
        inside, outside = np.stack((centre, centre)), np.stack((np.zeros_like(centre), np.ones_like(centre)))
        at_end = self._encoding.snap(outside) == centre
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            same = self._encoding.snap(middle) == centre
            inside, outside = np.where(same, middle, inside), np.where(same, outside, middle)
        border = np.where(at_end, np.stack((np.zeros_like(centre), np.ones_like(centre))), outside)
        for j in new:
            self._known[j, float(centre[j])] = float(border[0, j]), float(border[1, j])
