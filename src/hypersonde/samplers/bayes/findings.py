"""Finished trials as arrays in the order in which they finished, grown as the history grows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array, Mask
from hypersonde.trials import History, State, Trial

__all__ = ["Findings"]


class Findings:
    """What one history has taught so far; `follow` takes in what finished since.

    The order of finishing only ever grows at its end, so the first k rows never change: whatever is computed
    from them is the same after a resume.
    """

    def __init__(self, columns: int, metrics: int) -> None:
        self._X = np.empty((64, columns))
        self._losses = np.empty((64, metrics))
        self._count = 0
        self._seen = 0
        self._failures = 0

    def follow(self, history: History) -> None:
        """Take in the trials that finished since the last call; cancelled ones say nothing."""
        for number in history.finish_order[self._seen :].tolist():
            trial = history[number]
            if trial.state is not State.CANCELLED:
                self._append(history.X[number], _losses(history, trial))
        self._seen = history.finished

    def _append(self, row: Array, losses: Array) -> None:
        if self._count == len(self._X):
            self._X = np.concatenate([self._X, np.empty_like(self._X)])
            self._losses = np.concatenate([self._losses, np.empty_like(self._losses)])
        good = bool(np.isfinite(losses).all())
        self._X[self._count] = row
        self._losses[self._count] = losses if good else np.nan
        self._failures += not good
        self._count += 1

    def __len__(self) -> int:
        return self._count

    @property
    def X(self) -> Array:  # noqa: N802
        """(n, D) encoded configurations, those that failed included."""
        return self._X[: self._count]

    @property
    def losses_or_nan(self) -> Array:
        """(n, m) losses, all NaN in the rows of trials that failed."""
        return self._losses[: self._count]

    @property
    def failed(self) -> Mask:
        """(n,) mask of the trials without a finite value."""
        return np.isnan(self._losses[: self._count, 0])

    @property
    def failures(self) -> int:
        """How many trials are `failed`."""
        return self._failures

    @property
    def successes(self) -> int:
        """How many trials have a value."""
        return self._count - self._failures

    @property
    def values(self) -> tuple[Array, Array]:
        """Rows (k, D) and losses (k, m) of the trials with a value; of a pruned one the last that it reported."""
        X, losses = self._X[: self._count], self._losses[: self._count]
        if not self._failures:
            return X, losses
        good: npt.NDArray[np.int64] = np.flatnonzero(~self.failed)
        return X[good], losses[good]


def _losses(history: History, trial: Trial) -> Array:
    if trial.state is State.PRUNED and trial.measurements:
        return np.full(len(history.metrics), history.metrics[0].loss(trial.measurements[-1].value))
    return np.asarray(history.losses[trial.number])
