"""Spans of time as people type them: ``90``, ``90s``, ``10m``, ``1h30m``."""

from __future__ import annotations

import re

from hypersonde.errors import InvalidInput

_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_PARTS = re.compile(r"(\d+(?:\.\d+)?)([dhms])")


def seconds(text: str) -> float:
    """A span of time in seconds; a bare number is seconds already.

    >>> seconds("90"), seconds("1.5h"), seconds("1h30m")
    (90.0, 5400.0, 5400.0)

    Raises
    ------
    InvalidInput : it cannot be read, or is not more than zero.
    """
    plain = text.strip().lower()
    parts = _PARTS.findall(plain)
    if re.fullmatch(r"\d+(\.\d+)?", plain):
        total = float(plain)
    elif parts and "".join(number + unit for number, unit in parts) == plain:
        total = sum(float(number) * _UNITS[unit] for number, unit in parts)
    else:
        total = 0.0
    if total <= 0:
        raise InvalidInput(
            f"a span of time: got {text!r}, expected seconds above zero, or something like 90s, 10m, 2h."
        )
    return total


def spoken(span: float) -> str:
    """A span of time for people.

    >>> spoken(4.25), spoken(75), spoken(5400)
    ('4.2 s', '1 min 15 s', '1 h 30 min')
    """
    if span < 60:
        return f"{span:.1f} s"
    minutes, rest = divmod(round(span), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
