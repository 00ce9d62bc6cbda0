"""Which part of an object keeps it from being pickled."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from hypersonde.evaluators.packing import pack_object

_SEVERAL = (list, tuple, set, frozenset)
_DEPTH = 6
_MOST = 100
"""Parts of one object that are tried."""


def culprit(thing: Any) -> str:
    """What is to blame, with its name where it has one: its variable, attribute or key.

    >>> import threading
    >>> lock = threading.Lock()
    >>> culprit(lambda config: lock), culprit({"model": [lock]}), culprit(lock)
    ("'lock', a lock", "'model', a list", 'a lock')
    >>> culprit(functools.partial(print, lock)), culprit(functools.partial(print, file=lock))
    ('a lock', "'file', a lock")
    """
    name = ""
    for _ in range(_DEPTH):
        guilty = next(((n, part) for n, part in _parts(thing) if not _can_be_packed(part)), None)
        if guilty is None or (name and isinstance(thing, _SEVERAL)):
            break
        name, thing = guilty
    kind = type(thing).__name__
    return f"{name!r}, {_a(kind)}" if name else _a(kind)


def _a(kind: str) -> str:
    return f"an {kind}" if kind[:1] in "AEIOUaeiou" else f"a {kind}"


def _can_be_packed(thing: Any) -> bool:
    try:
        pack_object(thing)
    except Exception:  # noqa: BLE001  pickling runs the user's code
        return False
    return True


def _parts(thing: Any) -> Iterator[tuple[str, Any]]:
    """What travels with an object, by name; without one where a person would not know it."""
    for i, part in enumerate(_all_parts(thing)):
        if i == _MOST:
            return
        yield part


def _all_parts(thing: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(thing, types.FunctionType):
        yield from _variables(thing)
    elif isinstance(thing, types.MethodType):
        yield from [("", thing.__func__), ("", thing.__self__)]
    elif isinstance(thing, functools.partial):
        yield from [("", thing.func), *(("", one) for one in thing.args), *thing.keywords.items()]
    elif isinstance(thing, Mapping):
        yield from ((str(name), part) for name, part in thing.items())
    elif isinstance(thing, _SEVERAL):
        yield from (("", part) for part in thing)
    elif is_dataclass(thing) and not isinstance(thing, type):
        yield from ((field.name, getattr(thing, field.name)) for field in fields(thing))
    else:
        yield from getattr(thing, "__dict__", {}).items()


def _variables(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """The variables that a function takes with it from outside, as it uses them."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # empty: not bound yet
            continue
    for name in function.__code__.co_names:
        if name in function.__globals__ and not isinstance(function.__globals__[name], types.ModuleType):
            yield name, function.__globals__[name]
