"""When a search ends: enough evaluations, enough time, or somebody said so."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from types import FrameType
from typing import Any

from hypersonde.trials import History

_LAST = 100
"""Trials whose run times say how long the next one takes."""
_SHARE = 0.9
"""Of them, those that are as quick as it is expected to be."""

_ECHO = 2.0
"""Seconds within which a signal of a program's is not a second one."""


class Reason(StrEnum):
    """Why a search ended."""

    ENOUGH = "all evaluations are done"
    UNTOLD = "the others are asked for and not told yet"
    EXHAUSTED = "the search space is exhausted"
    TIMEOUT = "the time is up"
    INTERRUPTED = "interrupted"
    TERMINATED = "terminated"
    HOPELESS = "every evaluation fails"


class Stopping:
    """Collects wishes to stop. Asked once, a search winds up; asked twice, it ends at once.

    Parameters
    ----------
    timeout : seconds after which the search winds up by itself; None for never.
    wall_time : seconds until the machine is taken away, as a batch queue does it; None for never. Before that, no
        trial is started that is not expected to finish.
    reserve : seconds before the end of the wall time at which the search winds up, to be done in good order.
    """

    def __init__(
        self,
        timeout: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        wall_time: float | None = None,
        reserve: float = 0.0,
    ) -> None:
        self._clock = clock
        self._closing = None if wall_time is None else clock() + wall_time - reserve
        ends = [self._closing, None if timeout is None else clock() + timeout]
        self._deadline = min((end for end in ends if end is not None), default=None)
        self._reason: Reason | None = None
        self._asked = 0

    def ask(self, reason: Reason = Reason.INTERRUPTED) -> None:
        """Wind up; called again: end at once."""
        self._asked += 1
        self._reason = self._reason or reason

    @property
    def reason(self) -> Reason | None:
        """Why the search is to stop; None while it goes on."""
        if self._reason is None and self._deadline is not None and self._clock() >= self._deadline:
            self.ask(Reason.TIMEOUT)
        return self._reason

    @property
    def at_once(self) -> bool:
        """Whether not to wait for anything any more."""
        return self._asked > 1

    def remaining(self) -> float | None:
        """Seconds until the time is up; None without a limit."""
        return None if self._deadline is None else max(0.0, self._deadline - self._clock())

    def allows(self, history: History) -> bool:
        """Whether a trial that starts now is expected to finish before the wall time ends.

        Nine of ten of the last trials were as quick as it is expected to be; before the first one has finished,
        nobody knows, and it may start.
        """
        if self._closing is None:
            return True
        last = (history[n].seconds for n in history.finish_order[-_LAST:].tolist())
        seconds = sorted(s for s in last if s is not None)
        return not seconds or self._clock() + seconds[int(_SHARE * len(seconds))] <= self._closing


@contextmanager
def signals(stopping: Stopping, wake: Callable[[], None]) -> Iterator[None]:
    """While open, SIGINT (Ctrl-C), SIGTERM and SIGHUP (the terminal was closed) ask to stop; the third is a
    plain KeyboardInterrupt. Who ignores SIGHUP (nohup) goes on without a terminal. A batch queue and those between
    it and this process may each pass on SIGTERM: what follows at once is the same one.

    Handlers are put back at the end. Outside the main thread nothing is changed, since Python delivers
    signals to the main thread only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    last = -_ECHO

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal last
        before, last = last, time.monotonic()
        if number == signal.SIGTERM and last - before < _ECHO:
            return
        if stopping.at_once:
            raise KeyboardInterrupt
        stopping.ask(Reason.INTERRUPTED if number == signal.SIGINT else Reason.TERMINATED)
        wake()

    heard = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        heard.append(signal.SIGHUP)
    before: dict[int, Any] = {n: signal.signal(n, handle) for n in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
