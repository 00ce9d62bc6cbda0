"""What a database says when it fails, as one line that names the place and the way out."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, InternalError, OperationalError

from hypersonde.errors import StorageError

_SQLITE = {
    "FULL": ("the disk is full", "Free some space and give the same command again; what was recorded stays."),
    "IOERR": ("the disk refuses to read or write", "Check free space, quota and the disk; what was recorded stays."),
    "READONLY": ("the file or its directory is read-only", "Make both writable, or give a directory that is."),
    "CANTOPEN": ("the file cannot be opened", "Give a path in a directory that exists and that you may write to."),
    "PERM": ("the system denies access", "Make the file and its directory writable for you."),
    "AUTH": ("the system denies access", "Make the file and its directory writable for you."),
    "NOTADB": ("the file is not a database", "Give another path, or move that file away."),
    "CORRUPT": ("the file is damaged", "Recover what is readable: sqlite3 FILE .recover | sqlite3 NEW_FILE."),
    "BUSY": ("another process keeps the file locked", "Wait for it or end it: fuser FILE lists who has it open."),
    "LOCKED": ("another process keeps the file locked", "Wait for it or end it: fuser FILE lists who has it open."),
}


_POSTGRES = {
    "53100": "Free some space on the server and give the same command again; what was recorded stays.",
    "53300": "Let fewer processes use the server, or raise its max_connections.",
    "25006": "Give the address of the server that may be written to.",
    "42501": "Ask for the right to create tables in this schema, or name another: ?options=-csearch_path%3Dmine.",
}
_UNREACHABLE = "Check that the server runs and that host, port, user and database are right."


def complaint(error: DBAPIError, place: str) -> StorageError:
    """The error of a database as ours."""
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_complaint(error.orig, place)
    said = "; ".join(line.strip() for line in str(error.orig).strip().splitlines()[:3]).rstrip(".")
    way_out = _POSTGRES.get(_code(error) or "", _UNREACHABLE if isinstance(error, OperationalError) else "")
    return StorageError(f"{place}: the database refuses: {said}. {way_out}".rstrip())


def passing(error: DBAPIError) -> bool:
    """Whether waiting may help: another writer has the file, the server restarts, the connection was lost."""
    code = _code(error)
    if isinstance(error.orig, sqlite3.Error):
        return code in ("BUSY", "LOCKED")
    lost = isinstance(error, OperationalError | InternalError) and code is None
    return lost or (code or "").startswith(("08", "40", "57P", "53300"))


def _sqlite_complaint(error: sqlite3.Error, place: str) -> StorageError:
    what, way_out = _SQLITE.get(
        _sqlite_code(error), ("the database refuses", "Check that the file is a study of this version.")
    )
    return StorageError(f"{place}: {what} ({error}). {way_out.replace('FILE', place)}")


def _code(error: DBAPIError) -> str | None:
    """SQLite's name of the error, without its prefix and details, or PostgreSQL's five letters; None without."""
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_code(error.orig)
    return getattr(error.orig, "sqlstate", None)


def _sqlite_code(error: sqlite3.Error) -> str:
    return str(getattr(error, "sqlite_errorname", "")).removeprefix("SQLITE_").partition("_")[0]
