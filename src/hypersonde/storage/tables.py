"""The tables of the log, the same in SQLite and PostgreSQL, and the version of their layout."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    inspect,
    select,
    text,
)

from hypersonde.errors import StorageError

VERSION = 1
"""The layout below. One higher with every change of it."""

metadata = MetaData()


def _once(name: str, where: str, *columns: str) -> Index:
    """What may happen only once: a unique index over the rows that `where` selects."""
    return Index(name, *columns, unique=True, sqlite_where=text(where), postgresql_where=text(where))


layout = Table("hypersonde", metadata, Column("version", Integer, nullable=False))
"""One row; its presence says that the database is ours."""

studies = Table(
    "studies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("header", Text, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("study", Integer, ForeignKey(studies.c.id), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("time", Double, nullable=False),
    Column("body", Text, nullable=False),
    Column("begins", Boolean, nullable=False),
    Column("write", Text, nullable=False),
    _once("one_begin", "begins", "study", "number"),
    _once("one_start", "kind = 'started'", "study", "number", "attempt"),
    _once("one_end", "kind = 'finished'", "study", "number"),
)
"""The log. `begins` marks the first event of a trial, `write` is the token of the transaction that wrote the row."""

owners = Table(
    "owners",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("heartbeat", Double, nullable=False),
)


def create(connection: Connection) -> None:
    """Create the tables in an empty database."""
    metadata.create_all(connection, checkfirst=False)
    connection.execute(layout.insert().values(version=VERSION))


def ours(connection: Connection, place: str) -> bool:
    """Whether the tables are there; False when the database is empty.

    Raises
    ------
    StorageError : the database belongs to something else, or to another version.
    """
    names = inspect(connection).get_table_names()
    if not names:
        return False
    if layout.name not in names:
        raise StorageError(
            f"{place} is a database of something else (it has the tables {', '.join(sorted(names)[:4])} ...). "
            f"Give another file or an empty database."
        )
    version = connection.execute(select(layout.c.version)).scalar()
    if version != VERSION:
        raise StorageError(
            f"{place} has layout {version}, this version of hypersonde reads layout {VERSION}. "
            f"Update hypersonde, or use the version that wrote it."
        )
    return True
