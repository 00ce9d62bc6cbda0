"""The only module that imports numba: a decorator that compiles at first use and keeps the machine code on disk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit
from numba.core import event

__all__ = ["jit", "telling"]

_log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


def jit(function: Callable[P, R]) -> Callable[P, R]:
    """`function` in machine code, for the array types it is first called with; strict IEEE arithmetic."""
    return cast(Callable[P, R], njit(cache=True)(function))


@contextmanager
def telling() -> Iterator[None]:
    """While open, the log says when something is compiled that is not on disk yet; once per process."""
    with event.install_listener("numba:compile", _Teller()):
        yield


class _Teller(event.Listener):
    def on_start(self, event: Any) -> None:
        _tell()

    def on_end(self, event: Any) -> None:
        pass


@cache
def _tell() -> None:
    _log.info("compiling the kernels of forests, once per installation: half a minute or less")
