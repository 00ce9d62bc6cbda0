"""When a model is fitted anew: at sizes of the data that grow geometrically, the same in every run."""

from __future__ import annotations

import math

__all__ = ["checkpoint"]


def checkpoint(n: int, growth: float, first: int = 3) -> int:
    """The largest of the sizes first, first * (1 + growth), ... (at least one apart) that is not above ``n``.

    A model fitted at a checkpoint, to what had finished by then, is a function of the history alone: a search
    that resumes fits the model that it would have had.

    >>> [checkpoint(n, 0.25) for n in (2, 3, 10, 11, 100)]
    [2, 3, 10, 10, 97]
    """
    size = first
    if n < first:
        return n
    while (following := max(size + 1, math.floor(size * (1.0 + growth)))) <= n:
        size = following
    return size
