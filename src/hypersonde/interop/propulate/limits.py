"""Search spaces as Propulate writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypersonde.errors import InvalidInput
from hypersonde.problem import HpProblem

__all__ = ["problem_of"]


def problem_of(limits: Mapping[str, Any]) -> HpProblem:
    """The space of a ``limits`` dict: floats are a range, whole numbers a range of them, strings categories.

    The ends of a range may come in either order.

    >>> problem_of({"lr": (0.01, 0.0001), "layers": (2, 10), "act": ("relu", "tanh")}).names
    ('act', 'layers', 'lr')

    Raises
    ------
    InvalidInput : limits of another form.
    """
    return HpProblem({name: _spelling(name, tuple(given)) for name, given in limits.items()})


def _spelling(name: str, given: tuple[Any, ...]) -> Any:
    if given and all(isinstance(value, str) for value in given):
        return list(given)
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in given)
    if len(given) != 2 or not numbers:
        raise InvalidInput(
            f"limits of {name!r}: got {given!r}, expected two floats, two whole numbers, or strings to choose from."
        )
    low, high = sorted(given)
    if all(isinstance(value, int) for value in given):
        return (low, high) if low < high else low
    return (float(low), float(high)) if low < high else float(low)
