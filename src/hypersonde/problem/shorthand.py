"""Short spellings of a parameter, read into ConfigSpace hyperparameters.

======================================  ==========================================
spelling                                meaning
======================================  ==========================================
``(1, 10)``                             integer, both ends included
``(0.0, 1.0)``                          real number
``(1e-5, 1e-1, "log-uniform")``         the same on a log scale; integers too
``["relu", "tanh", None]``              a category: strings, numbers, booleans, None
``7``, ``"adam"``                       a constant
a ConfigSpace hyperparameter            itself
======================================  ==========================================
"""

from __future__ import annotations

import math
import numbers
from typing import Any

import ConfigSpace as cs
import numpy as np
from ConfigSpace.hyperparameters import Hyperparameter

from hypersonde.errors import InvalidInput, unknown
from hypersonde.problem.numeric import check_width

_SCALES = ("uniform", "log-uniform")
MISSING = object()
"""Stands for "no default given", because None may be a category."""


def hyperparameter(name: str, value: Any, default: Any = MISSING) -> Hyperparameter[Any, Any]:
    """The ConfigSpace hyperparameter that a short spelling stands for.

    Raises
    ------
    InvalidInput : the value cannot be read as a range, a list of categories or a constant.

    >>> hyperparameter("lr", (1e-4, 1.0, "log-uniform"))
    UniformFloatHyperparameter(name='lr', default_value=0.01, meta=None, size=inf, lower=0.0001, upper=1.0, log=True)
    """
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, tuple):
        return _range(name, value, default)
    if isinstance(value, list):
        return _categories(name, [v.item() if isinstance(v, np.generic) else v for v in value], default)
    if default is not MISSING:
        raise InvalidInput(f"parameter {name!r}: {value!r} takes no default beside it, got {default!r}. Leave it out.")
    if isinstance(value, Hyperparameter):
        return _renamed(name, value)
    if isinstance(value, str | bool | numbers.Real) and value == value:
        return cs.Constant(name, value)
    raise InvalidInput(
        f"parameter {name!r}: expected a tuple (low, high), a list of categories, a constant or a ConfigSpace "
        f"hyperparameter, got {type(value).__name__} {value!r}."
    )


def _renamed(name: str, value: Hyperparameter[Any, Any]) -> Hyperparameter[Any, Any]:
    if value.name != name:
        raise InvalidInput(
            f"parameter {name!r}: the ConfigSpace hyperparameter is named {value.name!r}. "
            f"Give both the same name, or add it as it is with add(...)."
        )
    return value


def _range(name: str, value: tuple[Any, ...], default: Any) -> Hyperparameter[Any, Any]:
    low, high, log = _bounds(name, value)
    if log and low <= 0:
        raise InvalidInput(
            f"parameter {name!r}: a log scale needs low > 0, got {low!r}. "
            f'Use (1e-6, {high!r}, "log-uniform") or a linear scale.'
        )
    integer = isinstance(low, numbers.Integral) and isinstance(high, numbers.Integral)
    settings = {} if default in (MISSING, None) else {"default_value": _within(name, low, high, integer, default)}
    if integer:
        check_width(name, int(low), int(high))
        return cs.UniformIntegerHyperparameter(name, int(low), int(high), log=log, **settings)
    return _real(name, float(low), float(high), log, settings)


def _real(name: str, low: float, high: float, log: bool, settings: dict[str, Any]) -> Hyperparameter[Any, Any]:
    if not math.isfinite(high - low) or high - low <= 1e-12 * max(abs(low), abs(high)):
        raise InvalidInput(
            f"parameter {name!r}: the range ({low!r}, {high!r}) is too {'wide' if low < 0 < high else 'narrow'} "
            f"for floating-point numbers. Use other bounds, or a constant."
        )
    if log and low < 1e-12:
        raise InvalidInput(
            f"parameter {name!r}: a log scale starts at 1e-12 or above, got {low!r}. Use (1e-12, {high!r})."
        )
    return cs.UniformFloatHyperparameter(name, low, high, log=log, **settings)


def _bounds(name: str, value: tuple[Any, ...]) -> tuple[Any, Any, bool]:
    if len(value) not in (2, 3):
        raise InvalidInput(
            f"parameter {name!r}: a range is (low, high) or (low, high, scale), got {len(value)} items: {value!r}."
        )
    low, high, scale = (*value, "uniform")[:3]
    for end in (low, high):
        if isinstance(end, bool) or not isinstance(end, numbers.Real):
            raise InvalidInput(
                f"parameter {name!r}: the bounds of a range are numbers, got {end!r}. "
                f"For categories write a list: {list(value)!r}."
            )
        if not math.isfinite(end):
            raise InvalidInput(f"parameter {name!r}: the bounds of a range are finite, got {end!r}.")
    if not isinstance(scale, str) or scale not in _SCALES:
        raise unknown(f"scale of parameter {name!r}:", scale, _SCALES)
    if not low < high:
        hint = f"Use ({high!r}, {low!r})." if low > high else f"Use the constant {low!r}."
        raise InvalidInput(f"parameter {name!r}: a range needs low < high, got ({low!r}, {high!r}). {hint}")
    return low, high, scale == "log-uniform"


def _within(name: str, low: Any, high: Any, integer: bool, default: Any) -> Any:
    number = isinstance(default, numbers.Real) and not isinstance(default, bool)
    if not number or not low <= default <= high or (integer and default != int(default)):
        kind = "an integer" if integer else "a number"
        raise InvalidInput(
            f"parameter {name!r}: the default {default!r} is not {kind} in [{low!r}, {high!r}]. Give one that is."
        )
    return int(default) if integer else float(default)


def _categories(name: str, value: list[Any], default: Any) -> Hyperparameter[Any, Any]:
    if not value:
        raise InvalidInput(f"parameter {name!r}: the list of categories is empty. Give at least one.")
    for i, choice in enumerate(value):
        if not isinstance(choice, str | bool | numbers.Real | None):
            raise InvalidInput(
                f"parameter {name!r}: a category is a string, a number, a boolean or None, "
                f"got {type(choice).__name__} {choice!r}. Use names and look the object up in the run function."
            )
        if choice != choice:
            raise InvalidInput(f"parameter {name!r}: NaN cannot be a category, it equals nothing. Use None or a name.")
        if choice in value[:i]:
            twin = value[value.index(choice)]
            raise InvalidInput(f"parameter {name!r}: the categories {twin!r} and {choice!r} are equal. Leave one out.")
    if default is MISSING or (default is None and None not in value):
        default = value[0]
    if default not in value:
        raise InvalidInput(f"parameter {name!r}: the default {default!r} is not one of {value!r}. Give one that is.")
    return cs.CategoricalHyperparameter(name, value, default_value=default)
