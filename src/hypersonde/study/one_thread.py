"""Linear algebra in one thread: what a suggestion solves is too small for several, which only wait for each other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

__all__ = ["one_thread"]


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS uses one thread here, and as many as before afterwards; to be used as a decorator, too.

    The number is the whole process's. So work that runs in other threads meanwhile is slowed down, and what it sets
    itself may be lost: not to be used beside such work.
    """
    with _libraries("scipy.linalg" in sys.modules).limit(limits=1):
        yield


@cache
def _libraries(scipy: bool) -> ThreadpoolController:
    """The BLAS that is loaded: looking takes milliseconds, and scipy brings one of its own, later than numpy's."""
    return ThreadpoolController().select(user_api="blas")
