"""Events as few bytes, for messages between the writers of one study.

A message is a run of records. What seldom changes - names, types, who, where - is sent once as a numbered *shape*;
after that an event is a fixed head, the number of its shape and its raw values, eight bytes for a float.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any, Final, NamedTuple

from hypersonde.errors import StorageError
from hypersonde.failure import Failure
from hypersonde.storage.codec import typed, untyped
from hypersonde.trials import Event, Finished, Queued, Released, Reported, Started, State

__all__ = ["Reader", "Sent", "Writer"]

_SHAPE: Final = 0
_QUEUED, _STARTED, _REPORTED, _RELEASED, _FINISHED = range(1, 6)
_HEAD = struct.Struct("<BHIHdH")
"""Kind, log, number, attempt, time, shape: 19 bytes."""
_DEFINITION = struct.Struct("<BHI")


class Sent(NamedTuple):
    """An event and the log that it belongs to; its number is that in this log."""

    log: int
    event: Event


class Writer:
    """Turns events into messages, for readers that get all of them in order."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[Any, ...], _Shape] = {}

    def message(self, events: Sequence[Sent]) -> bytes:
        """One message for some events."""
        return b"".join(part for sent in events for part in self._parts(*sent))

    def _parts(self, log: int, event: Event) -> Iterator[bytes]:
        kind, fixed, marked = _taken_apart(event)
        values = list(marked.values())
        codes = "".join([_code(value) for value in values])
        key = (*fixed, *marked, codes)
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shapes[key] = _Shape(len(self._shapes) % 65536, fixed, list(marked), codes)
            text = json.dumps([fixed, list(marked), codes]).encode("utf-8", "surrogatepass")
            yield _DEFINITION.pack(_SHAPE, shape.number, len(text)) + text
        attempt = 0 if isinstance(event, Queued) else event.attempt
        yield _HEAD.pack(kind, log, event.number, attempt, event.time, shape.number)
        yield from shape.packed(values)


class Reader:
    """Turns the messages of one writer into events again.

    >>> sent = Sent(2, Reported(7, 1.5, 3, 0.25))
    >>> Reader().events(Writer().message([sent])) == [sent]
    True
    """

    def __init__(self) -> None:
        self._shapes: dict[int, _Shape] = {}

    def events(self, message: bytes) -> list[Sent]:
        """The events of one message.

        Raises
        ------
        StorageError : it is none of a `Writer` of this version.
        """
        try:
            return list(self._read(message))
        except (KeyError, ValueError, struct.error) as error:
            raise StorageError(
                f"a message from another rank cannot be read ({type(error).__name__}: {error}). "
                f"Run the same version of hypersonde on all ranks."
            ) from error

    def _read(self, message: bytes) -> Iterator[Sent]:
        at = 0
        while at < len(message):
            if message[at] == _SHAPE:
                _, number, length = _DEFINITION.unpack_from(message, at)
                at += _DEFINITION.size
                text = message[at : at + length].decode("utf-8", "surrogatepass")
                self._shapes[number] = _Shape(number, *json.loads(text))
                at += length
                continue
            kind, log, there, attempt, time, number = _HEAD.unpack_from(message, at)
            shape = self._shapes[number]
            values, at = shape.unpacked(message, at + _HEAD.size)
            yield Sent(log, _put_together(kind, there, attempt, time, shape, values))


class _Shape:
    """What events have in common: the parts that seldom change, and names and types of the values.

    Parameters
    ----------
    codes : one letter per value; those of numbers are the letters of `struct`, so that a run of them is one format.
    """

    def __init__(self, number: int, fixed: list[Any], names: list[str], codes: str) -> None:
        self.number, self.fixed = number, fixed
        self._parts = list(_parts(codes))
        marks = [name[0] if name[1:2] == "." else name for name in names]
        plain = [name[2:] if name[1:2] == "." else name for name in names]
        self._spans = {mark: (marks.index(mark), len(marks) - marks[::-1].index(mark)) for mark in marks}
        self._names = {mark: plain[begin:end] for mark, (begin, end) in self._spans.items()}

    def packed(self, values: list[Any]) -> Iterator[bytes]:
        """The values as bytes."""
        at = 0
        for code, row, count in self._parts:
            yield row.pack(*values[at : at + count]) if row else _PACK[code](values[at])
            at += count

    def unpacked(self, message: bytes, at: int) -> tuple[list[Any], int]:
        """The values that begin at some byte of a message, and where they end."""
        values: list[Any] = []
        for code, row, _ in self._parts:
            if row:
                values += row.unpack_from(message, at)
                at += row.size
            else:
                value, at = _unpacked(code, message, at)
                values.append(value)
        return values, at

    def named(self, mark: str, values: list[Any]) -> dict[str, Any]:
        """The values of one origin, by name."""
        if mark not in self._spans:
            return {}
        begin, end = self._spans[mark]
        return dict(zip(self._names[mark], values[begin:end], strict=True))


def _parts(codes: str) -> Iterator[tuple[str, struct.Struct | None, int]]:
    """Runs of numbers, each with its format, and single other values: code, format or None, how many."""
    for numbers, run in groupby(codes, lambda code: code in _NUMBERS):
        letters = "".join(run)
        if numbers:
            yield letters[0], struct.Struct("<" + letters), len(letters)
        else:
            yield from ((code, None, 1) for code in letters)


# -- events <-> what seldom changes, and values ----------------------------------------------------------


def _taken_apart(event: Event) -> tuple[int, list[Any], Mapping[str, Any]]:
    """Kind, what seldom changes, values by name; names of different origins are told apart by their first letter."""
    match event:
        case Queued():
            return _QUEUED, [event.origin], _marked(c=event.config, w=event.why)
        case Started():
            return _STARTED, [event.origin, event.owner], _marked(c=event.config, w=event.why)
        case Reported():
            return _REPORTED, [], {"step": event.step, "value": event.value}
        case Released():
            return _RELEASED, [], {"failure": asdict(event.failure)}
        case Finished():
            values = {str(i): value for i, value in enumerate(event.values)}
            failure = {} if event.failure is None else {"failure": asdict(event.failure)}
            return _FINISHED, [event.state.name, event.worker], _marked(v=values, m=event.metrics) | failure


def _put_together(kind: int, number: int, attempt: int, time: float, shape: _Shape, values: list[Any]) -> Event:
    fixed, named = shape.fixed, shape.named
    if kind == _FINISHED:
        failed = named("failure", values)
        failure = Failure(**failed["failure"]) if failed else None
        results, metrics = tuple(named("v", values).values()), named("m", values)
        return Finished(number, time, State[fixed[0]], results, metrics, failure, fixed[1], attempt)
    if kind == _STARTED:
        return Started(number, time, named("c", values), fixed[0], named("w", values), fixed[1], attempt)
    if kind == _REPORTED:
        return Reported(number, time, values[0], values[1], attempt)
    if kind == _RELEASED:
        return Released(number, time, Failure(**values[0]), attempt)
    return Queued(number, time, named("c", values), fixed[0], named("w", values))


def _marked(**mappings: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{mark}.{name}": value for mark, values in mappings.items() for name, value in values.items()}


# -- values <-> bytes ------------------------------------------------------------------------------------

_LONG = struct.Struct("<I")
_NUMBERS: Final = frozenset("dqb")
_CONSTANTS: Final[dict[str, Any]] = {"n": None, "t": True, "f": False}
_SHORT = 64
"""Letters of a text whose length in bytes surely fits one byte."""


def _code(value: Any) -> str:
    """The letter of a plain value's type."""
    kind = type(value)
    if kind is float:
        return "d"
    if kind is int:
        return "b" if -128 <= value < 128 else "q" if -(2**63) <= value < 2**63 else "j"
    if kind is str:
        return "s" if len(value) < _SHORT else "S"
    return "n" if value is None else "t" if value is True else "f" if value is False else "j"


def _short(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    return bytes([len(raw)]) + raw


def _long(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    return _LONG.pack(len(raw)) + raw


def _nothing(value: Any) -> bytes:
    return b""


_PACK: Final[dict[str, Callable[[Any], bytes]]] = {
    "s": _short,
    "S": _long,
    "j": lambda value: _long(json.dumps(typed(value))),
    **dict.fromkeys(_CONSTANTS, _nothing),
}


def _unpacked(code: str, message: bytes, at: int) -> tuple[Any, int]:
    """A value that is no number, and where the next one begins."""
    if code in _CONSTANTS:
        return _CONSTANTS[code], at
    length, at = (message[at], at + 1) if code == "s" else (_LONG.unpack_from(message, at)[0], at + _LONG.size)
    text = message[at : at + length].decode("utf-8", "surrogatepass")
    return (untyped(json.loads(text)) if code == "j" else text), at + length
