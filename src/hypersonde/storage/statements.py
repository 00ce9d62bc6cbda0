"""The few statements that the log needs, built once for each kind of database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, exists, func, insert, literal_column, select, text
from sqlalchemy.dialects import postgresql, sqlite

from hypersonde.storage.tables import events, owners, studies

_COLUMNS = [column for column in events.c if column is not events.c.seq]
_STARTED, _FINISHED = text("kind = 'started'"), text("kind = 'finished'")
"""Word for word the conditions of the partial indices, so that those are used."""

READ = (
    select(events.c.number, events.c.kind, events.c.attempt, events.c.time, events.c.body, events.c.seq)
    .where(events.c.study == bindparam("study"), events.c.seq > bindparam("seen"))
    .order_by(events.c.seq)
)

WRITTEN = READ.where(events.c.write == bindparam("write"))
"""What a transaction whose outcome is unknown has written."""

LAST = select(func.max(events.c.number)).where(events.c.study == bindparam("study"), text("begins"))
"""The highest number of a trial."""

CREATE = insert(events)

HEADERS = select(studies.c.id, studies.c.name, studies.c.header).order_by(studies.c.name)

FIND = HEADERS.where(studies.c.name == bindparam("name"))


class Statements:
    """What SQLite and PostgreSQL say differently.

    On PostgreSQL the writers of a study take turns, so that positions in the log are taken in the order of commits.
    A turn ends with a commit that does not wait for the disk; `flush` does, after the turn, so that one writing to
    the disk serves all who wait for it.

    Attributes
    ----------
    begin : opens a transaction that writes.
    turn : the same, and waits for the turn of a writer of the study ``{study}``.
    commit : ends a transaction; returns when it is on disk.
    flush : returns when everything committed so far is on disk; None where every commit waits for the disk.
    add_text, number_text : on PostgreSQL, appending one event and creating one trial, as text for `at_once`.
    alone : makes those who create the tables take turns.
    """

    def __init__(self, dialect: str) -> None:
        self.shared = dialect == "postgresql"
        new: Any = postgresql.insert if self.shared else sqlite.insert
        self.begin = "BEGIN; SET LOCAL synchronous_commit TO off" if self.shared else "BEGIN IMMEDIATE"
        self.turn = self.begin + ("; SELECT pg_advisory_xact_lock(4851070, {study})" if self.shared else "")
        self.flush = "SELECT pg_logical_emit_message(true, 'hypersonde', '')" if self.shared else None
        self.commit = f"COMMIT; {self.flush}" if self.flush else "COMMIT"
        self.alone = "SELECT pg_advisory_xact_lock(4851070)" if self.shared else "SELECT 1"
        self.open = new(studies).on_conflict_do_nothing()
        add = new(events).from_select(_COLUMNS, _news()).on_conflict_do_nothing()
        self.add = add.execution_options(preserve_rowcount=True)
        self.add_text = str(add.compile(dialect=_psycopg())) if self.shared else ""
        self.number_text = str(_numbering().compile(dialect=_psycopg())) if self.shared else ""
        clock = "extract(epoch from clock_timestamp())" if self.shared else "(julianday('now') - 2440587.5) * 86400.0"
        now: ColumnElement[float] = literal_column(clock)
        self.beat = _upsert(new, now)
        self.retire = _upsert(new, bindparam("heartbeat"))
        self.owner = select(
            now, select(owners.c.heartbeat).where(owners.c.owner == bindparam("owner")).scalar_subquery()
        )


def _news() -> Select[Any]:
    """The row given by parameters, unless its trial has ended or a later attempt of it has started."""
    row = [bindparam(column.name, type_=column.type) for column in _COLUMNS]
    same = (events.c.study == bindparam("study"), events.c.number == bindparam("number"))
    ended = exists().where(*same, _FINISHED)
    superseded = exists().where(*same, _STARTED, events.c.attempt > bindparam("attempt"))
    return select(*row).where(~ended, ~superseded)


def _numbering() -> Any:
    """A trial under the next free number, given back; none when that is not from ``least`` to below ``limit``."""
    number = (
        select(literal_column("coalesce(max(number), -1) + 1", Integer).label("number"))
        .select_from(events)
        .where(events.c.study == bindparam("study"), text("begins"))
    )
    free = number.subquery("free")
    row = [free.c.number if c is events.c.number else bindparam(c.name, type_=c.type) for c in _COLUMNS]
    kind = events.c.number.type
    wanted = free.c.number >= bindparam("least", type_=kind), free.c.number < bindparam("limit", type_=kind)
    new = select(*row).where(*wanted)
    return insert(events).from_select(_COLUMNS, new).returning(events.c.number)


def _psycopg() -> Any:
    from sqlalchemy.dialects.postgresql import psycopg

    return psycopg.dialect()  # type: ignore[no-untyped-call]


def _upsert(new: Any, heartbeat: Any) -> Any:
    return (
        new(owners)
        .values(owner=bindparam("owner"), heartbeat=heartbeat)
        .on_conflict_do_update(index_elements=[owners.c.owner], set_={"heartbeat": heartbeat})
    )
