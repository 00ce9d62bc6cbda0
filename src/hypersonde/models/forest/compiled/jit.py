"""The only module that imports numba: a decorator that compiles at first use and keeps the machine code on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

__all__ = ["jit"]

P = ParamSpec("P")
R = TypeVar("R")


def jit(function: Callable[P, R]) -> Callable[P, R]:
    """`function` in machine code, for the array types it is first called with; strict IEEE arithmetic."""
    return cast(Callable[P, R], njit(cache=True)(function))
