"""Waiting for many parties at once, and for a bell that anybody may ring."""

from __future__ import annotations

import contextlib
import selectors
import socket
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Party(Protocol):
    """Somebody at the other end of a socket."""

    @property
    def link(self) -> socket.socket:
        """This end of it, which does not block."""
        ...

    @property
    def unsent(self) -> bool:
        """Whether bytes wait for the socket to take them."""
        ...


P = TypeVar("P", bound=Party)


@dataclass(frozen=True, slots=True)
class Ready(Generic[P]):
    """A party that has something to say, or takes again what could not be sent before."""

    party: P
    readable: bool
    writable: bool


class Switchboard(Generic[P]):
    """This process's ends of all links, under one selector."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._ear.setblocking(False)
        self._selector.register(self._ear, selectors.EVENT_READ, None)

    def fileno(self) -> int:
        """The selector's own descriptor: readable when `wait` would return at once."""
        return self._selector.fileno()

    def ring(self) -> None:
        """Make the current or the next `wait` return; for signal handlers and other threads, at any time."""
        with contextlib.suppress(OSError):  # full: it rings already; closed: nobody waits
            self._bell.send(b"!")

    def add(self, party: P) -> None:
        """Listen to a party from now on."""
        self._selector.register(party.link, selectors.EVENT_READ, party)

    def remove(self, party: P) -> None:
        """Listen to it no longer."""
        self._selector.unregister(party.link)

    def mind(self, party: P) -> None:
        """Wait for writing, too, as long as there is something to write."""
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if party.unsent else 0)
        if self._selector.get_key(party.link).events != events:
            self._selector.modify(party.link, events, party)

    def wait(self, patience: float | None) -> tuple[bool, list[Ready[P]]]:
        """Wait so many seconds (None: for ever); whether the bell rang, and the parties that are ready."""
        rung = False
        ready = []
        for key, events in self._selector.select(patience):
            if key.data is None:
                rung = True
                self._ear.recv(4096)
            else:
                readable, writable = events & selectors.EVENT_READ, events & selectors.EVENT_WRITE
                ready.append(Ready(key.data, bool(readable), bool(writable)))
        return rung, ready

    def close(self) -> None:
        """Give back every descriptor; `ring` does nothing from here on."""
        self._selector.close()
        self._bell.close()
        self._ear.close()
