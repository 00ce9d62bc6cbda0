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
from ConfigSpace.hyperparameters import Hyperparameter

from hypersonde.errors import InvalidInput, unknown

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
    if isinstance(value, Hyperparameter):
        return _renamed(name, value)
    if isinstance(value, tuple):
        made = _range(name, value, default)
    elif isinstance(value, list):
        made = _categories(name, value, default)
    elif isinstance(value, str | bool | numbers.Real):
        made = cs.Constant(name, value)
    else:
        raise InvalidInput(
            f"parameter {name!r}: expected a tuple (low, high), a list of categories or a ConfigSpace "
            f"hyperparameter, got {type(value).__name__} {value!r}."
        )
    return made


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
    settings = {} if default is MISSING else {"default_value": _within(name, low, high, default)}
    if integer:
        return cs.UniformIntegerHyperparameter(name, int(low), int(high), log=log, **settings)
    return cs.UniformFloatHyperparameter(name, float(low), float(high), log=log, **settings)


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
    if scale not in _SCALES:
        raise unknown(f"scale of parameter {name!r}:", scale, _SCALES)
    if not low < high:
        hint = f"Use ({high!r}, {low!r})." if low > high else f"Use the constant {low!r}."
        raise InvalidInput(f"parameter {name!r}: a range needs low < high, got ({low!r}, {high!r}). {hint}")
    return low, high, scale == "log-uniform"


def _within(name: str, low: Any, high: Any, default: Any) -> Any:
    if isinstance(default, bool) or not isinstance(default, numbers.Real) or not low <= default <= high:
        raise InvalidInput(f"parameter {name!r}: the default {default!r} is not a number in [{low!r}, {high!r}].")
    return default


def _categories(name: str, value: list[Any], default: Any) -> Hyperparameter[Any, Any]:
    if not value:
        raise InvalidInput(f"parameter {name!r}: the list of categories is empty. Give at least one.")
    for i, choice in enumerate(value):
        if not isinstance(choice, str | bool | numbers.Real | None):
            raise InvalidInput(
                f"parameter {name!r}: a category is a string, a number, a boolean or None, "
                f"got {type(choice).__name__} {choice!r}. Use names and look the object up in the run function."
            )
        if choice in value[:i]:
            raise InvalidInput(f"parameter {name!r}: the category {choice!r} stands twice in {value!r}.")
    if default is not MISSING and default not in value:
        raise InvalidInput(f"parameter {name!r}: the default {default!r} is not one of {value!r}.")
    return cs.CategoricalHyperparameter(name, value, default_value=value[0] if default is MISSING else default)
