"""A place as a user types it, as a storage: a SQLite file, a PostgreSQL server or a spool directory."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hypersonde.errors import InvalidInput, unknown
from hypersonde.storage.base import Storage
from hypersonde.storage.owners import LEASE

EXPECTED: Final = "the path of a SQLite file, postgresql+psycopg://user@host:port/database, or spool:DIRECTORY"

_FILE: Final = "hypersonde.storage.sql:SqlStorage"

PLACES: Final[Mapping[str, str]] = {
    "sqlite": _FILE,
    "postgresql": _FILE,
    "postgres": _FILE,
    "spool": "hypersonde.storage.spool:SpoolStorage",
}
"""What a place may begin with, up to the first colon (and plus sign); anything without a colon is a SQLite file."""


def open_storage(place: str, lease: float = LEASE, *, make: bool = True) -> Storage:
    """The storage at a place.

    Parameters
    ----------
    place : the path of a SQLite file, of the log of a rank, or of the directory that has ``study.db`` or the logs of
        ranks; ``postgresql+psycopg://user@host:port/database``; or ``spool:DIRECTORY``.
    lease : seconds after its last heartbeat for which an owner on another machine is taken to be alive.
    make : whether a file or directory that does not exist is made.

    Raises
    ------
    InvalidInput : the text names no place, or one that does not exist while it must.
    StorageError : the place cannot be opened.
    """
    kind, rest = _parts(place)
    path = None if "://" in place else Path(rest)
    if path is not None and kind == "sqlite" and (of_ranks := _of_ranks(path, lease)) is not None:
        return of_ranks
    if path is not None and kind == "sqlite" and path.is_dir():
        path /= "study.db"
    if path is not None:
        if not make and not path.exists():
            raise InvalidInput(f"storage {place!r}: there is nothing at {path.absolute()}. Expected {EXPECTED}.")
        _make_parent(path)
    module, _, name = PLACES[kind].partition(":")
    opener: Any = getattr(importlib.import_module(module), name)
    storage: Storage = opener(place if path is None else path, lease=lease)
    return storage


def ranks_logs(directory: Path, lease: float = LEASE) -> Storage | None:
    """What the ranks of earlier searches have left in a directory, as one log; None when they have left nothing."""
    from hypersonde.storage.homes import Directories, logs_of_ranks

    if not logs_of_ranks(directory):
        return None
    from hypersonde.storage.replicated import ReplicatedStorage
    from hypersonde.storage.transport import Alone

    return ReplicatedStorage(Directories(directory, lease), Alone())


def _of_ranks(path: Path, lease: float) -> Storage | None:
    """The logs of all ranks, or of one; None when the path is something else."""
    from hypersonde.storage.homes import LOG

    one = path / LOG if path.is_dir() else path
    if one.name == LOG and one.is_file():
        from hypersonde.storage.journal import JournalStorage

        return JournalStorage(one, lease)
    return ranks_logs(path, lease)


def _parts(place: str) -> tuple[str, str]:
    """The kind of a place, and the rest of the text.

    >>> _parts("runs/study.db"), _parts("spool:/scratch/me"), _parts("postgresql+psycopg://me@db/x")[0]
    (('sqlite', 'runs/study.db'), ('spool', '/scratch/me'), 'postgresql')
    """
    head, colon, rest = place.partition(":")
    kind = head.partition("+")[0]
    if colon and kind in PLACES and rest:
        return kind, rest
    if "://" in place or (colon and not rest):
        raise unknown(f"kind of storage (expected {EXPECTED}):", kind, PLACES)
    if not place:
        raise InvalidInput(f"a storage needs a place, got ''. Expected {EXPECTED}.")
    return "sqlite", place


def _make_parent(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"the directory {path.parent} cannot be made: {error.strerror or error}. Choose another place."
        ) from error
