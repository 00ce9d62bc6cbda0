"""The contract of a transport: messages between the ranks of one search, and one counter that they share."""

from __future__ import annotations

import threading
from collections import deque
from typing import Protocol

from hypersonde.errors import StorageError

__all__ = ["Alone", "Bereaved", "Threads", "Transport"]


class Bereaved(StorageError):
    """Ranks died before the search had begun, and the others cannot begin without them.

    Attributes
    ----------
    dead : those that are known to have died.
    first : whether this process is the first of those that live, which speaks for all.
    """

    def __init__(self, dead: set[int], first: bool) -> None:
        who = f"rank {', '.join(map(str, sorted(dead)))}" if dead else "a rank"
        super().__init__(
            f"{who} died while the search was starting. What is recorded is safe: run the same command again."
        )
        self.dead, self.first = dead, first


class Transport(Protocol):
    """What one rank has of the others. Messages of one rank arrive in their order."""

    rank: int
    size: int
    sent_messages: int
    """How many were sent from here, to each of the others."""
    sent_bytes: int
    """How many bytes those had."""
    lost: set[int]
    """The ranks that have died, as far as this one has noticed; nothing more will come from them."""

    def send(self, message: bytes) -> None:
        """Hand a message to all others. Never waits for them."""
        ...

    def receive(self) -> list[tuple[int, bytes]]:
        """All messages that have arrived, with their senders. Never waits."""
        ...

    def share(self, text: str) -> str:
        """What rank 0 says, on all ranks: all of them have to call this.

        Raises
        ------
        Bereaved : one of them has died.
        """
        ...

    def begin(self, count: int) -> None:
        """Set the counter, to the same value on all ranks: all of them have to call this.

        Raises
        ------
        Bereaved : one of them has died.
        """
        ...

    def draw(self, count: int, limit: int | None) -> int:
        """Raise the counter by `count`, or by as much as there is room for below `limit`; by how much.

        Without a limit a negative `count` gives back.
        """
        ...

    def give_up(self, code: int) -> None:
        """End the other ranks too, which would wait for this one for ever; the exit code of all."""
        ...

    def close(self) -> None:
        """Wait until what was sent has left. May be called twice."""
        ...


class _Shared:
    """What threads that play ranks have in common."""

    def __init__(self, size: int) -> None:
        self.boxes: list[deque[tuple[int, bytes]]] = [deque() for _ in range(size)]
        self.barrier = threading.Barrier(size)
        self.lock = threading.Lock()
        self.text = ""
        self.count = 0


class Threads:
    """Ranks that are threads of one process.

    >>> a, b = Threads.ranks(2)
    >>> a.send(b"hello")
    >>> b.receive(), a.receive()
    ([(0, b'hello')], [])
    """

    def __init__(self, shared: _Shared, rank: int) -> None:
        self.rank, self.size = rank, len(shared.boxes)
        self.sent_messages = self.sent_bytes = 0
        self.lost: set[int] = set()
        self._shared = shared

    @classmethod
    def ranks(cls, size: int) -> list[Threads]:
        """One for each of so many threads."""
        shared = _Shared(size)
        return [cls(shared, rank) for rank in range(size)]

    def send(self, message: bytes) -> None:
        self.sent_messages += 1
        self.sent_bytes += len(message)
        for rank, box in enumerate(self._shared.boxes):
            if rank != self.rank:
                box.append((self.rank, message))

    def receive(self) -> list[tuple[int, bytes]]:
        box = self._shared.boxes[self.rank]
        return [box.popleft() for _ in range(len(box))]

    def share(self, text: str) -> str:
        if self.rank == 0:
            self._shared.text = text
        self._shared.barrier.wait()
        said = self._shared.text
        self._shared.barrier.wait()
        return said

    def begin(self, count: int) -> None:
        self._shared.barrier.wait()
        self._shared.count = count
        self._shared.barrier.wait()

    def draw(self, count: int, limit: int | None) -> int:
        with self._shared.lock:
            drawn = count if limit is None else max(0, min(count, limit - self._shared.count))
            self._shared.count += drawn
        return drawn

    def give_up(self, code: int) -> None:
        self._shared.barrier.abort()

    def close(self) -> None:
        """Nothing waits here."""


def Alone() -> Threads:  # noqa: N802  reads as what it makes
    """The transport of a search with one rank."""
    return Threads.ranks(1)[0]
