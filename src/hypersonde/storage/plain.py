"""Values of users as plain values: what is written is what is read, whatever a run function returned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hypersonde.errors import InvalidInput

_SIMPLE = frozenset({str, int, float, bool, type(None)})


def plain_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """A copy with plain Python values: None, bool, int, float, str, and tuples, lists and dicts of them.

    Raises
    ------
    InvalidInput : some value is nothing of the kind, so that the log could not give it back.
    """
    return {name: v if type(v) in _SIMPLE else _config_value(name, v) for name, v in config.items()}


def plain_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """A copy with plain Python values, for what is only shown: any other object becomes its ``str()``."""
    return {str(name): v if type(v) in _SIMPLE else _record_value(v) for name, v in record.items()}


def is_simple(values: Mapping[str, Any]) -> bool:
    """Whether no value is a tuple, list or dict."""
    return all(type(v) in _SIMPLE for v in values.values())


def _config_value(name: str, value: Any) -> Any:
    def refuse(part: object) -> Any:
        raise InvalidInput(
            f"parameter {name!r}: a value of type {type(part).__name__} cannot be written to the log of the study. "
            f"Use None, bool, int, float, str or tuples of them, for instance a name that the run function looks up."
        )

    return _plain(value, refuse)


def _record_value(value: Any) -> Any:
    try:
        return _plain(value, str)
    except Exception:  # noqa: BLE001 - the object is the user's: its __str__ may raise anything
        return f"<{type(value).__name__} that cannot be written>"


def _plain(value: Any, otherwise: Callable[[object], Any]) -> Any:
    """`value` made of plain Python types; what has no such form goes through ``otherwise(value)``."""
    match value:
        case None | bool() | np.bool_():
            return None if value is None else bool(value)
        case int() | np.integer():
            return int(value)
        case float() | np.floating():
            return float(value)
        case str():
            return str.__str__(value)
        case tuple():
            return tuple(_plain(v, otherwise) for v in value)
        case list():
            return [_plain(v, otherwise) for v in value]
        case np.ndarray():
            return _plain(value.tolist(), otherwise)
        case Mapping():
            return {str(k): _plain(v, otherwise) for k, v in value.items()}
    return otherwise(value)
