"""A state that is a fold over finished trials, kept in step with the history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from hypersonde.trials import History

__all__ = ["Replay"]

S = TypeVar("S")


class Replay(Generic[S]):
    """What a sampler remembers of a history: the same after a resume, because nothing else goes into it.

    The order of finishing only grows at its end, so a look at a history folds what finished since the last one,
    and costs nothing when nothing did.

    Parameters
    ----------
    start : gives the state before any trial has finished.
    fold : takes one finished trial, by its number, into a state, in place.
    """

    def __init__(self, start: Callable[[History], S], fold: Callable[[S, History, int], None]) -> None:
        self._start = start
        self._fold = fold
        self._known: WeakKeyDictionary[History, tuple[S, int]] = WeakKeyDictionary()

    def __call__(self, history: History) -> S:
        """The state after all trials of `history` that have finished. Only to be read."""
        state, seen = self._known.get(history) or (self._start(history), 0)
        if seen < history.finished:
            for number in history.finish_order[seen:].tolist():
                self._fold(state, history, number)
            self._known[history] = state, history.finished
        return state

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process begins empty; its first look at a history fills it."""
        return Replay, (self._start, self._fold)
