"""Configurations worth asking the model about: some from everywhere, most near the best ones."""

from __future__ import annotations

from collections.abc import Set

import numpy as np

from hypersonde.columns import Array
from hypersonde.problem import Encoding
from hypersonde.samplers.distinct import fresh
from hypersonde.samplers.evolution import mutation
from hypersonde.trials import History

__all__ = ["near", "pool", "refined"]

_GLOBAL = 0.5
_FINEST = 6


def pool(history: History, elites: Array, count: int, taken: Set[bytes], rng: np.random.Generator) -> Array:
    """About ``count`` new legal rows: half drawn from the whole space, half near ``elites`` (e, D)."""
    encoding = history.problem.encoding
    anywhere = round(count * _GLOBAL) if len(elites) else count
    rows = [encoding.sample(anywhere, rng)]
    if len(elites):
        rows.append(near(elites, count - anywhere, encoding, rng))
    return _new(history, np.concatenate(rows), taken)


def refined(history: History, promising: Array, count: int, taken: Set[bytes], rng: np.random.Generator) -> Array:
    """At most ``count`` new legal rows near those that look most ``promising`` (p, D)."""
    return _new(history, near(promising, count, history.problem.encoding, rng), taken)


def near(elites: Array, count: int, encoding: Encoding, rng: np.random.Generator) -> Array:
    """``count`` settled rows around ``elites`` (e, D): 1, 2, half or all parameters moved by 2^-1 to 2^-6."""
    parents = elites[rng.integers(len(elites), size=count)]
    width = parents.shape[1]
    counts = np.array([1, 2, -(-width // 2), width])[rng.integers(4, size=count)]
    which = mutation.some_columns(parents, counts, encoding.columns, rng)
    sigma = 2.0 ** -rng.integers(1, _FINEST + 1, size=(count, 1)).astype(np.float64)
    whole = mutation.complete(parents, encoding, rng)
    return mutation.settle(mutation.step(whole, which, sigma, encoding.columns, rng), encoding)


def _new(history: History, X: Array, taken: Set[bytes]) -> Array:
    X = X[fresh(history, X, taken)]
    return X[history.problem.encoding.allowed(X)]
