"""Nelder-Mead in a box, many vertices at a time, without waiting for any of them.

J. A. Nelder and R. Mead, A simplex method for function minimization, Computer Journal 7, 1965; D. Lee and M. Wiswall,
A parallel implementation of the simplex function minimization routine, Computational Economics 30, 2007. Letters:
reflection ``alpha``, expansion ``gamma``, contraction ``rho``, shrinkage ``sigma``; vertices ``x`` with losses ``f``,
centroid ``c``.

One worker makes the moves of 1965. A further one takes the next worst vertex and moves it through the centroid of
those that are better (after Lee and Wiswall); when all vertices but the best are on the move, it probes a random place
on the line through a vertex and the centroid.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, isfinite
from typing import Any, ClassVar

import numpy as np

from hypersonde.columns import Array, Columns
from hypersonde.errors import InvalidInput
from hypersonde.problem import Encoding
from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.evolution.breeding import offspring
from hypersonde.samplers.evolution.mutation import point, reflect
from hypersonde.samplers.evolution.replay import Replay
from hypersonde.samplers.evolution.simplex import Simplex
from hypersonde.trials import History

__all__ = ["NelderMead"]


class NelderMead(Sampler):
    """A simplex of one vertex more than there are parameters; begun anew elsewhere when it has collapsed.

    Moves are reflected at the bounds. A category is taken from one of the vertices. Results of others take the place of
    the worst vertex when they are better. Made for a handful of numbers.

    Parameters
    ----------
    alpha, gamma, rho, sigma : reflection, expansion, contraction, shrinkage.
    scale : edge of a new simplex, as a share of each range.

    Raises
    ------
    InvalidInput : a coefficient outside its range.
    """

    name: ClassVar[str] = "nelder-mead"
    order_matters: ClassVar[str] = "each move of the simplex follows from the result of the one before"

    def __init__(
        self, alpha: float = 1.0, gamma: float = 2.0, rho: float = 0.5, sigma: float = 0.5, scale: float = 0.25
    ) -> None:
        if not (alpha > 0.0 and gamma > 1.0 and 0.0 < rho < 1.0 and 0.0 < sigma < 1.0 and 0.0 < scale <= 0.5):
            raise InvalidInput(
                f"expected alpha > 0, gamma > 1, rho and sigma between 0 and 1 and scale in (0, 0.5], got "
                f"alpha={alpha}, gamma={gamma}, rho={rho}, sigma={sigma}, scale={scale}."
            )
        self.alpha, self.gamma, self.rho, self.sigma, self.scale = alpha, gamma, rho, sigma, scale
        self._replay = Replay(_start, _fold)

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        simplex, encoding = self._replay(history), history.problem.encoding
        moving = {_vertex(history[i].why, simplex.number) for i in (*history.running, *history.waiting)}

        def breed() -> tuple[Array, Mapping[str, Any]]:
            s = simplex.next_vertex(moving)
            moving.add(s)
            row, move = self._move(simplex, s, encoding, rng)
            return row, {} if s is None else {"simplex": simplex.number, "vertex": s, "move": move}

        return offspring(history, count, rng, breed)

    def _move(self, simplex: Simplex, s: int | None, encoding: Encoding, rng: np.random.Generator) -> tuple[Array, str]:
        """The row (D,) that vertex s moves to next, and the name of the move; s is None for a probe."""
        known, columns = simplex.known, encoding.columns
        if not known:
            return encoding.sample(1, rng)[0], "begin"
        gaps = np.isnan(simplex.x)
        x = np.where(gaps, encoding.sample(1, rng)[0], simplex.x) if gaps.any() else simplex.x
        if s is not None and s not in known:
            return _beside(x[simplex.best], s, simplex.edge or self.scale, columns, rng), "begin"
        row, move = self._probe(simplex, x, rng) if s is None else self._step(simplex, x, s)
        if not columns.mixed:
            return reflect(row), move
        donors = rng.choice(known, size=len(columns))
        return np.where(columns.categorical, x[donors, np.arange(len(columns))], reflect(row)), move

    def _step(self, simplex: Simplex, x: Array, s: int) -> tuple[Array, str]:
        move, c = simplex.move[s], _centroid(simplex, x, s)
        if move == "expand":  # x_e = c + gamma (c - x_s), written with x_r = c + alpha (c - x_s), where s is by now
            x_s = np.where(np.isnan(simplex.origin[s]), x[s], simplex.origin[s])
            return x_s + (1.0 + self.gamma) / (1.0 + self.alpha) * (x[s] - x_s), move
        if move == "contract":  # x_c = c + rho (x_s - c)
            return c + self.rho * (x[s] - c), move
        if move == "shrink":  # x_s <- x_1 + sigma (x_s - x_1)
            best = x[simplex.best]
            return best + self.sigma * (x[s] - best), move
        return c + self.alpha * (c - x[s]), move  # x_r = c + alpha (c - x_s)

    def _probe(self, simplex: Simplex, x: Array, rng: np.random.Generator) -> tuple[Array, str]:
        s = int(rng.integers(len(x)))
        c = _centroid(simplex, x, s)
        return c + rng.uniform(-self.rho, self.gamma) * (c - x[s]), "probe"


def _start(history: History) -> Simplex:
    return Simplex(~history.problem.encoding.columns.categorical)


def _fold(simplex: Simplex, history: History, number: int) -> None:
    why, row, loss = history[number].why, history.X[number], float(history.losses[number, 0])
    s, f = _vertex(why, simplex.number), loss if isfinite(loss) else inf
    if s is None or why["move"] == "begin":
        simplex.join(row, f)
    else:
        simplex.follow(s, why["move"], row, f)


def _vertex(why: Mapping[str, Any], simplex: int) -> int | None:
    """Which vertex of this simplex a trial moves, by its record."""
    return int(why["vertex"]) if why.get("simplex") == simplex else None


def _centroid(simplex: Simplex, x: Array, s: int) -> Array:
    """(D,) mean of the vertices that are better than vertex s; of all others when none is."""
    better = [i for i, f in enumerate(simplex.f) if f < simplex.f[s]]
    chosen = x[better or [i for i in range(len(x)) if i != s]]
    return np.asarray(chosen.sum(axis=0) / len(chosen))


def _beside(best: Array, s: int, scale: float, columns: Columns, rng: np.random.Generator) -> Array:
    """(D,) a new vertex: about `scale` away from the best along one parameter, inwards; another category."""
    j = s % len(best)
    row = best.copy()
    if columns.categorical[j]:
        return np.asarray(point(row[None], (np.arange(len(row)) == j)[None], columns, rng)[0])
    size = scale * rng.uniform(0.75, 1.25)
    row[j] += size if row[j] < 0.5 else -size
    row = np.where(columns.categorical, row, reflect(row))
    row[j] = columns.apart(best, row)[j]
    return row
