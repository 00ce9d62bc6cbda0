"""Events <-> rows of a table: a few columns that the database compares, the rest one JSON text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from sys import intern
from typing import Any, NamedTuple

from hypersonde.errors import StorageError
from hypersonde.failure import Failure
from hypersonde.storage.plain import is_simple, plain_config, plain_record
from hypersonde.trials import Event, Finished, Queued, Released, Reported, Started, State


class Row(NamedTuple):
    """One event as a row; `body` is JSON (with Python's NaN and Infinity) of what differs from the defaults."""

    number: int
    kind: str
    attempt: int
    time: float
    body: str


def plain(event: Event) -> Event:
    """The event with plain Python values, as a reader of the log will see it.

    Raises
    ------
    InvalidInput : a configuration holds a value that no log can give back.
    """
    match event:
        case Started(number, time, config, origin, why, owner, attempt):
            return Started(number, time, plain_config(config), origin, plain_record(why), owner, attempt)
        case Queued():
            return replace(event, config=plain_config(event.config), why=plain_record(event.why))
        case Finished(number, time, state, values, metrics, failure, worker, attempt):
            numbers = tuple([float(v) for v in values])
            return Finished(number, time, state, numbers, plain_record(metrics), failure, worker, attempt)
        case Reported():
            return replace(event, step=int(event.step), value=float(event.value))
        case Released():
            return event


def encode(event: Event) -> Row:
    """The row of an event.

    Raises
    ------
    InvalidInput : a configuration holds a value that no log can give back.
    """
    return encoded(plain(event))


def encoded(event: Event) -> Row:
    """The row of an event that is `plain`."""
    body = {name: value for name, value in _body(event).items() if value not in ("", {}, [], None)}
    attempt = 0 if isinstance(event, Queued) else int(event.attempt)
    return Row(int(event.number), _KINDS[type(event)], attempt, float(event.time), _dumps(body))


def decode(rows: Sequence[Sequence[Any]], place: str = "the log", known: int = 0) -> list[Event]:
    """The events of rows (number, kind, attempt, time, body), in their order.

    Parameters
    ----------
    place : where they are, for messages.
    known : how many events are before them there.

    Raises
    ------
    Damage : some row is none that this version writes; it has the events before.
    """
    try:
        bodies = json.loads(f"[{','.join([row[4] for row in rows])}]")
        return [_READ[row[1]](row[0], row[3], row[2], body) for row, body in zip(rows, bodies, strict=True)]
    except _DAMAGES:
        return _one_by_one(rows, place, known)


def _one_by_one(rows: Sequence[Sequence[Any]], place: str, known: int) -> list[Event]:
    """The events of rows, or the error that says which one is none."""
    events: list[Event] = []
    for row in rows:
        try:
            events.append(_READ[row[1]](row[0], row[3], row[2], json.loads(row[4])))
        except _DAMAGES as error:
            raise damage(f"{place}: event {known + len(events) + 1}", error, events) from error
    return events


def restored(rows: Sequence[Sequence[Any]]) -> list[Event]:
    """The events of rows whose bodies are no text any more.

    Raises
    ------
    Damage : some row is none that this version writes.
    """
    try:
        return [_READ[kind](number, time, attempt, body) for number, kind, attempt, time, body in rows]
    except _DAMAGES as error:
        raise damage("an event of the log", error) from error


_DAMAGES = (AttributeError, KeyError, TypeError, ValueError)


class Damage(StorageError):
    """A log that can be read up to somewhere.

    Attributes
    ----------
    before : the events up to there that the reader did not have.
    """

    def __init__(self, message: str, before: Sequence[Event] = ()) -> None:
        super().__init__(message)
        self.before = list(before)


def damage(where: str, error: Exception, before: Sequence[Event] = ()) -> Damage:
    """The error that says where a log is damaged, and what can be saved."""
    return Damage(
        f"{where} cannot be read ({type(error).__name__}: {error}): the log is damaged there, unless a newer version "
        f"of hypersonde wrote it. Restore it from a backup. What was before can be saved: hypersonde storage copy FROM "
        f"TO takes it over, and results.csv in the log directory has what was finished.",
        before,
    )


# -- writing -------------------------------------------------------------------------------------------

_KINDS: dict[type, str] = {
    Queued: "queued",
    Started: "started",
    Reported: "reported",
    Released: "released",
    Finished: "finished",
}

_dumps = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def _body(event: Event) -> dict[str, Any]:
    match event:
        case Queued():
            return _chosen(event)
        case Started():
            return _chosen(event) | {"owner": event.owner}
        case Reported():
            return {"step": event.step, "value": event.value}
        case Released():
            return {"failure": asdict(event.failure)}
        case Finished():
            return {
                "state": event.state.name,
                "values": list(event.values),
                "failure": event.failure and asdict(event.failure),
                "worker": event.worker,
                **_mappings(metrics=event.metrics),
            }


def _chosen(event: Queued | Started) -> dict[str, Any]:
    return {"origin": event.origin, **_mappings(config=event.config, why=event.why)}


def _mappings(**mappings: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no tuples: mappings that hold some are listed under ``typed`` and say of each part what it is."""
    typed = [name for name, values in mappings.items() if not is_simple(values)]
    if not typed:
        return mappings
    return {**mappings, **{name: _typed_values(mappings[name]) for name in typed}, "typed": typed}


def _typed_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: typed(value) for key, value in values.items()}


def typed(value: Any) -> Any:
    """A plain value for JSON, which has no tuples."""
    match value:
        case tuple():
            return {"tuple": [typed(v) for v in value]}
        case list():
            return [typed(v) for v in value]
        case dict():
            return {"dict": _typed_values(value)}
    return value


# -- reading -------------------------------------------------------------------------------------------


def _mapping(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    values: dict[str, Any] = body.get(name, {})
    return {key: untyped(value) for key, value in values.items()} if name in body.get("typed", ()) else values


def untyped(value: Any) -> Any:
    """The value that `typed` was given."""
    match value:
        case {"tuple": parts}:
            return tuple(untyped(v) for v in parts)
        case list():
            return [untyped(v) for v in value]
        case {"dict": parts}:
            return {k: untyped(v) for k, v in parts.items()}
    return value


def _failure(body: Mapping[str, Any]) -> Failure | None:
    return Failure(**body["failure"]) if "failure" in body else None


def _queued(number: int, time: float, _: int, body: Mapping[str, Any]) -> Event:
    return Queued(number, time, _mapping(body, "config"), intern(body.get("origin", "")), _mapping(body, "why"))


def _started(number: int, time: float, attempt: int, body: Mapping[str, Any]) -> Event:
    origin, owner = intern(body.get("origin", "")), intern(body.get("owner", ""))
    return Started(number, time, _mapping(body, "config"), origin, _mapping(body, "why"), owner, attempt)


def _reported(number: int, time: float, attempt: int, body: Mapping[str, Any]) -> Event:
    return Reported(number, time, body["step"], body["value"], attempt)


def _released(number: int, time: float, attempt: int, body: Mapping[str, Any]) -> Event:
    return Released(number, time, Failure(**body["failure"]), attempt)


def _finished(number: int, time: float, attempt: int, body: Mapping[str, Any]) -> Event:
    values, worker = tuple(body.get("values", ())), intern(body.get("worker", ""))
    metrics = _mapping(body, "metrics")
    return Finished(number, time, State[body["state"]], values, metrics, _failure(body), worker, attempt)


_READ: dict[str, Callable[[int, float, int, Mapping[str, Any]], Event]] = {
    "queued": _queued,
    "started": _started,
    "reported": _reported,
    "released": _released,
    "finished": _finished,
}
