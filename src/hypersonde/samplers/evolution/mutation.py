"""Mutation: encoded rows, changed a little.

All functions take rows ``X`` (n, D) without NaN (see `complete`) and give new rows; positions are on each
parameter's own scale, so that a step on a log scale is a factor. What comes out may lie between the grid points
of an integer and does not know of conditions: `settle` makes legal rows of it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array, Columns, Mask
from hypersonde.problem import Encoding

__all__ = ["complete", "point", "polynomial", "reflect", "settle", "some_columns", "step"]


def complete(X: Array, encoding: Encoding, rng: np.random.Generator) -> Array:
    """Rows ``X`` (n, D) with uniform draws where a parameter is inactive (NaN): ready to be switched on."""
    columns = encoding.columns
    drawn = _uniform(len(X), columns, rng)
    return np.where(np.isnan(X), encoding.snap(drawn), X)


def settle(X: Array, encoding: Encoding) -> Array:
    """Rows ``X`` (n, D) moved to legal positions, with inactive parameters NaN; may hold forbidden rows."""
    return encoding.activate(encoding.snap(X))


def some_columns(X: Array, counts: npt.NDArray[np.int64], columns: Columns, rng: np.random.Generator) -> Mask:
    """(n, D) mask of ``counts`` (n,) columns drawn in each row: first active ones, never a constant.

    >>> some_columns(np.zeros((2, 3)), np.array([1, 3]), Columns.continuous(3), np.random.default_rng(0)).sum(axis=1)
    array([1, 3])
    """
    turn = rng.random(X.shape)
    turn[np.isnan(X)] += 1.0
    turn[:, columns.levels == 1] = np.inf
    rank = np.argsort(np.argsort(turn, axis=1), axis=1)
    return (rank < counts[:, None]) & np.isfinite(turn)


def point(X: Array, which: Mask, columns: Columns, rng: np.random.Generator) -> Array:
    """Point mutation: the columns in ``which`` (n, D) drawn anew, uniformly; a category becomes another one."""
    drawn = _uniform(len(X), columns, rng)
    if columns.mixed:
        drawn[:, columns.categorical] = _other_category(X, columns, rng)
    return np.where(which, drawn, X)


def step(X: Array, which: Mask, sigma: Array | float, columns: Columns, rng: np.random.Generator) -> Array:
    """Interval mutation: a normal step of deviation ``sigma``, scalar or (n, 1), in the columns in ``which`` (n, D).

    Numbers are reflected at the ends of their range and move by one grid point at least; a category becomes
    another one, since it has no neighbours.
    """
    return _moved(X, rng.standard_normal(X.shape) * sigma, which, columns, rng)


def polynomial(X: Array, which: Mask, columns: Columns, rng: np.random.Generator, eta: float = 20.0) -> Array:
    """Polynomial mutation of the columns in ``which`` (n, D): the larger ``eta``, the shorter the steps.

    Steps never lead out of the range (Deb and Goyal 1996, in the form that NSGA-II uses), and by one grid point at
    least; a category becomes another one.
    """
    x, power = (np.where(columns.categorical, 0.5, X) if columns.mixed else X)[which], eta + 1.0
    u = rng.random(len(x))
    down = (2.0 * u + (1.0 - 2.0 * u) * (1.0 - x) ** power) ** (1.0 / power) - 1.0
    up = 1.0 - (2.0 * (1.0 - u) + (2.0 * u - 1.0) * x**power) ** (1.0 / power)
    move = np.zeros(X.shape)
    move[which] = np.where(u < 0.5, down, up)
    return _moved(X, move, which, columns, rng)


def _moved(X: Array, move: Array, which: Mask, columns: Columns, rng: np.random.Generator) -> Array:
    """Rows whose columns in ``which`` (n, D) made a ``move`` (n, D); numbers reflected, categories other ones."""
    moved = columns.apart(X, reflect(X + move))
    if columns.mixed:
        moved[:, columns.categorical] = _other_category(X, columns, rng)
    return np.where(which, moved, X)


def reflect(x: Array) -> Array:
    """Positions folded back into [0, 1] at the ends, as often as it takes."""
    y = np.mod(x, 2.0)
    return np.where(y > 1.0, 2.0 - y, y)


def _uniform(n: int, columns: Columns, rng: np.random.Generator) -> Array:
    u = rng.random((n, len(columns)))
    if not columns.mixed:
        return u
    return np.where(columns.categorical, np.floor(u * np.maximum(columns.levels, 1)), u)


def _other_category(X: Array, columns: Columns, rng: np.random.Generator) -> Array:
    """(n, C) indices of categories that differ from those in the C categorical columns of ``X``."""
    levels = columns.levels[columns.categorical]
    shift = 1.0 + np.floor(rng.random((len(X), len(levels))) * np.maximum(levels - 1, 0))
    return np.asarray(np.mod(X[:, columns.categorical] + shift, levels), dtype=np.float64)
