"""The simplex of Nelder and Mead as a state: what it is after some results, and which vertex moves next.

Many vertices on the move at once flatten a simplex: it is then begun anew about its best vertex (C. T. Kelley,
Detection and remediation of stagnation in the Nelder-Mead algorithm, SIAM Journal on Optimization 10, 1999).
"""

from __future__ import annotations

from collections.abc import Set
from math import inf, isfinite

import numpy as np

from hypersonde.columns import Array, Mask

__all__ = ["Simplex"]

_COLLAPSED = 1e-5
"""Extent of a simplex, as a share of the box, below which a new one is begun."""


_FLAT = 1e-2
"""The least extent of a simplex as a share of the largest, below which it is begun anew about its best vertex."""
_LOOKS = 2
"""How often its extents are measured while as many vertices as it has have moved."""


class Simplex:
    """D + 1 vertices, each with the move that it makes next.

    Attributes
    ----------
    number : how many simplices there were before this one.
    edge : how far its vertices are to begin from its best one; None for a simplex at a new place.
    x : (D + 1, D) the vertices, NaN where nothing is known.
    f : D + 1 losses, inf where nothing is known, LOWER IS BETTER.
    move : what each vertex does next: ``reflect``, ``expand``, ``contract`` or ``shrink``.
    origin : (D + 1, D) where a vertex was that is to expand.
    """

    def __init__(self, numeric: Mask) -> None:
        self._numeric = numeric
        self.number = -1
        self._begin()

    def _begin(self, edge: float | None = None) -> None:
        D = len(self._numeric)
        self.number += 1
        self.edge = edge
        self.x, self.origin = np.full((D + 1, D), np.nan), np.full((D + 1, D), np.nan)
        self.f = [inf] * (D + 1)
        self.move = ["reflect"] * (D + 1)
        self._moves = 0

    @property
    def known(self) -> list[int]:
        """The vertices that have a loss."""
        return [s for s, f in enumerate(self.f) if f < inf]

    @property
    def best(self) -> int:
        """The vertex with the lowest loss."""
        return self.f.index(min(self.f))

    def next_vertex(self, moving: Set[int | None]) -> int | None:
        """Who moves next: one without a loss, one in the middle of its moves, the worst; None when there is none."""
        f, best = self.f, self.best
        free = [s for s in range(len(f)) if s not in moving and (s != best or f[s] == inf)]
        return min(free, key=lambda s: (f[s] < inf, self.move[s] == "reflect", -f[s]), default=None)

    def join(self, row: Array, loss: float) -> None:
        """A row (D,) takes an empty place, or that of the worst if it is better."""
        s = self.f.index(max(self.f))
        if loss < self.f[s]:
            self._accept(s, row, loss, "reflect")
        self._renew()

    def follow(self, s: int, move: str, row: Array, loss: float) -> None:
        """Take in what came of a move of vertex s; a loss of inf: nothing."""
        x = np.where(np.isnan(row), self.x[s], row)
        if move == "reflect":
            self._reflected(s, x, loss)
        elif (move == "shrink" and isfinite(loss)) or loss < self.f[s]:
            self._accept(s, x, loss, "reflect")
        elif move == "contract":
            self.move = ["reflect" if i == self.best else "shrink" for i in range(len(self.f))]
        else:
            self.move[s] = "reflect"
        self._renew()

    def _reflected(self, s: int, x: Array, loss: float) -> None:
        others, better = self.f[:s] + self.f[s + 1 :], [f for f in self.f if f < self.f[s]]
        if loss < min(others, default=inf):
            before = self.x[s].copy()
            self._accept(s, x, loss, "expand")
            self.origin[s] = before
        elif loss < max(better, default=-inf):
            self._accept(s, x, loss, "reflect")
        elif loss < self.f[s]:
            self._accept(s, x, loss, "contract")  # outside: from the reflected point
        else:
            self.move[s] = "contract"  # inside: from the vertex

    def _accept(self, s: int, x: Array, f: float, then: str) -> None:
        self.x[s], self.f[s], self.move[s] = x, f, then
        self._moves += 1

    def _renew(self) -> None:
        """A collapsed simplex gives way to one elsewhere; a flat one to one about its best vertex."""
        if _LOOKS * self._moves < len(self.f) or max(self.f) == inf or not self._numeric.any():
            return
        self._moves = 0
        x = self.x[:, self._numeric]
        x = np.where(np.isnan(x), 0.0, x)
        extent = float(np.max(x.max(axis=0) - x.min(axis=0)))
        if extent < _COLLAPSED:
            self._begin()
            return
        spread = np.linalg.svd(x - x.sum(axis=0) / len(x), compute_uv=False)
        if spread[-1] < _FLAT * spread[0]:
            best, f = self.x[self.best].copy(), self.f[self.best]
            self._begin(extent / 2.0)
            self._accept(0, best, f, "reflect")
