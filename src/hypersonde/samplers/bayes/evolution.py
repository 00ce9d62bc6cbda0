"""Children of good trials by differential evolution: what is cheap when there are very many of them."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array
from hypersonde.problem.encoding import Encoding
from hypersonde.samplers.bayes.candidates import filled

__all__ = ["children"]

_LEADERS = 0.1
_STRAY = 0.02
"""Probability that a category is drawn at random, so that none dies out."""


def children(encoding: Encoding, parents: Array, count: int, rng: np.random.Generator) -> Array:
    """(count, D) rows bred from ``parents`` (k, D), best first, k >= 4.

    current-to-pbest/1/bin of JADE (Zhang and Sanderson 2009, eq. 10): v = x + F (x_p - x) + F (x_1 - x_2), where x_p
    is one of the best tenth, F is Cauchy around 0.5 and the crossover rate normal around 0.5, for every child
    anew. A category comes from x_p or x_1 with probability F.
    """
    columns = encoding.columns
    k, width = parents.shape
    pick = rng.integers(k, size=(3, count))
    leader = rng.integers(max(2, int(_LEADERS * k)), size=count)
    x, x1, x2, xp = (filled(encoding, parents[i], rng) for i in (*pick, leader))
    F = np.clip(0.5 + 0.1 * rng.standard_cauchy((count, 1)), 0.1, 1.0)
    v = x + F * (xp - x) + F * (x1 - x2)
    numbers = np.where(v < 0.0, 0.5 * x, np.where(v > 1.0, 0.5 * (1.0 + x), v))
    given = np.where(rng.random((count, width)) < 0.5, xp, x1)
    categories = np.where(rng.random((count, width)) < F, given, x)
    stray = np.floor(rng.random((count, width)) * np.maximum(columns.levels, 1))
    categories = np.where(rng.random((count, width)) < _STRAY, stray, categories)
    rate = np.clip(0.5 + 0.2 * rng.standard_normal((count, 1)), 0.1, 1.0)
    crossed = rng.random((count, width)) < rate
    crossed[np.arange(count), rng.integers(width, size=count)] = True
    child = np.where(crossed, np.where(columns.categorical, categories, numbers), x)
    return encoding.activate(encoding.snap(child))
