"""Events as few bytes, for messages between the writers of one study.

A message is a run of records. What seldom changes - names, types, who, where - is sent once as a numbered *shape*;
after that an event is a fixed head, the number of its shape and its raw values, eight bytes for a float.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
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
        self._shapes: dict[str, int] = {}

    def message(self, events: Sequence[Sent]) -> bytes:
        """One message for some events."""
        return b"".join(part for sent in events for part in self._parts(*sent))

    def _parts(self, log: int, event: Event) -> Iterator[bytes]:
        kind, fixed, values = _taken_apart(event)
        codes, rows = [], []
        for value in values.values():
            code, row = _packed(value)
            codes.append(code)
            rows.append(row)
        shape = json.dumps([fixed, list(values), "".join(codes)])
        number = self._shapes.get(shape)
        if number is None:
            number = self._shapes[shape] = len(self._shapes) % 65536
            text = shape.encode("utf-8", "surrogatepass")
            yield _DEFINITION.pack(_SHAPE, number, len(text)) + text
        attempt = 0 if isinstance(event, Queued) else event.attempt
        yield _HEAD.pack(kind, log, event.number, attempt, event.time, number)
        yield from rows


class Reader:
    """Turns the messages of one writer into events again.

    >>> sent = Sent(2, Reported(7, 1.5, 3, 0.25))
    >>> Reader().events(Writer().message([sent])) == [sent]
    True
    """

    def __init__(self) -> None:
        self._shapes: dict[int, tuple[Any, list[str], str]] = {}

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
                self._shapes[number] = json.loads(message[at : at + length].decode("utf-8", "surrogatepass"))
                at += length
                continue
            kind, log, number, attempt, time, shape = _HEAD.unpack_from(message, at)
            at += _HEAD.size
            fixed, names, codes = self._shapes[shape]
            values = {}
            for name, code in zip(names, codes, strict=True):
                values[name], at = _unpacked(code, message, at)
            yield Sent(log, _put_together(kind, number, attempt, time, fixed, values))


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
            failure = None if event.failure is None else asdict(event.failure)
            return (
                _FINISHED,
                [event.state.name, event.worker],
                {
                    **_marked(v=values, m=event.metrics),
                    **({} if failure is None else {"failure": failure}),
                },
            )


def _put_together(kind: int, number: int, attempt: int, time: float, fixed: list[Any], values: dict[str, Any]) -> Event:
    if kind == _QUEUED:
        return Queued(number, time, _of("c", values), fixed[0], _of("w", values))
    if kind == _STARTED:
        return Started(number, time, _of("c", values), fixed[0], _of("w", values), fixed[1], attempt)
    if kind == _REPORTED:
        return Reported(number, time, values["step"], values["value"], attempt)
    if kind == _RELEASED:
        return Released(number, time, Failure(**values["failure"]), attempt)
    failure = Failure(**values.pop("failure")) if "failure" in values else None
    results = tuple(_of("v", values).values())
    return Finished(number, time, State[fixed[0]], results, _of("m", values), failure, fixed[1], attempt)


def _marked(**mappings: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{mark}.{name}": value for mark, values in mappings.items() for name, value in values.items()}


def _of(mark: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name[2:]: value for name, value in values.items() if name.startswith(f"{mark}.")}


# -- values <-> bytes ------------------------------------------------------------------------------------

_FLOAT, _INT, _SHORT, _LONG = struct.Struct("<d"), struct.Struct("<q"), struct.Struct("<b"), struct.Struct("<I")
_CONSTANTS: Final[dict[str, Any]] = {"n": None, "t": True, "f": False}


def _packed(value: Any) -> tuple[str, bytes]:
    """The code of a plain value's type, and its bytes."""
    if type(value) is float:
        return "d", _FLOAT.pack(value)
    if value is None or value is True or value is False:
        return ("n" if value is None else "t" if value else "f"), b""
    if type(value) is int and -128 <= value < 128:
        return "b", _SHORT.pack(value)
    if type(value) is int and -(2**63) <= value < 2**63:
        return "q", _INT.pack(value)
    if type(value) is str:
        text = value.encode("utf-8", "surrogatepass")
        return ("s", bytes([len(text)]) + text) if len(text) < 256 else ("S", _LONG.pack(len(text)) + text)
    text = json.dumps(typed(value)).encode()
    return "j", _LONG.pack(len(text)) + text


def _unpacked(code: str, message: bytes, at: int) -> tuple[Any, int]:
    """A value and where the next one begins."""
    if code in _CONSTANTS:
        return _CONSTANTS[code], at
    if code in _NUMBERS:
        kind = _NUMBERS[code]
        return kind.unpack_from(message, at)[0], at + kind.size
    length, at = (message[at], at + 1) if code == "s" else (_LONG.unpack_from(message, at)[0], at + _LONG.size)
    return _TEXTS[code](message[at : at + length]), at + length


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")


_NUMBERS: Final = {"d": _FLOAT, "q": _INT, "b": _SHORT}
_TEXTS: Final[dict[str, Callable[[bytes], Any]]] = {"s": _text, "S": _text, "j": lambda raw: untyped(json.loads(raw))}
