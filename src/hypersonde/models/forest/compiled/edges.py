"""The box of a cell along the column it tests."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.forest.compiled.jit import jit

__all__ = ["stretch"]


@jit
def stretch(edges: Array, at: int, value: float, left: bool) -> None:
    """Move the edges (lowest, highest on the left, lowest on the right, highest) of a cell to hold `value`.

    NaN edges are open; a value of NaN moves none.
    """
    if np.isnan(value):
        return
    if not value >= edges[at, 0]:
        edges[at, 0] = value
    if not value <= edges[at, 3]:
        edges[at, 3] = value
    if left and not value <= edges[at, 1]:
        edges[at, 1] = value
    if not left and not value >= edges[at, 2]:
        edges[at, 2] = value
