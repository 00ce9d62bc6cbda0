"""One connection to a database that comes back after the server was away, with errors of one line."""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Select
from sqlalchemy.exc import DBAPIError

from hypersonde.errors import StorageError
from hypersonde.storage.complaints import complaint, passing
from hypersonde.storage.connection import address, at_once, connect, engine_of, identity, name_of
from hypersonde.storage.statements import Statements
from hypersonde.storage.turns import Turns

T = TypeVar("T")

PATIENCE = {"sqlite": 120.0, "postgresql": 300.0}
"""Seconds for which other writers may keep a file locked, and a server that was there before may be away."""

_QUIET = 3
"""Tries before a warning is worth it: many writers of one file wait a little now and then."""

_PLAIN = {"no_parameters": True}
"""Several statements at once are sent as they are."""

_log = logging.getLogger(__name__)


class Database:
    """Transactions and queries on one place; threads may share it.

    Raises
    ------
    StorageError : from every method, when the database fails: the place, what is wrong, the way out.
    """

    def __init__(self, place: str | os.PathLike[str]) -> None:
        url = address(place)
        self.place = name_of(url)
        self._engine = engine_of(url)
        self.statements = Statements(self._engine.dialect.name)
        self._lock = threading.RLock()
        self._turns = None if self.statements.shared else Turns(Path(self.place).parent)
        self._connection: Connection | None = None
        self._known = False
        self._identity: tuple[int, int] | None = None

    def transaction(
        self,
        work: Callable[[Connection, bool], T],
        study: int | None = None,
        shortcut: Callable[[Connection], T] | None = None,
    ) -> T:
        """Run ``work(connection, again)`` in one transaction; `again` when an earlier try may have been committed.

        Parameters
        ----------
        study : whose log is written, if any.
        shortcut : the whole transaction in its own way; used as long as no earlier try may have been committed.
        """
        begin = self.statements.begin if study is None else self.statements.turn.format(study=study)

        def atomic(db: Connection, again: bool) -> T:
            if shortcut is not None and not again:
                return shortcut(db)
            db.exec_driver_sql(begin, execution_options=_PLAIN)
            result = work(db, again)
            db.exec_driver_sql(self.statements.commit, execution_options=_PLAIN)
            return result

        with self._turns.taken() if self._turns is not None else nullcontext():
            return self._patiently(atomic)

    def at_once(self, db: Connection, statement: str, values: Mapping[str, Any], study: int) -> tuple[int, list[Any]]:
        """One statement as a whole transaction that is sent in one go, so that nobody's turn waits for a network.

        Returns how many rows it wrote, and those that it gives back.
        """
        begin = self.statements.turn.format(study=study)
        return at_once(db, f"{begin}; {statement}; {self.statements.commit}", values, begin.count(";") + 1)

    def look(self, work: Callable[[Connection], T]) -> T:
        """Run ``work(connection)``, which only reads, each statement for itself."""
        return self._patiently(lambda db, _: work(db))

    def durable(self, select: Select[Any], values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows of a statement, none of which a crash of the database can take back any more."""

        def read(db: Connection) -> Sequence[Any]:
            rows = db.execute(select, values).all()
            if rows and self.statements.flush is not None:
                db.exec_driver_sql(self.statements.flush)
            return rows

        return self.look(read)

    def query(self, select: Select[Any], values: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """The rows of one statement that only reads."""
        return self.look(lambda db: db.execute(select, values or {}).all())

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def _patiently(self, work: Callable[[Connection, bool], T]) -> T:
        """Run `work`, and run it again after a failure that passes."""
        began, tries = time.monotonic(), 0
        with self._lock:
            while True:
                try:
                    return work(self._connected(), tries > 0)
                except DBAPIError as error:
                    self._drop()
                    trouble = complaint(error, self.place)
                    if not self._may_pass(error, time.monotonic() - began):
                        raise trouble from error
                except BaseException:
                    self._drop()
                    raise
                tries += 1
                _log.log(logging.WARNING if tries == _QUIET else logging.DEBUG, "%s Trying again.", trouble)
                time.sleep(min(0.02 * 2**tries, 1.0) * random.random())

    def _may_pass(self, error: DBAPIError, seconds: float) -> bool:
        """A server must have been there before: else its address is wrong, and waiting does not help."""
        expected = self._known or not self.statements.shared
        return expected and passing(error) and seconds < PATIENCE[self._engine.dialect.name]

    def _connected(self) -> Connection:
        if self._known and identity(self._engine.url) != self._identity:
            raise StorageError(
                f"{self.place}: the file was removed or replaced while it was in use. "
                f"Put it back where it was, or start anew with the same command."
            )
        if self._connection is None:
            self._connection = connect(self._engine)
            self._identity = identity(self._engine.url)
            self._known = True
        return self._connection

    def _drop(self) -> None:
        """Forget a connection that failed, and with it the transaction that it was in."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
