"""How a place of storage becomes a connection: SQLite files and PostgreSQL servers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from hypersonde.errors import InvalidInput, missing_extra
from hypersonde.storage.filesystem import refuse_network

TURN = 2.0
"""Seconds for which SQLite itself waits for another writer; meanwhile it hears no signal, so they are few."""


def address(place: str | os.PathLike[str]) -> URL:
    """The database address of a path or URL.

    >>> address("runs/study.db").render_as_string()
    'sqlite:///runs/study.db'

    Raises
    ------
    InvalidInput : a URL of another database.
    """
    text = os.fspath(place)
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except ArgumentError:
        url = URL.create("unknown")
    kind = url.drivername.partition("+")[0]
    if kind in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if kind == "sqlite" and url.database:
        return url
    raise InvalidInput(
        f"storage {text!r}: expected the path of a SQLite file, runs/study.db, or "
        f"postgresql+psycopg://user:password@host:port/database."
    )


def name_of(url: URL) -> str:
    """The place as messages name it: the absolute path of a file, or the URL without its password."""
    if url.get_backend_name() == "sqlite":
        return str(Path(url.database or "").absolute())
    return url.render_as_string(hide_password=True)


def identity(url: URL) -> tuple[int, int] | None:
    """Device and number of the file that the path of a SQLite database leads to now; None without a file."""
    if url.get_backend_name() != "sqlite":
        return None
    try:
        found = os.stat(url.database or "")
    except OSError:
        return None
    return found.st_dev, found.st_ino


def engine_of(url: URL) -> Engine:
    """An engine whose connections commit on their own; a transaction says so.

    Raises
    ------
    MissingExtra : the driver of PostgreSQL is not installed.
    StorageError : a SQLite file on a network file system.
    """
    if url.get_backend_name() == "sqlite":
        refuse_network(url.database or "")
    arguments = {"timeout": TURN, "check_same_thread": False} if url.get_backend_name() == "sqlite" else {}
    try:
        return create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=arguments)
    except ImportError as error:
        raise missing_extra("psycopg", "postgresql", "a study on PostgreSQL") from error


def connect(engine: Engine) -> Connection:
    """A connection whose commits survive any kill and the loss of power."""
    connection = engine.connect()
    try:
        if engine.dialect.name == "sqlite":
            _make_durable(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_durable(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA synchronous=FULL")
    connection.exec_driver_sql("PRAGMA foreign_keys=ON")
    if connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")


def at_once(db: Connection, script: str, values: Mapping[str, Any], index: int) -> tuple[int, list[Any]]:
    """Send several statements to PostgreSQL in one go; count and rows of the one at ``index``.

    Raises
    ------
    DBAPIError : as from any other statement.
    """
    from psycopg import ClientCursor, Error

    try:
        with ClientCursor(cast(Any, db.connection.driver_connection)) as cursor:
            cursor.execute(cast(Any, script), values)
            for _ in range(index):
                cursor.nextset()
            return cursor.rowcount, cursor.fetchall() if cursor.description else []
    except Error as error:
        raise DBAPIError.instance(script, None, error, Error, dialect=db.dialect) from error
