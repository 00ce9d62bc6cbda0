"""Several logs become one study: what ranks, or searches apart from each other, have found."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import replace

from hypersonde.errors import InvalidInput, StudyConflict
from hypersonde.storage.base import Header, Storage
from hypersonde.storage.memory import MemoryStorage
from hypersonde.storage.names import Names
from hypersonde.storage.transfer import chosen, copy
from hypersonde.trials import Event, Queued, Started

__all__ = ["merge"]


def merge(
    sources: Sequence[Storage],
    target: Storage,
    name: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Header:
    """Write the events of several logs into one, in the order of their times; the header of the study.

    Trials get new numbers there, in the order in which they were chosen, and what names other trials is rewritten.
    Which trial is whose is not looked at: two logs of the same trials have them twice. Interrupted, it goes on where
    it stopped.

    Parameters
    ----------
    name : which study; may be left out when each source holds only one.
    progress : called after each transaction with the events written and all.

    Raises
    ------
    InvalidInput : no source, or one that has no such study, or several and no `name` says which.
    StudyConflict : the sources have different spaces or metrics, or the target has another study of this name.
    """
    if not sources:
        raise InvalidInput("merge: got no logs, expected at least one.")
    headers = [source.open(chosen(source.studies(), name)) for source in sources]
    for header in headers[1:]:
        _same(headers[0], header)
    whole = MemoryStorage()
    whole.open(headers[0])
    whole.append(_renumbered([source.read() for source in sources]))
    return copy(whole, target, headers[0].name, progress)


def _renumbered(logs: Sequence[Sequence[Event]]) -> list[Event]:
    names = Names()
    made: list[Event] = []
    streams = [[(event, log) for event in events] for log, events in enumerate(logs)]
    for event, log in heapq.merge(*streams, key=lambda pair: pair[0].time):
        number = names.number(log, event.number)
        if number is None:
            number = names.add(log, event.number)
        event = replace(event, number=number)
        if isinstance(event, Queued | Started):
            event = replace(event, why=names.within(log, event.why))
        made.append(event)
    return made


def _same(first: Header, other: Header) -> None:
    for key, what in (("space", "search spaces"), ("metrics", "metrics")):
        if first.settings.get(key) != other.settings.get(key):
            raise StudyConflict(
                f"merge: the studies {first.name!r} and {other.name!r} have different {what}. "
                f"Only logs of one and the same problem can become one."
            )
