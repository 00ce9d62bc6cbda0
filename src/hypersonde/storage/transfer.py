"""Moving a study from one storage to another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest

from hypersonde.errors import InvalidInput, StorageError, StudyConflict
from hypersonde.storage.base import Header, Storage
from hypersonde.storage.codec import Damage, encode
from hypersonde.trials import Event

_CHUNK = 5_000
"""Events per transaction."""

Progress = Callable[[int, int], None]
"""Told how many of how many events are in the target."""


def copy(source: Storage, target: Storage, name: str | None = None, progress: Progress | None = None) -> Header:
    """Copy a study, event by event in the order of the log, and return its header.

    The source stays as it is; both storages have the study open afterwards. A copy that was interrupted, or whose
    source has grown since, goes on where it stopped.

    Parameters
    ----------
    name : which study; may be left out when the source holds only one.
    progress : called after each transaction.

    Raises
    ------
    InvalidInput : the source has no such study, or several and no `name` says which.
    StudyConflict : the target has a study of this name that is not the beginning of this one.
    StorageError : the source is damaged; what is before the damage was copied.
    """
    header = chosen(source.studies(), name)
    if any(there.name == header.name and there != header for there in target.studies()):
        raise _conflict(header)
    source.open(header)
    target.open(header)
    damage: Damage | None = None
    try:
        events = source.read()
    except Damage as error:
        damage, events = error, error.before
    there = target.read()
    if not _begins(events, there):
        raise _conflict(header)
    for i in range(len(there), len(events), _CHUNK):
        target.append(events[i : i + _CHUNK])
        if progress is not None:
            progress(min(i + _CHUNK, len(events)), len(events))
    if damage is not None:
        raise StorageError(f"{damage} Copied were the {len(events)} events before it.") from damage
    return header


def _begins(events: Sequence[Event], with_: Sequence[Event]) -> bool:
    """Whether a log begins with these events; NaN is NaN."""
    pairs = zip_longest(events[: len(with_)], with_)
    return all(a == b or (a is not None and b is not None and encode(a) == encode(b)) for a, b in pairs)


def _conflict(header: Header) -> StudyConflict:
    return StudyConflict(
        f"the target has a study {header.name!r} already, which is not the beginning of this one. Give another target."
    )


def chosen(studies: list[Header], name: str | None) -> Header:
    """The study of this name, or the only one.

    Raises
    ------
    InvalidInput : there is none, or there are several.
    """
    found = [study for study in studies if name is None or study.name == name]
    if len(found) == 1:
        return found[0]
    known = ", ".join(repr(study.name) for study in studies) or "none"
    wanted = "one study" if name is None else f"the study {name!r}"
    raise InvalidInput(f"copy of {wanted}: the source has {known}. Give the name of one of them.")
