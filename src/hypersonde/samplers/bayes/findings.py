"""Finished trials as arrays in the order in which they finished, grown as the history grows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array, Mask
from hypersonde.models.hypervolume import pareto_mask
from hypersonde.samplers.base import AGAIN
from hypersonde.samplers.lessons import LARGEST
from hypersonde.trials import History, State, Trial

__all__ = ["Findings", "Front", "Leaders"]


class Findings:
    """What one history has taught so far; `follow` takes in what finished since.

    The order of finishing only ever grows at its end, so the first k rows never change: whatever is computed
    from them is the same after a resume.
    """

    def __init__(self, columns: int, metrics: int) -> None:
        self._all = _Rows(columns + 1)
        self._good = _Rows(columns + metrics)
        self._columns = columns
        self._seen = 0
        self._repeats = 0
        self._noisy = False

    def follow(self, history: History) -> None:
        """Take in the trials that finished since the last call; cancelled ones say nothing."""
        for number in history.finish_order[self._seen :].tolist():
            trial = history[number]
            if trial.state is not State.CANCELLED:
                losses = _losses(history, trial)
                if trial.why.get("proposer") == AGAIN:
                    self._compare(history.X[number], losses)
                self._take(history.X[number], losses)
        self._seen = history.finished

    def _take(self, row: Array, losses: Array) -> None:
        good = bool(np.isfinite(losses).all())
        self._all.append(np.append(row, not good))
        if good:
            self._good.append(np.concatenate([row, losses]))

    def _compare(self, row: Array, losses: Array) -> None:
        """Learn from a trial that repeats earlier ones whether they differ."""
        X, known = self.values
        same = ((row == X) | (np.isnan(row) & np.isnan(X))).all(axis=1)
        self._repeats += 1
        self._noisy |= bool(np.isfinite(losses).all() and (known[same] != losses).any())

    @property
    def repeats(self) -> int:
        """How many trials that the sampler tried again have ended."""
        return self._repeats

    @property
    def noisy(self) -> bool:
        """Whether one of them came out differently."""
        return self._noisy

    @property
    def X(self) -> Array:  # noqa: N802
        """(n, D) encoded configurations, those that failed included."""
        return self._all.rows[:, : self._columns]

    @property
    def failed(self) -> Mask:
        """(n,) mask of the trials without a finite value."""
        return np.asarray(self._all.rows[:, -1] > 0.0)

    @property
    def failures(self) -> int:
        """How many trials are `failed`."""
        return len(self._all.rows) - self.successes

    @property
    def successes(self) -> int:
        """How many trials have a value."""
        return len(self._good.rows)

    @property
    def values(self) -> tuple[Array, Array]:
        """Rows (k, D) and losses (k, m) of the trials with a value; of a pruned one the last that it reported."""
        rows = self._good.rows
        return rows[:, : self._columns], rows[:, self._columns :]


class Leaders:
    """The best of an array that only grows: each call looks at what was added since the last one."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._seen = 0
        self._best = np.empty(0, dtype=np.int64)

    def of(self, y: Array) -> npt.NDArray[np.int64]:
        """Indices of the ``count`` lowest of ``y`` (n,), lowest first, the earlier one of two that are equal.

        >>> leaders, y = Leaders(2), np.array([3.0, 1.0, 2.0, 1.0])
        >>> leaders.of(y[:2]).tolist(), leaders.of(y).tolist()
        ([1, 0], [1, 3])
        """
        rows = np.concatenate([self._best, np.arange(self._seen, len(y))])
        self._best = rows[np.argsort(y[rows], kind="stable")][: self._count]
        self._seen = len(y)
        return self._best


class Front:
    """Which rows of an array that only grows nothing dominates: each call looks at what was added since the last."""

    def __init__(self) -> None:
        self._seen = 0
        self._front = np.empty(0, dtype=np.int64)

    def of(self, losses: Array) -> npt.NDArray[np.int64]:
        """Indices of the front of ``losses`` (n, m), ascending.

        >>> front, losses = Front(), np.array([[1.0, 3.0], [2.0, 2.0], [1.0, 2.0]])
        >>> front.of(losses[:2]).tolist(), front.of(losses).tolist()
        ([0, 1], [2])
        """
        rows = np.concatenate([self._front, np.arange(self._seen, len(losses))])
        if self._seen < len(losses):
            self._front = rows[pareto_mask(losses[rows])]
        self._seen = len(losses)
        return self._front


class _Rows:
    """Rows of a fixed width whose number grows in amortised constant time."""

    def __init__(self, width: int) -> None:
        self._rows = np.empty((64, width))
        self._count = 0

    def append(self, row: Array) -> None:
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._count] = row
        self._count += 1

    @property
    def rows(self) -> Array:
        return self._rows[: self._count]


def _losses(history: History, trial: Trial) -> Array:
    if trial.state is State.PRUNED and trial.measurements:
        return np.full(len(history.metrics), history.metrics[0].loss(trial.measurements[-1].value))
    losses = history.losses[trial.number]
    return np.asarray(np.where(np.isfinite(losses), np.clip(losses, -LARGEST, LARGEST), losses))
