"""Machine code written ahead of need: ``python -m hypersonde.models.warm`` once after installation.

Where numba is installed, the forest's kernels compile at their first use, which takes some seconds, and are kept on
disk. This makes the first use happen now. Without numba there is nothing to do.
"""

from __future__ import annotations

import time

import numpy as np

from hypersonde.columns import Columns
from hypersonde.models.forest import extra_trees, random_forest

__all__ = ["warm"]


def warm() -> float:
    """Use every kernel once; returns how many seconds that took."""
    began = time.perf_counter()
    X = np.array([[0.1, 0.0], [0.4, 1.0], [0.6, 0.0], [0.9, 1.0], [np.nan, 1.0]])
    y = X[:, 1] + np.nan_to_num(X[:, 0])
    columns = Columns(("number", "word"), np.array([False, True]), np.array([0, 2]))
    for forest in (extra_trees(2), random_forest(2)):
        forest.fit(X, y, columns, np.random.default_rng(0)).add(X, y).predict(X)
    return time.perf_counter() - began


if __name__ == "__main__":
    warm()
