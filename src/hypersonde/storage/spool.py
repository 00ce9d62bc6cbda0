"""The log as a directory that many machines see: no server, no locks, every file written by one writer."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from hypersonde.errors import StorageError
from hypersonde.storage.base import Header, Storage
from hypersonde.storage.births import births
from hypersonde.storage.codec import Damage, damage, decode, encode
from hypersonde.storage.fold import Fold
from hypersonde.storage.owners import LEASE
from hypersonde.storage.pages import Pages, publish
from hypersonde.storage.presence import Presence
from hypersonde.storage.troubles import troubles
from hypersonde.trials import Event, Queued, Started

VERSION = 1
"""Of the layout: one file ``hypersonde-spool`` that holds it, and the directories ``studies`` and ``owners``."""

_MARK = "hypersonde-spool"


class SpoolStorage(Storage):
    """The log of studies in one directory of a file system that all writers share; it needs no locks.

    What a writer asks for is one file, complete and on disk before it becomes the next page of the log under a
    number that only one writer can win. What the log makes of a page, such as the numbers that trials get, follows
    from the pages before it, so that everybody who reads the pages knows the same.

    Parameters
    ----------
    place : the directory, made when it does not exist. Its file system must know hard links.
    lease : seconds after its last heartbeat for which an owner on another machine is taken to be alive.

    Raises
    ------
    StorageError : the directory cannot be used, or holds something else.
    """

    def __init__(self, place: str | os.PathLike[str], lease: float = LEASE) -> None:
        self._home = Path(place).absolute()
        self._presence = Presence(self._home / "owners", lease)
        self._lock = threading.RLock()
        self._log: _Log | None = None
        with troubles(self.place):
            self._prepare()

    @property
    def place(self) -> str:
        """Where the log is: the absolute path of the directory."""
        return f"spool:{self._home}"

    def studies(self) -> list[Header]:
        with troubles(self.place):
            found = [_header(home) for home in (self._home / "studies").iterdir()]
        return sorted((header for header in found if header is not None), key=lambda header: header.name)

    def open(self, header: Header) -> Header:
        home = self._home / "studies" / hashlib.sha256(header.name.encode(errors="surrogatepass")).hexdigest()[:24]
        text = json.dumps({"name": header.name, "settings": dict(header.settings)})
        with self._lock, troubles(self.place):
            home.mkdir(parents=True, exist_ok=True)
            if not (home / "header.json").exists():
                publish(text.encode(), home / "header.json")
            self._log = _Log(Pages(home / "log"))
            return cast(Header, _header(home))

    def read(self) -> list[Event]:
        with self._lock, troubles(self.place):
            return self._opened.read()

    def create(
        self, drafts: Sequence[Queued | Started], limit: int | None = None, at: int | None = None
    ) -> list[Queued | Started]:
        if not drafts:
            return []
        with self._lock, troubles(self.place):
            return cast(list[Queued | Started], self._opened.ask(drafts, limit, at, numbers=True))

    def claim(self, event: Started) -> bool:
        with self._lock, troubles(self.place):
            return len(self._opened.ask([event])) == 1

    def append(self, events: Sequence[Event]) -> None:
        if events:
            with self._lock, troubles(self.place):
                self._opened.ask(events)

    def heartbeat(self, owner: str) -> None:
        with troubles(self.place):
            self._presence.beat(owner)

    def retire(self, owner: str) -> None:
        with troubles(self.place):
            self._presence.retire(owner)

    def alive(self, owner: str) -> bool:
        with troubles(self.place):
            return self._presence.alive(owner)

    def close(self) -> None:
        """Nothing to release: no file stays open."""

    # -- inside --------------------------------------------------------------------------------------

    @property
    def _opened(self) -> _Log:
        if self._log is None:
            raise StorageError(f"{self.place}: no study is open in this storage. Call `open` first.")
        return self._log

    def _prepare(self) -> None:
        self._home.mkdir(parents=True, exist_ok=True)
        mark = self._home / _MARK
        if not mark.exists():
            others = sorted(p.name for p in self._home.iterdir() if not p.name.startswith((".", _MARK)))
            if others and not mark.exists():
                raise StorageError(
                    f"{self.place} holds something else ({', '.join(others[:4])}). Give a directory of its own."
                )
            publish(str(VERSION).encode(), mark)
        if (found := mark.read_text()) != str(VERSION):
            raise StorageError(
                f"{self.place} has layout {found[:20]!r}, this version of hypersonde reads layout {VERSION}. "
                f"Update hypersonde, or use the version that wrote it."
            )
        for name in ("studies", "owners"):
            (self._home / name).mkdir(exist_ok=True)


class _Log:
    """The pages of one study and what they amount to so far."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._fold = Fold()
        self._unread: list[Event] = []
        self._taken = 0
        self._damage: Damage | None = None

    def read(self) -> list[Event]:
        """The events since the last call."""
        self._catch_up()
        unread, self._unread = self._unread, []
        return unread

    def ask(
        self, events: Sequence[Event], limit: int | None = None, at: int | None = None, *, numbers: bool = False
    ) -> list[Event]:
        """Write a page; the events that it brought into the log."""
        self._catch_up()
        if not self._has_room(limit, at):
            return []
        if not numbers:
            births(events, self._fold.size)
        page = [numbers, limit, [encode(event) for event in events]]
        text = json.dumps(page if at is None else [*page, at])
        outcome: list[Event] = []
        for each in self._pages.write(text, lambda: self._has_room(limit, at)):
            fresh = self._take(each)
            outcome = fresh if each is text else []
        return outcome

    def _has_room(self, limit: int | None, at: int | None) -> bool:
        return (limit is None or self._fold.size < limit) and at in (None, self._fold.size)

    def _catch_up(self) -> None:
        if self._damage is not None:
            raise self._damage
        for text in self._pages.read():
            self._take(text)

    def _damaged(self, error: Damage) -> Damage:
        """The error from now on: pages behind that one mean nothing without it."""
        self._damage = error
        error.before = list(self._unread)
        return error

    def _take(self, text: str) -> list[Event]:
        where = self._pages.where(self._taken)
        try:
            numbers, limit, rows, *at = json.loads(text)
            events: list[Any] = decode(rows, where)
        except Damage as error:
            raise self._damaged(error) from error
        except (TypeError, ValueError) as error:
            raise self._damaged(damage(where, error)) from error
        self._taken += 1
        fresh = self._fold.extend(self._fold.numbered(events, limit, *at) if numbers else events)
        self._unread += fresh
        return fresh


def _header(home: Path) -> Header | None:
    try:
        found = json.loads((home / "header.json").read_text())
    except FileNotFoundError:
        return None
    return Header(found["name"], found["settings"])
