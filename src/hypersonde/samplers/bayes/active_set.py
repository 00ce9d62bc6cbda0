"""Which rows a model keeps when there are more than it can afford."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array
from hypersonde.models.gp import Embedding

__all__ = ["active_set"]


def active_set(
    embedding: Embedding, X: Array, y: Array, most: int, weights: Array | None = None
) -> npt.NDArray[np.int64]:
    """Indices of ``most`` rows of ``X`` (n, D) with losses ``y`` (n,), ascending; all of them when they are few.

    Half are the best, a quarter the nearest to the very best (by features divided by length scales, when
    ``weights`` (D,) = 1 / length are given), the rest an even spread over the others by loss.
    """
    n = len(y)
    if n <= most:
        return np.arange(n)
    chosen = np.zeros(n, dtype=np.bool_)
    best = np.argpartition(y, most // 2)[: most // 2]
    chosen[best] = True
    scale = np.ones(len(embedding.columns)) if weights is None else weights
    chosen[_nearest(embedding, X, int(best[np.argmin(y[best])]), chosen, most // 4, scale)] = True
    others = np.flatnonzero(~chosen)
    by_loss = others[np.argsort(y[others], kind="stable")]
    spread = np.linspace(0, len(others) - 1, most - int(chosen.sum())).astype(np.int64)
    chosen[by_loss[spread]] = True
    return np.flatnonzero(chosen)


def _nearest(
    embedding: Embedding, X: Array, centre: int, taken: npt.NDArray[np.bool_], count: int, scale: Array
) -> npt.NDArray[np.int64]:
    """``count`` indices of rows not ``taken``, nearest to row ``centre``."""
    others = np.flatnonzero(~taken)
    features = scale[embedding.owner]
    difference = (embedding.embed(X[others]) - embedding.embed(X[[centre]])) * features
    distance = np.einsum("ij,ij->i", difference, difference)
    return others[np.argsort(distance, kind="stable")[:count]]
