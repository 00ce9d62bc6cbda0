"""The door of a mailbox: nothing is read of who calls in before it has proved to know the run's key."""

from __future__ import annotations

import contextlib
import socket
import time
from collections import OrderedDict
from typing import Any

from hypersonde.errors import InvalidInput
from hypersonde.evaluators.handshake import NONCE, PROOF, Handshake
from hypersonde.evaluators.switchboard import Switchboard
from hypersonde.evaluators.wire import Wire

LOOPBACK = "127.0.0.1"
MANNERS = 10.0
"""Seconds that a caller has to prove who it is."""
CALLERS = 256
"""Callers that may be proving it at the same time; the one that has taken longest gives way to a new one."""


class Door:
    """The listening socket."""

    unsent = False

    def __init__(self, host: str, port: int) -> None:
        try:
            self.link = socket.create_server((host, port), backlog=1024)
        except OSError as error:
            raise InvalidInput(
                f"the mailbox cannot listen on {host}:{port}: {error.strerror or error}. "
                "Give an address of this machine that workers can reach, and a free port or 0."
            ) from error
        self.link.setblocking(False)


class Caller:
    """A connection that has not proved itself yet.

    Attributes
    ----------
    link : its socket.
    deadline : when it is dropped, by ``time.monotonic``.
    """

    unsent = False

    def __init__(self, link: socket.socket, key: bytes) -> None:
        self.link = link
        self.link.setblocking(False)
        self.deadline = time.monotonic() + MANNERS
        self._handshake = Handshake(key, manager=True)
        self._heard = b""
        self._met = False

    def listen(self) -> Wire | None:
        """Take what it says; its wire once it has proved itself.

        Raises
        ------
        EOFError : it is gone, or does not know the key.
        """
        try:
            data = self.link.recv(NONCE + PROOF - len(self._heard))
            if not data:
                raise EOFError
            self._heard += data
            if len(self._heard) >= NONCE and not self._met:
                self._handshake.meet(self._heard[:NONCE])
                self._met = True
                self.link.sendall(self._handshake.nonce)
            if len(self._heard) < NONCE + PROOF:
                return None
            if not self._handshake.accepts(self._heard[NONCE:]):
                raise EOFError
            self.link.sendall(self._handshake.proof)
        except BlockingIOError:
            return None
        except OSError as error:
            raise EOFError from error
        return Wire(self.link, self._handshake.framing())


class Reception:
    """Lets callers in, on a switchboard that it shares with those who are in already.

    Parameters
    ----------
    host, port : where to listen; port 0 takes a free one.
    key : of the run.

    Raises
    ------
    InvalidInput : nothing can listen there.
    """

    def __init__(self, host: str, port: int, key: bytes, switchboard: Switchboard[Any]) -> None:
        self._door = Door(host, port)
        self.address: tuple[str, int] = self._door.link.getsockname()[:2]
        self._key, self._switchboard = key, switchboard
        self._callers: OrderedDict[Caller, None] = OrderedDict()
        switchboard.add(self._door)

    @property
    def deadlines(self) -> list[float]:
        """When callers will have taken too long, by ``time.monotonic``."""
        return [caller.deadline for caller in self._callers]

    def admit(self) -> None:
        """Take a new call."""
        with contextlib.suppress(OSError):  # it has gone again, or there is no descriptor left: it will call again
            link, _ = self._door.link.accept()
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            caller = Caller(link, self._key)
            self._callers[caller] = None
            self._switchboard.add(caller)
            if len(self._callers) > CALLERS:
                self._drop(next(iter(self._callers)))

    def hear(self, caller: Caller) -> Wire | None:
        """Its wire, off the switchboard, once it has proved itself; it is sent away when it cannot."""
        if caller not in self._callers:  # it spoke just when it had to give way
            return None
        try:
            wire = caller.listen()
        except EOFError:
            self._drop(caller)
            return None
        if wire is not None:
            self._switchboard.remove(caller)
            del self._callers[caller]
        return wire

    def tidy(self, now: float) -> None:
        """Send away those who have taken too long."""
        for caller in [c for c in self._callers if c.deadline <= now]:
            self._drop(caller)

    def close(self) -> None:
        """Send all of them away, and listen no longer."""
        for caller in list(self._callers):
            self._drop(caller)
        self._switchboard.remove(self._door)
        self._door.link.close()

    def _drop(self, caller: Caller) -> None:
        self._switchboard.remove(caller)
        del self._callers[caller]
        caller.link.close()
