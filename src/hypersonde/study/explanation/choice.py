"""Why one trial was suggested, as far as its record and the history up to then tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hypersonde.columns import Array, Columns
from hypersonde.models.gp import Embedding
from hypersonde.models.hypervolume import pareto_mask
from hypersonde.study.explanation.predictions import Prediction
from hypersonde.trials import History, State, Trial

__all__ = ["INACTIVE", "Choice", "Difference", "Neighbour", "Rank", "explain_choice"]

INACTIVE = "(inactive)"
"""Stands in `Difference` for the value of a parameter that is not active."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The nearest known trial.

    Attributes
    ----------
    trial : which.
    distance : Euclidean, in the encoded cube: a number's whole range counts 1, another category counts 1, and a
        parameter that only one of the two has counts as if the other one had it in the middle.
    typical : root mean square distance of two random configurations, for comparison.
    """

    trial: Trial
    distance: float
    typical: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A parameter whose value is not that of the incumbent."""

    name: str
    here: Any
    incumbent: Any


@dataclass(frozen=True, slots=True)
class Rank:
    """1 is the best; with several metrics, one more than the number of trials that dominate it."""

    place: int
    count: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One trial, what was known when it was chosen, and what came of it.

    Known is what had finished, by the clocks of those who recorded it, when the trial was chosen.

    Attributes
    ----------
    trial : itself.
    known, pending : how many other trials had finished (without cancelled ones), and how many had been chosen but
        had no result.
    predictions : one per metric, None where the sampler recorded none.
    nearest : None when nothing was known.
    incumbent : the best known, with several metrics the nearest of those that no other one dominates; None when
        nothing had a value.
    differences : from the incumbent.
    rank_then, rank_now : among the complete trials when it finished, and among all; None without a value.
    """

    trial: Trial
    known: int
    pending: int
    predictions: tuple[Prediction | None, ...]
    nearest: Neighbour | None
    incumbent: Trial | None
    differences: tuple[Difference, ...]
    rank_then: Rank | None
    rank_now: Rank | None

    @property
    def prediction(self) -> Prediction | None:
        """Of the first metric."""
        return self.predictions[0]


def explain_choice(history: History, number: int) -> Choice:
    """Of trial ``number``, 0 <= number < len(history)."""
    trial: Trial = history[number]
    known = _known(history, trial)
    best = _best(history, trial, known)
    ended = [t for t in known if t.state is not State.CANCELLED]
    return Choice(
        trial=trial,
        known=len(ended),
        pending=number - len(known),
        predictions=tuple(Prediction.of(trial, j, m.name) for j, m in enumerate(history.metrics)),
        nearest=_nearest(history, trial, ended) if ended else None,
        incumbent=best,
        differences=() if best is None else _differences(history, trial, best),
        rank_then=_rank(history, trial, now=False),
        rank_now=_rank(history, trial, now=True),
    )


def _known(history: History, trial: Trial) -> list[Trial]:
    chosen = trial.queued
    earlier: list[Trial] = history[: trial.number]
    return [t for t in earlier if t.finished is not None and chosen is not None and t.finished <= chosen]


def _best(history: History, trial: Trial, known: list[Trial]) -> Trial | None:
    valued = [t for t in known if t.state is State.COMPLETE]
    if not valued:
        return None
    losses = history.losses[[t.number for t in valued]]
    if len(history.metrics) == 1:
        return valued[int(np.argmin(losses[:, 0]))]
    return _nearest(history, trial, [valued[i] for i in np.flatnonzero(pareto_mask(losses)).tolist()]).trial


def _nearest(history: History, trial: Trial, others: list[Trial]) -> Neighbour:
    columns = history.problem.encoding.columns
    Z = Embedding.of(columns).embed(history.X[[trial.number, *(t.number for t in others)]])
    distances = np.sqrt(np.sum((Z[1:] - Z[0]) ** 2, axis=1))
    i = int(np.argmin(distances))
    return Neighbour(others[i], float(distances[i]), _typical(columns))


def _typical(columns: Columns) -> float:
    """E d^2 is 1/6 for two uniform numbers, and 1 - 1/L for two of L categories."""
    levels = np.maximum(columns.levels, 1)
    return float(np.sqrt(np.where(columns.categorical, 1.0 - 1.0 / levels, 1.0 / 6.0).sum()))


def _differences(history: History, trial: Trial, other: Trial) -> tuple[Difference, ...]:
    here, there = history.X[trial.number], history.X[other.number]
    same = (here == there) | (np.isnan(here) & np.isnan(there))
    names = history.problem.encoding.columns.names
    return tuple(
        Difference(names[d], trial.config.get(names[d], INACTIVE), other.config.get(names[d], INACTIVE))
        for d in np.flatnonzero(~same).tolist()
    )


def _rank(history: History, trial: Trial, *, now: bool) -> Rank | None:
    losses = history.losses[trial.number]
    if np.isnan(losses).any():
        return None
    order = history.finish_order
    until = len(order) if now else int(np.flatnonzero(order == trial.number)[0]) + 1
    others: Array = history.losses[order[:until]]
    others = others[~np.isnan(others).any(axis=1)]
    dominating = np.all(others <= losses, axis=1) & np.any(others < losses, axis=1)
    return Rank(int(dominating.sum()) + 1, len(others))
