"""One end of a socket that never blocks: messages wait here until the other side takes them."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator
from typing import Any

from hypersonde.evaluators.framing import CHUNK, Framing


class Wire:
    """Posts and receives messages.

    Parameters
    ----------
    link : connected; it is made non-blocking.
    framing : between messages and bytes; plain frames by default.
    """

    def __init__(self, link: socket.socket, framing: Framing | None = None) -> None:
        self.link = link
        self.link.setblocking(False)
        self._framing = framing or Framing()
        self._outbox: deque[memoryview] = deque()

    @property
    def unsent(self) -> bool:
        """Whether bytes wait for the socket to take them."""
        return bool(self._outbox)

    def post(self, *message: Any) -> None:
        """Keep a message for the next `flush`."""
        self._outbox.append(memoryview(self._framing.pack(*message)))

    def flush(self) -> bool:
        """Write what the socket takes now; False when nobody is there any more."""
        try:
            while self._outbox:
                sent = self.link.send(self._outbox[0])
                if sent == len(self._outbox[0]):
                    self._outbox.popleft()
                else:
                    self._outbox[0] = self._outbox[0][sent:]
        except BlockingIOError:
            return True
        except OSError:
            self._outbox.clear()
            return False
        return True

    def receive(self) -> Iterator[tuple[Any, ...]]:
        """The messages that one look at the socket completes.

        Raises
        ------
        EOFError : nobody is there any more, or what came was not sealed as agreed; all that had come before has
            been yielded.
        """
        try:
            data = self.link.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            raise EOFError from error
        if not data:
            raise EOFError
        yield from self._framing.feed(data)

    def close(self) -> None:
        """Give the socket back."""
        self.link.close()
