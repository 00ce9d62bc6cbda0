"""Which parameters a function depends on: total effects by redrawing one parameter at a time."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array

__all__ = ["total_effects"]


def total_effects(f: Array, redrawn: Array) -> Array:
    """(D,) total Sobol indices, E[(f(x) - f(x'))^2] / (2 Var f), where x' is x with one parameter drawn anew.

    Jansen (1999), "Analysis of variance designs for model output", Computer Physics Communications 117. 0 is a
    parameter without effect. They add up to more than 1 as far as parameters act together. All 0 where f does not
    vary.

    Parameters
    ----------
    f : (n,) values at random rows.
    redrawn : (D, n) values at the same rows with the d-th parameter drawn anew.

    >>> total_effects(np.array([0.0, 1.0]), np.array([[1.0, 0.0], [0.0, 1.0]])).tolist()
    [2.0, 0.0]
    """
    variance = float(f.var())
    if not variance > 0.0:
        return np.zeros(len(redrawn))
    return np.asarray(np.mean((redrawn - f) ** 2, axis=1) / (2.0 * variance))
