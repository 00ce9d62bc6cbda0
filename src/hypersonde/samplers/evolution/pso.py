"""Particle swarms without generations: basic, with clamped velocities, with constriction, canonical.

R. Poli, J. Kennedy and T. Blackwell, Particle swarm optimization, Swarm Intelligence 1, 2007; M. Clerc and J. Kennedy,
The particle swarm, IEEE Transactions on Evolutionary Computation 6(1), 2002. The letters are theirs: position ``x``,
velocity ``v``, own best ``p``, best of all ``g``, acceleration coefficients ``phi_1`` and ``phi_2``, constriction
``chi``. All positions are shares of a parameter's range on its own scale.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count as count_from
from typing import Any, ClassVar, Protocol

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import InvalidInput
from hypersonde.problem import Encoding
from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.evolution.breeding import offspring
from hypersonde.samplers.evolution.mutation import point, reflect
from hypersonde.samplers.evolution.replay import Replay
from hypersonde.trials import History

__all__ = ["PSO", "Basic", "Canonical", "Clamped", "Constriction", "Motion", "VelocityClamping"]


class Motion(Protocol):
    """How a velocity changes."""

    def __call__(self, v: Array, to_p: Array, to_g: Array, rng: np.random.Generator) -> Array:
        """The next velocity (D,) from the last one and the ways to a particle's own best and to that of all."""
        ...


@dataclass(frozen=True, slots=True)
class Basic:
    """v <- w v + U(0, phi_1) (p - x) + U(0, phi_2) (g - x), inertia w (Poli et al. 2007, eq. 3)."""

    inertia: float = 0.7298
    c_cognitive: float = 1.49618
    c_social: float = 1.49618

    def __call__(self, v: Array, to_p: Array, to_g: Array, rng: np.random.Generator) -> Array:
        return self.inertia * v + _pull(self.c_cognitive, to_p, rng) + _pull(self.c_social, to_g, rng)


@dataclass(frozen=True, slots=True)
class Clamped:
    """A motion whose velocities are cut at `v_limits` of each range."""

    motion: Motion = field(default_factory=Basic)
    v_limits: float = 0.2

    def __post_init__(self) -> None:
        if not self.v_limits > 0.0:
            raise InvalidInput(f"v_limits: got {self.v_limits!r}, expected a share of each range above 0.")

    def __call__(self, v: Array, to_p: Array, to_g: Array, rng: np.random.Generator) -> Array:
        return np.minimum(np.maximum(self.motion(v, to_p, to_g, rng), -self.v_limits), self.v_limits)


@dataclass(frozen=True, slots=True)
class Constriction:
    """v <- chi (v + U(0, phi_1) (p - x) + U(0, phi_2) (g - x)), phi = phi_1 + phi_2 > 4 (Clerc and Kennedy 2002)."""

    c_cognitive: float = 2.05
    c_social: float = 2.05

    def __post_init__(self) -> None:
        if self.c_cognitive + self.c_social <= 4.0:
            raise InvalidInput(
                f"constriction needs c_cognitive + c_social > 4, got {self.c_cognitive} + {self.c_social}. "
                f"Use 2.05 and 2.05, or Basic()."
            )

    @property
    def chi(self) -> float:
        """2 / (phi - 2 + sqrt(phi^2 - 4 phi))."""
        phi = self.c_cognitive + self.c_social
        return 2.0 / (phi - 2.0 + math.sqrt(phi * phi - 4.0 * phi))

    def __call__(self, v: Array, to_p: Array, to_g: Array, rng: np.random.Generator) -> Array:
        return self.chi * (v + _pull(self.c_cognitive, to_p, rng) + _pull(self.c_social, to_g, rng))


def VelocityClamping(  # noqa: N802
    inertia: float = 0.7298, c_cognitive: float = 1.49618, c_social: float = 1.49618, v_limits: float = 0.2
) -> Clamped:
    """The basic motion with clamped velocities."""
    return Clamped(Basic(inertia, c_cognitive, c_social), v_limits)


def Canonical(c_cognitive: float = 2.05, c_social: float = 2.05, v_limits: float = 0.2) -> Clamped:  # noqa: N802
    """Constriction with clamped velocities."""
    return Clamped(Constriction(c_cognitive, c_social), v_limits)


_PULL = 2.25


class PSO(Sampler):
    """A particle swarm that moves one particle at a time, whoever asks, and never leaves the bounds.

    The particles take turns. Where more trials are under way than there are particles, the swarm grows, so that nobody
    has to move on from a place that is out of date. A velocity is the way that a particle really went, so that rounding
    and the reflection at a bound slow it down, and so that it can be read off the history. A category is taken from the
    own best, the best of all or the last position.

    Parameters
    ----------
    particles : size of the swarm at least; where a particle begins is drawn from the space.
    motion : how velocities change; by default `Canonical` with c_cognitive and c_social of 2.25, which contracts faster
        than the 2.05 of the paper: a search of hyperparameters gives a particle some dozens of moves, not thousands.

    Raises
    ------
    InvalidInput : less than one particle.
    """

    name: ClassVar[str] = "pso"
    order_matters: ClassVar[str] = "a particle moves on from the position that was evaluated last"

    def __init__(self, particles: int = 16, motion: Motion | None = None) -> None:
        if particles < 1:
            raise InvalidInput(f"particles: got {particles!r}, expected at least 1.")
        self.particles = particles
        self.motion = Canonical(_PULL, _PULL) if motion is None else motion
        self._replay = Replay(self._start, _fold)

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        swarm, encoding = self._replay(history), history.problem.encoding
        n = max(self.particles, len(history) - history.finished + count)
        turns = count_from(len(history))
        return offspring(history, count, rng, lambda: swarm.move(next(turns) % n, self.motion, encoding, rng))

    def _start(self, history: History) -> _Swarm:
        return _Swarm(self.particles, len(history.problem.encoding.columns))


class _Swarm:
    """Where the particles are, in the order of their turns; NaN where nothing is known."""

    def __init__(self, n: int, D: int) -> None:
        self._x, self._v, self._p = np.full((n, D), np.nan), np.zeros((n, D)), np.full((n, D), np.nan)
        self._f_p = np.full(n, np.inf)
        self._number = np.full(n, -1)
        self._g, self._f_g = np.full(D, np.nan), np.inf

    def fold(self, number: int, row: Array, loss: float, why: Mapping[str, Any], start: Array) -> None:
        """Take in one finite loss; `start` (D,) is the row that the move began at, NaN where it is not known."""
        if loss < self._f_g:
            self._g, self._f_g = _over(row, self._g), loss
        i = int(why.get("particle", -1))
        if i < 0:
            return
        self._grow(i + 1)
        way = row - start
        self._v[i] = np.where(np.isnan(way), 0.0, way)
        self._x[i], self._number[i] = _over(row, self._x[i]), number
        if loss < self._f_p[i]:
            self._p[i], self._f_p[i] = self._x[i], loss

    def _grow(self, n: int) -> None:
        """Room for n particles at least; nothing is known of the new ones."""
        if (more := n - len(self._x)) > 0:
            self._x, self._p = (np.pad(a, ((0, more), (0, 0)), constant_values=np.nan) for a in (self._x, self._p))
            self._v = np.pad(self._v, ((0, more), (0, 0)))
            self._f_p = np.pad(self._f_p, (0, more), constant_values=np.inf)
            self._number = np.pad(self._number, (0, more), constant_values=-1)

    def move(
        self, i: int, motion: Motion, encoding: Encoding, rng: np.random.Generator
    ) -> tuple[Array, Mapping[str, Any]]:
        """The next position of particle i, and what to record of it."""
        if i >= len(self._number) or self._number[i] < 0:
            return encoding.sample(1, rng)[0], {"particle": i}
        x, p, g, columns = self._x[i], self._p[i], self._g, encoding.columns
        if encoding.conditional:
            drawn = encoding.sample(1, rng)[0]
            x, p, g = (_over(row, drawn) for row in (x, p, g))
        row = reflect(x + motion(self._v[i], p - x, g - x, rng))
        if columns.gridded:
            row = reflect(columns.shifted(row, rng.random(len(x)) - 0.5))
        if columns.mixed:
            chosen = np.choose(rng.integers(3, size=len(x)), (x, p, g))
            rare = (rng.random(len(x)) < 1.0 / (10.0 * len(x))) & columns.categorical
            row = point(np.where(columns.categorical, chosen, row)[None], rare[None], columns, rng)[0]
        return row, {"particle": i, "from": int(self._number[i])}


def _fold(swarm: _Swarm, history: History, number: int) -> None:
    loss = float(history.losses[number, 0])
    if np.isfinite(loss):
        why = history[number].why
        start = int(why.get("from", -1))
        known = 0 <= start < number
        row = history.X[number]
        swarm.fold(number, row, loss, why, history.X[start] if known else np.full(len(row), np.nan))


def _pull(phi: float, way: Array, rng: np.random.Generator) -> Array:
    """U(0, phi) times the way, anew for each dimension."""
    return phi * rng.random(len(way)) * way


def _over(row: Array, below: Array) -> Array:
    """A row with what lies below it where it is inactive."""
    return np.where(np.isnan(row), below, row)
