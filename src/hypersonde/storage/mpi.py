"""Messages between the ranks of an MPI program: none ever waits for another while a search runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from hypersonde.errors import InvalidInput, missing_extra

try:
    from mpi4py import MPI
except ImportError:
    raise missing_extra("mpi4py", "mpi", "a search on several ranks") from None
except RuntimeError as error:
    raise InvalidInput(
        f"mpi4py finds no MPI library on this machine: {str(error).strip().splitlines()[0]}. "
        "Load the module of your MPI, or: pip install mpich"
    ) from error

__all__ = ["MpiTransport", "world"]

_TAG = 17
_LOOKS = 32
"""Looks in vain before there is nothing: each look also moves on what is under way, a little; half a microsecond."""
_MANY = 256
"""Sends under way before those that have left are looked for."""


def world() -> Any:
    """The communicator of all ranks."""
    return MPI.COMM_WORLD


class MpiTransport:
    """A `hypersonde.storage.transport.Transport` over MPI; all ranks of the communicator build it together.

    Parameters
    ----------
    communicator : of the ranks that search; all by default.
    """

    def __init__(self, communicator: Any = None) -> None:
        self._ranks = (MPI.COMM_WORLD if communicator is None else communicator).Dup()
        self.rank, self.size = int(self._ranks.rank), int(self._ranks.size)
        self.sent_messages = self.sent_bytes = 0
        self._others = [rank for rank in range(self.size) if rank != self.rank]
        self._sending: list[Any] = []
        self._counter = MPI.Win.Allocate(8 if self.rank == 0 else 0, 8, comm=self._ranks)
        self._counter.Lock_all()
        self._open = True

    def send(self, message: bytes) -> None:
        """Hand a message to all others; the requests hold on to it."""
        self.sent_messages += 1
        self.sent_bytes += len(message)
        self._sending += [self._ranks.Isend([message, MPI.BYTE], rank, _TAG) for rank in self._others]
        if len(self._sending) > _MANY:
            MPI.Request.Testsome(self._sending)
            self._sending = [request for request in self._sending if request != MPI.REQUEST_NULL]

    def receive(self) -> list[tuple[int, bytes]]:
        """All messages that have arrived."""
        heard = []
        status = MPI.Status()
        idle = 0
        while idle < _LOOKS:
            message = self._ranks.Improbe(MPI.ANY_SOURCE, _TAG, status)
            if message is None:
                idle += 1
                continue
            box = bytearray(status.Get_count(MPI.BYTE))
            message.Recv([box, MPI.BYTE])
            heard.append((status.Get_source(), bytes(box)))
        return heard

    def share(self, text: str) -> str:
        return str(self._ranks.bcast(text, root=0))

    def begin(self, count: int) -> None:
        if self.rank == 0:
            self._swap(MPI.REPLACE, count)
        self._ranks.Barrier()

    def draw(self, count: int, limit: int | None) -> int:
        """One atomic addition at rank 0, which need not take part; what was too much is given back.

        Without a limit nobody waits for the answer.
        """
        if limit is None:
            self._counter.Accumulate(np.array([count], dtype=np.int64), 0, op=MPI.SUM)
            self._counter.Flush_local(0)
            return count
        before = self._swap(MPI.SUM, count)
        drawn = count if limit is None else max(0, min(count, limit - before))
        if drawn < count:
            self._swap(MPI.SUM, drawn - count)
        return drawn

    def give_up(self) -> None:
        self._ranks.Abort(1)

    def close(self) -> None:
        if self._open:
            self._open = False
            MPI.Request.Waitall(self._sending)
            self._counter.Unlock_all()
            self._counter.Free()
            self._ranks.Free()

    def _swap(self, operation: Any, number: int) -> int:
        before = np.zeros(1, dtype=np.int64)
        self._counter.Fetch_and_op(np.array([number], dtype=np.int64), before, 0, 0, operation)
        self._counter.Flush(0)
        return int(before[0])
