"""Who grows and walks the trees: machine code where numba is installed, numpy elsewhere. The answers are the same."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Protocol

import numpy as np

from hypersonde.columns import Array, Mask
from hypersonde.models.forest import grow, walk
from hypersonde.models.forest.draws import UInts
from hypersonde.models.forest.level import Table
from hypersonde.models.forest.trees import NODE, Growth, Ints, Trees, join

__all__ = ["Backend", "Compiled", "Numpy", "backend"]

ROWS_AT_ONCE = 1 << 18


class Backend(Protocol):
    """The three things done to trees."""

    def grow(self, table: Table, bags: Ints, keys: UInts, recipe: grow.Recipe) -> Growth:
        """One tree for each bag (T, m) of rows and key (T,)."""
        ...

    def answers(self, trees: Trees, X: Array, categorical: Mask) -> tuple[Array, Array]:
        """Mean and variance (T, n) that each tree gives at the rows of ``X`` (n, D)."""
        ...

    def absorb(self, trees: Trees, X: Array, Y: Array, categorical: Mask) -> None:
        """Let the rows ``X`` (m, D) walk to their leaves with outputs ``Y`` (T, m); changes edges and beliefs."""
        ...


class Numpy:
    """All trees level by level; blocks keep the memory bounded."""

    def grow(self, table: Table, bags: Ints, keys: UInts, recipe: grow.Recipe) -> Growth:
        """See `Backend.grow`."""
        trees = max(1, ROWS_AT_ONCE // bags.shape[1])
        parts = [grow.grow(table, bags[i : i + trees], keys[i : i + trees], recipe) for i in range(0, len(bags), trees)]
        return join(parts)

    def answers(self, trees: Trees, X: Array, categorical: Mask) -> tuple[Array, Array]:
        """See `Backend.answers`."""
        rows = max(1, ROWS_AT_ONCE // len(trees.roots))
        parts = [walk.answers(trees, X[i : i + rows], categorical) for i in range(0, max(len(X), 1), rows)]
        mean, variance = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
        return mean, variance

    def absorb(self, trees: Trees, X: Array, Y: Array, categorical: Mask) -> None:
        """See `Backend.absorb`."""
        walk.absorb(trees, X, Y, categorical)


class Compiled:
    """Tree by tree in machine code, which numba writes at first use and keeps on disk."""

    def grow(self, table: Table, bags: Ints, keys: UInts, recipe: grow.Recipe) -> Growth:
        """See `Backend.grow`."""
        from hypersonde.models.forest.compiled import grow as compiled
        from hypersonde.models.forest.compiled.jit import telling

        most = bags.size * 2 - len(bags)
        nodes, depth, edges = np.empty(most, dtype=NODE), np.empty(most, dtype=np.int64), np.empty((most, 4))
        leaf, roots = np.empty(bags.shape, dtype=np.int64), np.empty(len(bags), dtype=np.int64)
        X = np.ascontiguousarray(table.values.T)
        how = recipe.random, recipe.columns, recipe.smallest, recipe.deepest
        room = nodes, depth, edges, leaf, roots
        with telling():
            known = compiled.grow(X, table.categorical, table.output, bags, keys, how, *room)
        return Growth(roots, nodes[:known].copy(), depth[:known], edges[:known].copy(), leaf)

    def answers(self, trees: Trees, X: Array, categorical: Mask) -> tuple[Array, Array]:
        """See `Backend.answers`."""
        from hypersonde.models.forest.compiled import walk as compiled
        from hypersonde.models.forest.compiled.jit import telling

        mean, variance = np.empty((len(trees.roots), len(X))), np.empty((len(trees.roots), len(X)))
        arrays = trees.roots, trees.nodes, trees.edges, trees.beliefs
        with telling():
            compiled.answers(*arrays, np.ascontiguousarray(X), categorical, mean, variance)
        return mean, variance

    def absorb(self, trees: Trees, X: Array, Y: Array, categorical: Mask) -> None:
        """See `Backend.absorb`."""
        from hypersonde.models.forest.compiled import walk as compiled
        from hypersonde.models.forest.compiled.jit import telling

        arrays = trees.roots, trees.nodes, trees.edges, trees.beliefs
        with telling():
            compiled.absorb(*arrays, np.ascontiguousarray(X), np.ascontiguousarray(Y), categorical)


@cache
def backend() -> Backend:
    """The fastest one that can run here."""
    return Compiled() if find_spec("numba") is not None else Numpy()
