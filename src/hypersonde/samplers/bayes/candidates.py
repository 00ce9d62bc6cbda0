"""Candidate rows: some from all over the space, most of them changed copies of good ones."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array, Columns
from hypersonde.problem.encoding import Encoding

__all__ = ["candidates", "changed", "filled", "mutations"]

_PARENT_DECAY = 0.4
"""Probability of the best elite as a parent; each further one has 0.6 of the probability of the one before."""


def candidates(encoding: Encoding, elites: Array, count: int, rng: np.random.Generator) -> Array:
    """(count, D) rows: a quarter drawn from the priors, the rest mutations of ``elites`` (k, D), best first."""
    everywhere = encoding.from_unit(rng.random((count // 4, len(encoding.columns))))
    return np.concatenate([everywhere, mutations(encoding, elites, count - len(everywhere), rng)])


def filled(encoding: Encoding, X: Array, rng: np.random.Generator) -> Array:
    """Rows ``X`` (n, D) with a random position in every inactive column."""
    columns = encoding.columns
    u = rng.random(X.shape)
    return np.where(np.isnan(X), np.where(columns.categorical, np.floor(u * columns.levels), u), X)


def mutations(encoding: Encoding, elites: Array, count: int, rng: np.random.Generator) -> Array:
    """(count, D) rows: copies of ``elites`` (k, D) with 1, 2, half or all of the columns changed.

    Numbers move by a normal step of 2^-1 to 2^-8 of the range, reflected at its ends, and on a grid by one
    point at least; categories are drawn from the others. May hold forbidden rows.
    """
    order = rng.geometric(_PARENT_DECAY, count) - 1
    return changed(encoding, elites[order % len(elites)], rng)


def changed(encoding: Encoding, X: Array, rng: np.random.Generator) -> Array:
    """(n, D) such a mutation of every row of ``X`` (n, D)."""
    columns = encoding.columns
    count, width = X.shape
    parents = filled(encoding, X, rng)
    how_many = np.minimum(np.array([1, 2, max(1, width // 2), width])[rng.integers(4, size=count)], width)
    ranks = np.argsort(np.argsort(rng.random((count, width)), axis=1), axis=1)
    sigma = 2.0 ** -rng.uniform(1.0, 8.0, (count, 1))
    moved = _moved(columns, parents, sigma * rng.standard_normal((count, width)), rng)
    return encoding.activate(encoding.snap(np.where(ranks < how_many[:, None], moved, parents)))


def _moved(columns: Columns, X: Array, step: Array, rng: np.random.Generator) -> Array:
    """Every column of ``X`` (n, D) changed: numbers by ``step`` (n, D), categories to another one."""
    numbers = columns.apart(X, 1.0 - np.abs(1.0 - np.abs(X + step) % 2.0))
    if not columns.categorical.any():
        return numbers
    levels = np.maximum(columns.levels, 1)
    jump = 1.0 + np.floor(rng.random(X.shape) * np.maximum(levels - 1, 1))
    return np.where(columns.categorical, (X + jump) % levels, numbers)
