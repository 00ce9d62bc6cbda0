"""How a running trial stands among the others at one step of its way."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from hypersonde.trials import History, Metric, State, Trial

MEASURED = (State.RUNNING, State.COMPLETE, State.PRUNED)
"""States of trials whose measurements say something of their configuration."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How many other trials have got to a step, and how many of them were strictly better there."""

    others: int
    better: int


@dataclass(slots=True)
class _Curve:
    """The best loss so far, c of them: after measurement i, at `steps[i]`, it is `losses[i]`."""

    attempt: int = 0
    steps: array[float] = field(default_factory=lambda: array("d"))
    losses: array[float] = field(default_factory=lambda: array("d"))

    def follow(self, trial: Trial, metric: Metric) -> None:
        """Take in what was measured since the last look; a new attempt begins anew."""
        if trial.attempt != self.attempt:
            self.attempt, self.steps, self.losses = trial.attempt, array("d"), array("d")
        for made in trial.measurements[len(self.steps) :]:
            loss = metric.loss(made.value)
            best, last = (self.losses[-1], self.steps[-1]) if self.steps else (float("inf"), float("-inf"))
            self.steps.append(max(last, made.step))
            self.losses.append(loss if loss < best else best)  # NaN is no improvement

    def at(self, step: float) -> float | None:
        """The loss when the trial got to `step` or passed it; None before."""
        i = bisect_left(self.steps, step)
        return self.losses[i] if i < len(self.losses) else None


class Curves:
    """The curves of one history, read once each: a look costs what is new, not what there is.

    Parameters
    ----------
    states : which trials are compared with.
    member : of those, the ones whose number this answers with true.
    """

    def __init__(
        self, states: Collection[State] = MEASURED, member: Callable[[int], bool] = lambda number: True
    ) -> None:
        self._states = frozenset(states)
        self._member = member
        self._running: dict[int, _Curve] = {}
        self._ended: list[_Curve] = []
        self._read = 0
        self._columns: dict[float, _Column] = {}

    def standing(self, history: History, trial: Trial, step: float) -> Standing | None:
        """Where a running trial stands at a step; None when it has not got there."""
        self._follow(history)
        mine = self._curve(history, trial.number).at(step)
        if mine is None:
            return None
        ended = self._columns.setdefault(step, _Column()).read(self._ended, step)
        rivals = [r for r in self._rivals(history, trial.number, step) if r is not None]
        return Standing(len(ended) + len(rivals), bisect_left(ended, mine) + sum(r < mine for r in rivals))

    def _follow(self, history: History) -> None:
        order = history.finish_order
        for number in order[self._read :].tolist():
            if history[number].state in self._states and self._member(number):
                self._ended.append(self._curve(history, number))
            self._running.pop(number, None)
        self._read = len(order)

    def _curve(self, history: History, number: int) -> _Curve:
        curve = self._running.setdefault(number, _Curve())
        curve.follow(history[number], history.metrics[0])
        return curve

    def _rivals(self, history: History, number: int, step: float) -> Iterator[float | None]:
        if State.RUNNING in self._states:
            for other in history.running:
                if other != number and self._member(other):
                    yield self._curve(history, other).at(step)


@dataclass(slots=True)
class _Column:
    """The losses of ended trials at one step, ascending."""

    losses: list[float] = field(default_factory=list)
    seen: int = 0

    def read(self, ended: list[_Curve], step: float) -> list[float]:
        for curve in ended[self.seen :]:
            loss = curve.at(step)
            if loss is not None:
                insort(self.losses, loss)
        self.seen = len(ended)
        return self.losses


class CurvesOf:
    """Curves by history: a cache that goes when the history does, and could be rebuilt from it at any time."""

    def __init__(self, make: Callable[[], Curves]) -> None:
        self._make = make
        self._made: WeakKeyDictionary[History, Curves] = WeakKeyDictionary()

    def __call__(self, history: History) -> Curves:
        if history not in self._made:
            self._made[history] = self._make()
        return self._made[history]
