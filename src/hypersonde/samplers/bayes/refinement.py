"""From a good candidate to the nearest peak of an acquisition function on mixed columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from scipy.optimize import minimize

from hypersonde.columns import Array, Columns
from hypersonde.models.gp import Posterior
from hypersonde.problem.encoding import Encoding

__all__ = ["Climbable", "refine"]

_FINE = 20
"""A grid with more points than this is climbed like a continuum first."""
_WIDE = 32
"""Where there are more categories than this, only those are tried that some trial has had."""
_ROUNDS = 4
_HOPS = 8
_ENOUGH = 1e-6
_STEPS = np.array([-8.0, -4.0, -2.0, -1.0, 1.0, 2.0, 4.0, 8.0])
"""Grid points between a row and its neighbours."""


class Climbable(Protocol):
    """Something of rows that is to be high, with gradients in the scale of a posterior."""

    @property
    def posterior(self) -> Posterior:
        """In whose scale points are handed to `with_gradient`."""
        ...

    def __call__(self, X: Array) -> Array:
        """Values (n,) at rows ``X`` (n, D)."""
        ...

    def with_gradient(self, s: Array) -> tuple[float, Array]:
        """Value and gradient (E,) at one scaled point ``s`` (E,)."""
        ...


def refine(encoding: Encoding, criterion: Climbable, x: Array, value: float) -> tuple[Array, float]:
    """A row at least as good as ``x`` (D,) with its value: gradient steps and neighbours, in turns."""
    wide = np.flatnonzero(encoding.columns.categorical & (encoding.columns.levels > _WIDE))
    seen = {d: criterion.posterior.categories(d) for d in wide.tolist()}
    for _ in range(_ROUNDS):
        before = value
        x, value = _climb(encoding, criterion, x, value)
        x, hopped = _hop(encoding, criterion, x, value, seen)
        done = hopped <= value + _ENOUGH
        value = hopped
        if done or value <= before + _ENOUGH:
            break
    return x, value


def _climb(encoding: Encoding, criterion: Climbable, x: Array, value: float) -> tuple[Array, float]:
    """L-BFGS over the active columns that are a continuum or nearly one, with exact gradients."""
    columns, posterior = encoding.columns, criterion.posterior
    smooth = np.flatnonzero(~columns.categorical & ((columns.levels == 0) | (columns.levels > _FINE)) & ~np.isnan(x))
    if not len(smooth):
        return x, value
    features = np.searchsorted(posterior.embedding.owner, smooth)
    inverse = np.exp(-posterior.hyperparameters.log_lengths)[smooth]
    s = posterior.scale(x[None])[0]

    def downhill(u: Array) -> tuple[float, Array]:
        s[features] = (u - 0.5) * inverse
        height, slope = criterion.with_gradient(s)
        return -height, -slope[features] * inverse

    result = minimize(
        downhill,
        x[smooth],
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * len(smooth),
        options={"maxiter": 30, "ftol": 1e-9},
    )
    top = x.copy()
    top[smooth] = result.x
    return _better(criterion, encoding.snap(top[None]), x, value)


def _hop(
    encoding: Encoding, criterion: Climbable, x: Array, value: float, seen: Mapping[int, Array]
) -> tuple[Array, float]:
    """The best neighbour on the columns with levels, again and again while that helps."""
    for _ in range(_HOPS):
        around = neighbours(encoding.columns, x, seen)
        if not len(around):
            break
        before = value
        x, value = _better(criterion, encoding.activate(encoding.snap(around)), x, value)
        if value <= before + _ENOUGH:
            break
    return x, value


def neighbours(columns: Columns, x: Array, seen: Mapping[int, Array] | None = None) -> Array:
    """(k, D) rows that differ from ``x`` (D,) in one active column with levels: any other category, those ``seen``
    alone where that is told of a column, or 1, 2, 4 and 8 grid points up and down."""
    seen = seen or {}
    changes: list[tuple[int, float]] = []
    on_grid = columns.shifted(np.repeat(x[None], len(_STEPS), axis=0), _STEPS[:, None])
    for d in np.flatnonzero((columns.levels > 1) & ~np.isnan(x)).tolist():
        categories = seen.get(d, np.arange(columns.levels[d], dtype=np.float64))
        at = categories if columns.categorical[d] else on_grid[:, d]
        changes += [(d, v) for v in at.tolist() if v != x[d] and (columns.categorical[d] or 0.0 < v < 1.0)]
    rows = np.repeat(x[None], len(changes), axis=0)
    for row, (d, v) in zip(rows, changes, strict=True):
        row[d] = v
    return rows


def _better(criterion: Climbable, X: Array, x: Array, value: float) -> tuple[Array, float]:
    """The best of rows ``X`` (k, D) and of ``x``, with its value."""
    values = criterion(X)
    i = int(np.argmax(values))
    return (X[i], float(values[i])) if values[i] > value else (x, value)
