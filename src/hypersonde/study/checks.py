"""What is given to a study, looked at before anything begins."""

from __future__ import annotations

import contextlib
import math
import operator
from collections.abc import Iterable
from typing import Any

from hypersonde.errors import InvalidInput


def whole(what: str, got: Any, least: int, way_out: str) -> int:
    """A whole number from `least` up, also as one of numpy's, or as a float without a fraction.

    >>> whole("max_evals", 1e2, 0, "Use 100.")
    100

    Raises
    ------
    InvalidInput : it is none.
    """
    number = None
    if not isinstance(got, bool) and "bool" not in str(getattr(got, "dtype", "")):
        with contextlib.suppress(TypeError):
            integral = getattr(got, "is_integer", None)  # of floats, numpy's too
            number = int(got) if integral is not None and integral() else operator.index(got)
    if number is None or number < least:
        raise InvalidInput(f"{what} is a whole number from {least} up, got {_shown(got)}. {way_out}")
    return number


def whole_or_none(what: str, got: Any, least: int, way_out: str) -> int | None:
    """The same, or None."""
    return None if got is None else whole(what, got, least, way_out)


def seconds(what: str, got: Any, way_out: str, *, above_zero: bool = False) -> float:
    """A number of seconds.

    >>> seconds("timeout", 90, "Use 60.0.")
    90.0

    Raises
    ------
    InvalidInput : it is none, or below zero.
    """
    try:
        number = math.nan if isinstance(got, str | bytes | bool) else float(got)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not (0 < number < math.inf if above_zero else number >= 0):
        kind = "a number of seconds above zero" if above_zero else "a number of seconds from 0 up"
        raise InvalidInput(f"{what} is {kind}, got {_shown(got)}. {way_out}")
    return number


def seconds_or_none(what: str, got: Any, way_out: str, *, above_zero: bool = False) -> float | None:
    """The same, or None."""
    return None if got is None else seconds(what, got, way_out, above_zero=above_zero)


def part(what: str, got: Any, kind: type[Any], example: str) -> Any:
    """An object of a class of ours; a class in its place, or a word for it, is told how it becomes one.

    >>> part("sampler", "tpe", dict, "TPE()")
    Traceback (most recent call last):
    hypersonde.errors.InvalidInput: sampler takes a dict, got str 'tpe'. Give one, such as TPE().

    Raises
    ------
    InvalidInput : it is none.
    """
    if isinstance(got, kind):
        return got
    made = f"{got.__name__}()" if isinstance(got, type) and issubclass(got, kind) else ""
    way_out = f"Make one of it: {made}." if made else f"Give one, such as {example}."
    a = "an" if kind.__name__[0] in "AEIOU" else "a"
    raise InvalidInput(f"{what} takes {a} {kind.__name__}, got {_shown(got)}. {way_out}")


def parts(what: str, got: Any, kind: type[Any], example: str) -> tuple[Any, ...]:
    """One such object or several, see `part`; a mapping is not several.

    Raises
    ------
    InvalidInput : there are others among them.
    """
    several = isinstance(got, Iterable) and not isinstance(got, str | bytes | dict | kind)
    return tuple(part(what, one, kind, example) for one in (got if several else [got]))


def function(what: str, got: Any, way_out: str) -> None:
    """Something that can be called.

    Raises
    ------
    InvalidInput : it cannot.
    """
    if not callable(got):
        raise InvalidInput(f"{what} is a function, got {_shown(got)}. {way_out}")


def _shown(got: Any) -> str:
    """
    >>> _shown("3"), _shown(3), _shown(dict)
    ("str '3'", '3', 'the class dict')
    """
    if isinstance(got, type):
        return f"the class {got.__name__}"
    return f"{got!r:.80}" if got is None or type(got) in (int, float) else f"{type(got).__name__} {got!r:.80}"
