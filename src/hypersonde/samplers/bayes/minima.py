"""A batch by Thompson sampling: for every row a function is drawn from the process, and its minimum looked for.

What one row is hoped to be good for differs from what the next one is, so a thousand asked at once spread over all
the places where the best may plausibly be, in the shares in which it may (Thompson 1933; Hernandez-Lobato et al. 2017,
arXiv 1706.01825).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array
from hypersonde.models.gp import Functions
from hypersonde.problem.encoding import Encoding
from hypersonde.samplers.bayes.candidates import changed
from hypersonde.samplers.bayes.feasibility import Success

__all__ = ["lowest"]


def lowest(
    encoding: Encoding,
    functions: Functions,
    X: Array,
    steps: int,
    free: Callable[[Array], npt.NDArray[np.bool_]],
    success: Success,
    rng: np.random.Generator,
) -> Array:
    """(j, D) different rows, one for each of k functions where it is low; j < k when ``X`` runs out.

    Every function starts at the best of the candidates ``X`` (m, D), and mutations that are lower replace its row.
    A row that another function has found already gives way to the best candidate left.

    Parameters
    ----------
    X : different rows, all of them `free`.
    steps : mutations of each row.
    free : which rows (n, D) may still be tried.
    success : where trials end with a value: a function is higher where they are unlikely to.
    """
    scale = functions.posterior.scale
    start = functions.everywhere(scale(X)) - success(X)[:, None]
    first = np.argmin(start, axis=0)
    rows, values = X[first], start[first, np.arange(start.shape[1])]
    for _ in range(steps):
        moved = changed(encoding, rows, rng)
        heights = functions.each(scale(moved)) - success(moved)
        lower = heights < values
        lower[lower] = free(moved[lower])
        rows, values = np.where(lower[:, None], moved, rows), np.where(lower, heights, values)
    return _different(encoding, rows, X, start)


def _different(encoding: Encoding, rows: Array, X: Array, start: Array) -> Array:
    """Rows (k, D) where they are new among themselves, else the best left of ``X`` (m, D).

    ``start`` (m, k) says how low each function is there.
    """
    place = {key: i for i, key in enumerate(encoding.keys(X))}
    chosen: dict[bytes, Array] = {}
    for row, key, heights in zip(rows, encoding.keys(rows), start.T, strict=True):
        if key in chosen:
            i = int(np.argmin(heights))
            if not np.isfinite(heights[i]):
                break
            row, key = X[i], encoding.keys(X[i : i + 1])[0]
        if key in place:
            start[place[key]] = np.inf
        chosen[key] = row
    return np.array(list(chosen.values())).reshape(len(chosen), rows.shape[1])
