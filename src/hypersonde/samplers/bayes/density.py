"""Suggestions of another mind: where good trials are dense and bad ones are not, whatever the process believes."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.density import Tpe
from hypersonde.problem.encoding import Encoding
from hypersonde.samplers.bayes.feasibility import Success
from hypersonde.samplers.bayes.novelty import Novelty

__all__ = ["dense"]

_DRAWS = 128
"""Of which one row is the best, when it is asked for alone; shared among the rows that are asked for at once."""
_FEWEST = 4


def dense(
    encoding: Encoding,
    novelty: Novelty,
    known: tuple[Array, Array],
    pending: Array,
    count: int,
    success: Success,
    rng: np.random.Generator,
) -> Array:
    """Up to ``count`` >= 1 new rows (k, D), each the best of some draws by the ratio of the densities of good and bad.

    Parameters
    ----------
    known : rows (n, D) and their losses (n,).
    pending : (p, D) rows that run: they count as bad, which keeps workers apart.
    success : where trials end with a value.
    """
    ratio = Tpe().fit(*known, encoding.columns, pending)
    each = max(_FEWEST, _DRAWS // count)
    X = encoding.activate(encoding.snap(ratio.good.sample(each * count, rng)))
    order = np.argsort(-(ratio.log(X) + success(X)).reshape(count, each), axis=1, kind="stable")
    found = [novelty.first(X, i * each + order[i]) for i in range(count)]
    return X[[i for i in found if i is not None]]
