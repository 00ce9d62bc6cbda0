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
    forget : takes one that has departed out of it, so that it is as if that had never been there; without it, a
        history with departed trials is not for this state.
    """

    def __init__(
        self,
        start: Callable[[History], S],
        fold: Callable[[S, History, int], None],
        forget: Callable[[S, History, int], None] | None = None,
    ) -> None:
        self._start, self._fold, self._forget = start, fold, forget
        self._known: WeakKeyDictionary[History, tuple[S, int, int]] = WeakKeyDictionary()

    def __call__(self, history: History) -> S:
        """The state after all trials of `history` that have finished. Only to be read."""
        state, seen, gone = self._known.get(history) or (self._start(history), 0, 0)
        departed = history.departed
        if seen < history.finished or gone < len(departed):
            for number in history.finish_order[seen:].tolist():
                self._fold(state, history, number)
            if self._forget is not None:
                for number in departed[gone:]:
                    self._forget(state, history, number)
            self._known[history] = state, history.finished, len(departed)
        return state

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy in another process begins empty; its first look at a history fills it."""
        return Replay, (self._start, self._fold, self._forget)
