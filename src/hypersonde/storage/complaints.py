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


def complaint(error: DBAPIError, place: str) -> StorageError:
    """The error of a database as ours."""
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_complaint(error.orig, place)
    lines = str(error.orig).strip().splitlines()
    return StorageError(f"{place}: the database refuses: {'; '.join(line.strip() for line in lines[:3])}.")


def _sqlite_complaint(error: sqlite3.Error, place: str) -> StorageError:
    code = getattr(error, "sqlite_errorname", "").removeprefix("SQLITE_").partition("_")[0]
    what, way_out = _SQLITE.get(code, ("the database refuses", "Check that the file is a study of this version."))
    return StorageError(f"{place}: {what} ({error}). {way_out.replace('FILE', place)}")


def passing(error: DBAPIError) -> bool:
    """Whether the error is of the kind that goes away: a server that restarts, a lost connection, a deadlock."""
    if isinstance(error.orig, sqlite3.Error) or not isinstance(error, OperationalError | InternalError):
        return False
    code = getattr(error.orig, "sqlstate", None)
    return code is None or code.startswith(("08", "40", "57P", "53300"))
