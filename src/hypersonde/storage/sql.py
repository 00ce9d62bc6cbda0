"""The log in a database: one SQLite file, or PostgreSQL for writers on many machines."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from hypersonde.errors import StorageError
from hypersonde.storage import tables
from hypersonde.storage.base import Header, Storage
from hypersonde.storage.births import births
from hypersonde.storage.codec import Damage, decode, encode
from hypersonde.storage.database import Database
from hypersonde.storage.owners import LEASE, RETIRED, holds
from hypersonde.storage.statements import CREATE, FIND, HEADERS, LAST, READ, WRITTEN
from hypersonde.trials import Event, Queued, Started
from hypersonde.trials.bulk import without_collection

T = TypeVar("T")

_CHUNK = 10_000
"""Rows decoded at once."""

_NO_LIMIT = 2**31 - 1
"""The highest number that the column holds."""


class SqlStorage(Storage):
    """The log of studies in one database; any number of processes may use it at once.

    Every `append`, `create` and `claim` is one transaction, on disk when it returns.

    Parameters
    ----------
    place : the path of a SQLite file on a local disk, made when it does not exist, or
        ``postgresql+psycopg://user@host:port/database``.
    lease : seconds after its last heartbeat for which an owner on another machine is taken to be alive.

    Raises
    ------
    StorageError : the place cannot be opened, or holds something else.
    """

    def __init__(self, place: str | os.PathLike[str], lease: float = LEASE) -> None:
        self._db = Database(place)
        self._lease = lease
        self._opened: int | None = None
        self._name = ""
        self._seen = self._known = 0
        self._size = 0
        if not self._db.look(self._ours):
            self._db.transaction(self._create_tables)

    @property
    def place(self) -> str:
        """Where the log is: the absolute path of the file, or the URL without its password."""
        return self._db.place

    def studies(self) -> list[Header]:
        rows = self._db.query(HEADERS)
        return [Header(row.name, json.loads(row.header)) for row in rows]

    def open(self, header: Header) -> Header:
        row = {"name": header.name, "header": json.dumps(dict(header.settings))}
        found = self._db.query(FIND, row)
        if not found:
            self._db.transaction(lambda db, _: db.execute(self._db.statements.open, row))
            found = self._db.query(FIND, row)
        self._opened, self._name = found[0].id, header.name
        self._seen = self._known = self._size = 0
        return Header(found[0].name, json.loads(found[0].header))

    def read(self) -> list[Event]:
        with without_collection():
            rows = self._db.durable(READ, {"study": self._study, "seen": self._seen})
            events = self._decoded(rows)
        if rows:
            self._seen = rows[-1].seq
            self._known += len(rows)
        self._size = max(self._size, 1 + max((event.number for event in events), default=-1))
        return events

    def create(
        self, drafts: Sequence[Queued | Started], limit: int | None = None, at: int | None = None
    ) -> list[Queued | Started]:
        def number(db: Connection, write: str) -> Sequence[Event]:
            size = self._count(db)
            room = 0 if at not in (None, size) else len(drafts) if limit is None else max(0, limit - size)
            born = [replace(draft, number=size + i) for i, draft in enumerate(drafts[:room])]
            if born:
                db.execute(CREATE, self._rows(born, [True] * len(born), write))
            return born

        def number_one(db: Connection, write: str) -> Sequence[Event]:
            below = min(_NO_LIMIT if limit is None else limit, _NO_LIMIT if at is None else at + 1)
            row = {**self._rows(drafts, [True], write), "least": at or 0, "limit": below}
            _, found = self._db.at_once(db, self._db.statements.number_text, row, self._study)
            return [replace(drafts[0], number=n) for (n,) in found]

        shortcut = number_one if self._db.statements.shared and len(drafts) == 1 else None
        born = self._write(number, decode, shortcut)
        self._size = max(self._size, len(born) and born[-1].number + 1)
        return cast(list[Queued | Started], born)

    def claim(self, event: Started) -> bool:
        return self._add([event]) == 1

    def append(self, events: Sequence[Event]) -> None:
        if events:
            self._add(events)

    def heartbeat(self, owner: str) -> None:
        self._db.transaction(lambda db, _: db.execute(self._db.statements.beat, {"owner": owner}))

    def retire(self, owner: str) -> None:
        row = {"owner": owner, "heartbeat": RETIRED}
        self._db.transaction(lambda db, _: db.execute(self._db.statements.retire, row))

    def alive(self, owner: str) -> bool:
        row = self._db.query(self._db.statements.owner, {"owner": owner})[0]
        return holds(owner, row[1], float(row[0]), self._lease)

    def close(self) -> None:
        self._db.close()

    # -- inside --------------------------------------------------------------------------------------

    def _ours(self, db: Connection) -> bool:
        return tables.ours(db, self.place)

    def _create_tables(self, db: Connection, _: bool) -> None:
        db.exec_driver_sql(self._db.statements.alone)
        if not self._ours(db):
            tables.create(db)

    @property
    def _study(self) -> int:
        if self._opened is None:
            raise StorageError(f"{self.place}: no study is open in this storage. Call `open` first.")
        return self._opened

    def _decoded(self, rows: Sequence[Any]) -> list[Event]:
        """The events of rows that were not read before."""
        events: list[Event] = []
        for i in range(0, len(rows), _CHUNK):
            try:
                events += decode(rows[i : i + _CHUNK], f"{self.place}, study {self._name!r}", self._known + i)
            except Damage as damage:
                damage.before[:0] = events
                raise
        return events

    def _add(self, events: Sequence[Event]) -> int:
        """Append the events that say something new; how many that were."""

        def add(db: Connection, write: str) -> int:
            known = self._size if all(event.number < self._size for event in events) else self._count(db)
            rows = self._rows(events, births(events, known), write)
            return db.execute(self._db.statements.add, rows).rowcount

        def add_one(db: Connection, write: str) -> int:
            row = self._rows(events, births(events, self._size), write)
            return self._db.at_once(db, self._db.statements.add_text, row, self._study)[0]

        known = len(events) == 1 and events[0].number < self._size
        return self._write(add, len, add_one if known and self._db.statements.shared else None)

    def _write(
        self,
        work: Callable[[Connection, str], T],
        recall: Callable[[Sequence[Any]], T],
        shortcut: Callable[[Connection, str], T] | None = None,
    ) -> T:
        """One transaction of the log, done once even when the server goes away before it has answered.

        Parameters
        ----------
        work : writes rows that carry the given token, and returns the result.
        recall : the same result from the rows, when an earlier try turns out to have been committed.
        shortcut : the same as `work`, as a transaction of its own.
        """
        study, token = self._study, secrets.token_hex(8)

        def once(db: Connection, again: bool) -> T:
            done = db.execute(WRITTEN, {"study": study, "seen": self._seen, "write": token}).all() if again else ()
            return recall(done) if done else work(db, token)

        return self._db.transaction(once, study, shortcut and (lambda db: shortcut(db, token)))

    def _count(self, db: Connection) -> int:
        """How many trials there are."""
        last = db.execute(LAST, {"study": self._study}).scalar()
        return 0 if last is None else last + 1

    def _rows(self, events: Sequence[Event], begins: Sequence[bool], write: str) -> Any:
        """Parameters for a statement; a single row goes as itself, which databases do faster than many."""
        common = {"study": self._study, "write": write}
        rows = [{**encode(e)._asdict(), **common, "begins": b} for e, b in zip(events, begins, strict=True)]
        return rows if len(rows) > 1 else rows[0]
