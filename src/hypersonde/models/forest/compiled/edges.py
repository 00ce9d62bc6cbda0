"""The box of a cell along the column it tests."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.forest.compiled.jit import jit

__all__ = ["stretch"]


@jit
def stretch(edge: Array, value: float, left: bool) -> None:
    """Move the edges (lowest, highest on the left, lowest on the right, highest) to hold `value`; NaN are open."""
    if np.isnan(value):
        return
    if not value >= edge[0]:
        edge[0] = value
    if not value <= edge[3]:
        edge[3] = value
    if left and not value <= edge[1]:
        edge[1] = value
    if not left and not value >= edge[2]:
        edge[2] = value
