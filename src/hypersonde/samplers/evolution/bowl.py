"""The lowest point of a bowl fitted to the best results: a second-order step among children bred by differences.

Near a minimum a smooth loss is a quadratic, whose coefficients a few more good rows than it has tell (trust-region
methods without derivatives: Conn, Scheinberg and Vicente 2009, chapter 4). Where it is not one, the step is a child
like others: it has to be better to stay.
"""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array, Columns

__all__ = ["lowest", "rows_needed"]

_MOST = 12
"""Numbers up to which a bowl may lie askew: it has (D + 1)(D + 2) / 2 coefficients; with more numbers 2 D + 1."""
_TOO_MANY = 50
"""With more numbers than that there is no bowl: solving for it would cost more than all the rest."""
_ROWS = 1.5
"""Rows for every coefficient."""
_FLAT = 1e-9
"""Curvature below which nothing is known of a direction, as a part of the highest."""
_RIDGE = 1e-12


def rows_needed(columns: Columns) -> int:
    """How many of the best rows `lowest` makes use of; 1 where there are no numbers, or too many."""
    D = int(np.count_nonzero(~columns.categorical))
    return _enough(_askew(D) if D <= _MOST else _upright(D)) if 0 < D <= _TOO_MANY else 1


def lowest(X: Array, f: Array, columns: Columns, rng: np.random.Generator) -> Array | None:
    """Where a quadratic fitted to the losses ``f`` (k,) at rows ``X`` (k, D), best first, is lowest; None without one.

    A copy of the best row (D,), NaN = inactive, with its numbers moved, no further than the rows used reach: those
    with its categories and its active columns. Each of them weighs as much as an exponential draw says (the Bayesian
    bootstrap, Rubin 1981), so that steps made at the same time differ by what the rows leave open.
    """
    best = X[0]
    numbers = np.flatnonzero(~columns.categorical & ~np.isnan(best))
    kind = np.flatnonzero(columns.categorical & ~np.isnan(best))
    alike = (X[:, kind] == best[kind]).all(axis=1) & ~np.isnan(X[:, numbers]).any(axis=1)
    with np.errstate(over="ignore"):
        Z, y = X[alike][:, numbers] - best[numbers], f[alike] - f[0]
    D = len(numbers)
    askew = D <= _MOST and len(y) >= _enough(_askew(D))
    k = _enough(_askew(D) if askew else _upright(D))
    if not 0 < D <= _TOO_MANY or len(y) < k or not 0.0 < y[k - 1] < np.inf:
        return None
    Z, y = Z[:k], y[:k] / y[k - 1]
    reach = np.abs(Z).max(axis=0)
    moved = reach > 0.0
    if not moved.any():
        return None
    step = _step(Z[:, moved] / reach[moved], y, askew, np.sqrt(rng.exponential(1.0, k)))
    if step is None:
        return None
    x = best[numbers]
    to = x.copy()
    to[moved] += reach[moved] * step
    row = best.copy()
    row[numbers] = np.where(to < 0.0, x / 2.0, np.where(to > 1.0, (x + 1.0) / 2.0, to))
    return np.asarray(row)


def _step(Z: Array, y: Array, askew: bool, weights: Array) -> Array | None:
    """To the minimum (d,) of a quadratic through outputs ``y`` (k,) at ``Z`` (k, d), in [-1, 1]; None without one."""
    k, d = Z.shape
    i, j = np.triu_indices(d) if askew else (np.arange(d), np.arange(d))
    A = weights[:, None] * np.concatenate([np.ones((k, 1)), Z, Z[:, i] * Z[:, j]], axis=1)
    G = A.T @ A
    G.flat[:: len(G) + 1] += _RIDGE * np.trace(G)
    try:
        coefficients = np.linalg.solve(G, A.T @ (weights * y))
    except np.linalg.LinAlgError:
        return None
    H = np.zeros((d, d))
    H[i, j] = coefficients[1 + d :]
    curvatures, V = np.linalg.eigh(H + H.T)
    known = curvatures > _FLAT * curvatures[-1]
    if curvatures[-1] <= 0.0:
        return None
    downhill = V.T @ -coefficients[1 : 1 + d]
    step = V @ np.where(known, downhill / np.where(known, curvatures, 1.0), 0.0)
    return np.asarray(np.clip(step, -1.0, 1.0))


def _askew(D: int) -> int:
    return (D + 1) * (D + 2) // 2


def _upright(D: int) -> int:
    return 2 * D + 1


def _enough(coefficients: int) -> int:
    return int(np.ceil(_ROWS * coefficients))
