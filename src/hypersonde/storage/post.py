"""What the ranks of a search tell each other: few messages out, and who has said what."""

from __future__ import annotations

from collections.abc import Sequence

from hypersonde.storage.transport import Transport
from hypersonde.storage.wire import Reader, Sent, Writer
from hypersonde.trials import Started

__all__ = ["Post"]


class Post:
    """The messages of one rank, to all others and from them.

    Parameters
    ----------
    transport : carries them.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._writer, self._readers = Writer(), [Reader() for _ in range(transport.size)]
        self._outbox: list[Sent] = []
        self._owners: dict[str, int] = {}
        self._rounds = 0
        self._done = [0] * transport.size

    def tell(self, sent: Sequence[Sent]) -> None:
        """Have it go with the next message."""
        if self._transport.size > 1:
            self._outbox.extend(sent)

    def flush(self) -> None:
        """Everything since the last time in one message."""
        if self._outbox:
            self._transport.send(self._writer.message(self._outbox))
            self._outbox = []

    def hear(self) -> list[Sent] | None:
        """What others have said since the last time; None when no message was there."""
        messages = self._transport.receive()
        heard: list[Sent] = []
        for sender, message in messages:
            if message:
                events = self._readers[sender].events(message)
                self._owners.update((s.event.owner, sender) for s in events if isinstance(s.event, Started))
                heard += events
            else:
                self._done[sender] += 1
        return heard if messages else None

    def rank_of(self, owner: str) -> int | None:
        """The rank that has spoken for an owner; None when none has."""
        return self._owners.get(owner)

    def living(self) -> list[int]:
        """The ranks that are not known to have died."""
        return [rank for rank in range(self._transport.size) if rank not in self._transport.lost]

    def say_done(self) -> None:
        """Tell the others that this rank's search is over, after all else that it has to tell."""
        self.flush()
        self._rounds += 1
        self._done[self._transport.rank] = self._rounds
        self._transport.send(b"")

    def all_done(self) -> bool:
        """Whether every living rank has ended as many searches as this one."""
        return all(self._done[rank] >= self._rounds for rank in self.living())
