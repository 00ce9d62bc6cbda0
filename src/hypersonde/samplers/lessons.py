"""What finished trials teach: their losses as numbers that a model or a ranking can use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array
from hypersonde.trials import History, State

__all__ = ["LARGEST", "Lessons", "chebyshev", "impute", "rank", "weigh"]

_AUGMENTATION = 0.05
LARGEST = 1e100
"""Losses of a larger size count as this, so that their squares are numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """Trials in a final state, except cancelled ones, which say nothing of their configuration.

    Attributes
    ----------
    numbers : (k,) the trials' numbers, in the order in which they finished.
    losses : (k, m) one column per metric, LOWER IS BETTER; NaN where a trial has no value.
    """

    numbers: npt.NDArray[np.int64]
    losses: Array

    @classmethod
    def of(cls, history: History) -> Lessons:
        """All lessons of a history. A pruned trial counts with the last value it reported."""
        order = history.finish_order
        numbers = order[history.status[order] != State.CANCELLED]
        losses = history.losses[numbers]
        if len(history.metrics) == 1:
            for i in np.flatnonzero(history.status[numbers] == State.PRUNED):
                measured = history[int(numbers[i])].measurements
                losses[i, 0] = history.metrics[0].loss(measured[-1].value) if measured else np.nan
        losses[~np.isfinite(losses)] = np.nan
        return cls(numbers, np.clip(losses, -LARGEST, LARGEST))

    @property
    def informative(self) -> int:
        """How many of them have a value."""
        return int(np.sum(~np.isnan(self.losses).any(axis=1)))


def impute(losses: Array) -> Array:
    """Losses (k, m) in which a trial without a value is as bad as the worst that has one.

    A failure so teaches to stay away, and does not stretch the scale as a huge number would.

    >>> impute(np.array([[1.0], [np.nan], [3.0]])).ravel().tolist()
    [1.0, 3.0, 3.0]
    """
    known = ~np.isnan(losses)
    worst = np.where(known.any(axis=0), np.max(losses, axis=0, where=known, initial=-np.inf), 0.0)
    return np.where(known, losses, worst)


def rank(losses: Array) -> Array:
    """Finite losses (k, m) as ranks in [0, 1], column by column; equal losses share the lower rank.

    >>> rank(np.array([[10.0], [30.0], [10.0]])).ravel().tolist()
    [0.0, 1.0, 0.0]
    """
    ordered = np.sort(losses, axis=0)
    places = [np.searchsorted(ordered[:, j], losses[:, j]) for j in range(losses.shape[1])]
    return np.column_stack(places) / max(len(losses) - 1, 1)


def chebyshev(losses: Array, weights: Array) -> Array:
    """(k,) augmented Chebyshev scalarisation of losses (k, m) with weights (m,) (Knowles 2006, eq. 2)."""
    weighted = losses * weights
    return np.asarray(weighted.max(axis=1) + _AUGMENTATION * weighted.sum(axis=1))


def weigh(losses: Array, rng: np.random.Generator) -> Array:
    """(k,) one loss per trial of losses (k, m) that may hold NaN.

    With one metric its losses; with several, a random compromise: ranks, scalarised with weights drawn from `rng`.
    """
    filled = impute(losses)
    if filled.shape[1] == 1:
        return filled[:, 0]
    return chebyshev(rank(filled), rng.dirichlet(np.ones(filled.shape[1])))
