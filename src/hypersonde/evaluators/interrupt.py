"""Ending work from outside where there is no process to kill: an exception raised in its thread."""

from __future__ import annotations

import contextlib
import ctypes
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Generic, TypeVar

from hypersonde.evaluators.outcome import Interrupt

T = TypeVar("T")


class Interruptible(Generic[T]):
    """A stretch of work that can be interrupted once from another thread.

    Python delivers the exception between two bytecodes: work inside a blocking call (``time.sleep``, C code)
    ends when that returns, and work that catches `BaseException` may not end at all.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self.interrupted = False
        self._work = work
        self._thread: int | None = None
        self._lock = threading.RLock()

    def run(self) -> T | None:
        """Do the work in this thread; None when it was interrupted."""
        try:
            with self._lock:
                self._thread = None if self.interrupted else threading.get_ident()
            result = self._work() if self._thread is not None else None
            self._leave()
        except Interrupt:  # it comes once at most, so that the second leave is undisturbed
            self._leave()
            return None
        return result

    def interrupt(self) -> None:
        """End the work; without effect when it is over."""
        with self._lock:
            self.interrupted = True
            if self._thread is not None:
                _raise_in(self._thread, Interrupt)

    @contextlib.contextmanager
    def undisturbed(self) -> Iterator[None]:
        """A stretch within the work in which nothing is raised: what comes meanwhile comes afterwards."""
        with self._lock:
            if self.interrupted and self._thread is not None:
                _raise_in(self._thread, None)  # where it is still under way
                raise Interrupt
            yield

    def _leave(self) -> None:
        """From here on nothing is raised, not even what is still under way."""
        with self._lock:
            if self._thread is not None and self.interrupted:
                _raise_in(self._thread, None)  # never without need: a thread under a profiler would spin for ever
            self._thread = None


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Have the thread raise; None takes back what it has not raised yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error)
    )


@contextlib.contextmanager
def alarm(seconds: float, ring: Callable[[], None]) -> Iterator[None]:
    """Call `ring` in the main thread after so many seconds, even inside a blocking call.

    Uses SIGALRM, and gives it back as it was; an alarm that was set before still rings, late if it must.
    """
    armed = True

    def handle(number: int, frame: FrameType | None) -> None:
        if armed:
            ring()

    handler = signal.signal(signal.SIGALRM, handle)
    start = time.monotonic()
    remaining, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        try:
            yield
        finally:
            armed = False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, handler)
        if remaining:
            left = max(1e-6, remaining - (time.monotonic() - start))
            signal.setitimer(signal.ITIMER_REAL, left, interval)


@contextlib.contextmanager
def timer(seconds: float, ring: Callable[[], None]) -> Iterator[None]:
    """Call `ring` in a thread of its own after so many seconds."""
    clock = threading.Timer(seconds, ring)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()
        clock.join()
