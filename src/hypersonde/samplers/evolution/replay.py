"""A state that is a fold over finished trials, kept in step with the history."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from hypersonde.trials import History

__all__ = ["Replay"]

S = TypeVar("S")


class Replay(Generic[S]):
    """What a sampler remembers of one history: the same after a resume, because nothing else goes into it.

    The order of finishing only grows at its end, so a look at the history folds what finished since the last
    one, and costs nothing when nothing did. Another history, or a shorter one, starts anew.

    Parameters
    ----------
    start : gives the state before any trial has finished.
    fold : takes one finished trial, by its number, into a state, in place.
    """

    def __init__(self, start: Callable[[History], S], fold: Callable[[S, History, int], None]) -> None:
        self._start = start
        self._fold = fold
        self._history: weakref.ref[History] | None = None
        self._state: S | None = None
        self._seen = 0

    def __call__(self, history: History) -> S:
        """The state after all trials of `history` that have finished. Only to be read."""
        known = self._history is not None and self._history() is history and self._seen <= history.finished
        if not known or self._state is None:
            self._history, self._state, self._seen = weakref.ref(history), self._start(history), 0
        for number in history.finish_order[self._seen :].tolist():
            self._fold(self._state, history, number)
        self._seen = history.finished
        return self._state

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process begins empty; its first look at a history fills it."""
        return Replay, (self._start, self._fold)
