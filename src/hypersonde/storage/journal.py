"""The log as one file that only grows: for a writer of its own, on any disk, with next to no work for an event."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast
from zlib import crc32

from hypersonde.errors import StorageError
from hypersonde.storage.base import Header, Storage
from hypersonde.storage.codec import encoded, plain, restored
from hypersonde.storage.fold import Fold
from hypersonde.storage.owners import LEASE
from hypersonde.storage.presence import Presence
from hypersonde.storage.troubles import trouble, troubles
from hypersonde.trials import Event, Queued, Started
from hypersonde.trials.bulk import without_collection

__all__ = ["JournalStorage"]

_MARK = b"hypersonde-journal 1\n"
_NO_LOCKS = frozenset({errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK})
"""How file systems say that they know no locks: there the one writer is trusted to be the only one."""
_CHUNK = 10_000
"""Lines read at once."""

_log = logging.getLogger(__name__)


class JournalStorage(Storage):
    """The log of studies in one file; what one call writes is one line with its checksum, handed to the system at once.

    What was appended survives any kill of the process. It is forced onto the disk with each heartbeat, when an owner
    retires and at the end: the loss of power, or a crash of the machine, may take what was written since. A line that
    was torn off counts for nobody, and the next writer goes on in its place. Writers take turns by a lock of the file;
    on file systems that know no locks there must be one writer only. Anybody may read at any time.

    Parameters
    ----------
    place : the file, made when it does not exist; owners leave their heartbeats in a directory ``owners`` beside it.
    lease : seconds after its last heartbeat for which an owner on another machine is taken to be alive.

    Raises
    ------
    StorageError : the file cannot be used, or holds something else.
    """

    def __init__(self, place: str | os.PathLike[str], lease: float = LEASE) -> None:
        self.place = Path(place).absolute()
        self._presence = Presence(self.place.parent / "owners", lease)
        self._lock = threading.RLock()
        self._opened: _Study | None = None
        self._studies: list[_Study] = []
        self._end = 0
        with troubles(self.place):
            self._file: int | None = _open(self.place)
            self._catch_up()

    def studies(self) -> list[Header]:
        with self._lock, troubles(self.place):
            self._catch_up()
            return sorted((study.header for study in self._studies), key=lambda header: header.name)

    def open(self, header: Header) -> Header:
        with self._lock, troubles(self.place):
            self._catch_up()
            if self._named(header.name) is None:
                with self._turn():
                    if self._named(header.name) is None:
                        self._write(json.dumps([header.name, dict(header.settings)]))
            found = self._named(header.name)
            self._studies, self._end = [], 0  # the next read begins with the first event
            self._catch_up()
            self._opened = self._named(header.name)
        return cast(_Study, found).header

    def read(self) -> list[Event]:
        with self._lock, troubles(self.place):
            study = self._study
            self._catch_up()
            unread, study.unread = study.unread, []
            return unread

    def create(
        self, drafts: Sequence[Queued | Started], limit: int | None = None, at: int | None = None
    ) -> list[Queued | Started]:
        if not drafts:
            return []
        with self._turn():
            born = self._study.fold.numbered(cast(Any, [plain(draft) for draft in drafts]), limit, at)
            return cast(list[Queued | Started], self._add(born))

    def claim(self, event: Started) -> bool:
        with self._turn():
            return len(self._add([plain(event)])) == 1

    def append(self, events: Sequence[Event]) -> None:
        if events:
            with self._turn():
                self._add([plain(event) for event in events])

    def heartbeat(self, owner: str) -> None:
        with troubles(self.place):
            self._presence.beat(owner)
            self._force()

    def retire(self, owner: str) -> None:
        with troubles(self.place):
            self._presence.retire(owner)
            self._force()

    def alive(self, owner: str) -> bool:
        with troubles(self.place):
            return self._presence.alive(owner)

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                with suppress(OSError):
                    self._force()
                os.close(self._file)
                self._file = None

    # -- inside --------------------------------------------------------------------------------------

    @property
    def _study(self) -> _Study:
        if self._opened is None:
            raise StorageError(f"{self.place}: no study is open in this storage. Call `open` first.")
        return self._opened

    @property
    def _descriptor(self) -> int:
        if self._file is None:
            self._file = _open(self.place)
        return self._file

    def _named(self, name: str) -> _Study | None:
        return next((study for study in self._studies if study.header.name == name), None)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Nobody else writes meanwhile, and everything written before is known.

        Raises
        ------
        StorageError : the system refuses something.
        """
        with self._lock:
            try:
                file = self._descriptor
                locked = _locked(file)
                try:
                    if self._catch_up():
                        self._tear_off()
                    yield
                finally:
                    if locked:
                        fcntl.flock(file, fcntl.LOCK_UN)
            except OSError as error:
                raise trouble(self.place, error) from error

    def _add(self, events: Sequence[Event]) -> list[Event]:
        """Write the events that say something new; those."""
        study = self._study
        fresh = study.fold.extend(events)
        if fresh:
            rows = (_row(event) for event in fresh)
            self._write(f"[{self._studies.index(study)},{','.join(rows)}]", known=True)
            study.unread += fresh
        return fresh

    def _write(self, text: str, known: bool = False) -> None:
        """Put a line at the end; what is `known` here already is not read again."""
        raw = text.encode()
        line = (b"" if self._end else _MARK) + b"%08x %b\n" % (crc32(raw), raw)
        try:
            _write_all(self._descriptor, line)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._end)
            self._fold_again()
            raise
        if known:
            self._end += len(line)
        else:
            self._catch_up()

    def _fold_again(self) -> None:
        """Forget what was to be written and is not; what is unread stays unread."""
        opened, kept = self._opened, [study.unread for study in self._studies]
        self._studies, self._end = [], 0
        self._catch_up()
        for study, unread in zip(self._studies, kept, strict=False):
            study.unread = unread
        self._opened = opened and self._named(opened.header.name)

    def _catch_up(self) -> bool:
        """Take in the whole lines that were written since; whether there was anything at all."""
        size = os.fstat(self._descriptor).st_size
        if size <= self._end:
            return False
        raw = os.pread(self._descriptor, size - self._end, self._end)
        if not self._end:
            if not raw.startswith(_MARK):
                self._stranger(raw)
                return True
            raw, self._end = raw[len(_MARK) :], len(_MARK)
        with without_collection():
            lines = list(_good(raw))
            for i in range(0, len(lines), _CHUNK):
                for entry in json.loads(b"[%b]" % b",".join(line[9:-1] for line in lines[i : i + _CHUNK])):
                    self._take(entry)
        self._end += sum(map(len, lines))
        return True

    def _stranger(self, raw: bytes) -> None:
        """The file does not begin as a journal does: fine only where a writer was killed at its first bytes."""
        if not _MARK.startswith(raw):
            raise StorageError(f"{self.place} holds something else. Give another place.")

    def _take(self, entry: list[Any]) -> None:
        which, *rows = entry
        if isinstance(which, str):
            self._studies.append(_Study(Header(which, rows[0])))
            return
        study = self._studies[which]
        study.unread += study.fold.extend(restored(rows))

    def _tear_off(self) -> None:
        """Remove what a writer left unfinished when it died, or what a crash of the machine spoilt; my turn only."""
        size = os.fstat(self._descriptor).st_size
        if size > self._end:
            torn = os.pread(self._descriptor, size - self._end, self._end)
            _log.warning(
                "%s: the last %d bytes are damaged; they are moved to %s.torn", self.place, len(torn), self.place
            )
            with open(f"{self.place}.torn", "ab") as beside:
                beside.write(torn)
            os.ftruncate(self._descriptor, self._end)

    def _force(self) -> None:
        if self._file is not None:
            os.fsync(self._file)


class _Study:
    """One study of the file as far as it was read."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.fold = Fold()
        self.unread: list[Event] = []


def _row(event: Event) -> str:
    row = encoded(event)
    return f'[{row.number},"{row.kind}",{row.attempt},{row.time!r},{row.body}]'


def _good(raw: bytes) -> Iterator[bytes]:
    """The lines up to the first one that is not whole."""
    for line in raw.splitlines(keepends=True):
        if len(line) < 10 or line[8:9] != b" " or line[-1:] != b"\n":
            return
        try:
            right = int(line[:8], 16) == crc32(line[9:-1])
        except ValueError:
            return
        if not right:
            return
        yield line


def _open(place: Path) -> int:
    """The file to read and to append to; only to read where nothing else is allowed."""
    try:
        return os.open(place, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM) and place.exists():
            return os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        raise


def _locked(file: int) -> bool:
    """Wait for the turn; False where there are no turns."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return False
        raise
    return True


def _write_all(file: int, raw: bytes) -> None:
    view = memoryview(raw)
    while view:
        view = view[os.write(file, view) :]
