"""Messages between the ranks of an MPI program: none ever waits for another while a search runs."""

from __future__ import annotations

import atexit
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from hypersonde.errors import InvalidInput, missing_extra
from hypersonde.storage.transport import Bereaved

try:
    from mpi4py import MPI
except ImportError:
    raise missing_extra("mpi4py", "mpi", "a search on several ranks") from None
except RuntimeError as error:
    raise InvalidInput(
        f"mpi4py finds no MPI library on this machine: {str(error).strip().splitlines()[0]}. "
        "Load the module of your MPI, or: pip install mpich"
    ) from error

__all__ = ["MpiTransport", "agree", "together", "world"]

_TAG = 17
_LOOKS = 12
"""Looks in vain before there is nothing: each look also moves on what is under way, a little; half a microsecond."""
_PAUSE, _MOMENT = 0.001, 0.0001
"""Between two looks whether what was sent has left, and whether the counter has answered, seconds."""
_DEATHS = {getattr(MPI, name) for name in ("ERR_PROC_FAILED", "ERR_PROC_FAILED_PENDING") if hasattr(MPI, name)}
"""How an MPI that survives it says that a rank has died."""
_ENDS = _DEATHS | {getattr(MPI, name) for name in ("ERR_REVOKED",) if hasattr(MPI, name)}
"""How it says that what all have to do together cannot be done any more."""
_COURTESY = 5.0
"""Seconds for the first rank to say what happened, before another one ends all."""
_MANY = 256
"""Sends under way before those that have left are looked for."""


def world() -> Any:
    """The communicator of all ranks."""
    return MPI.COMM_WORLD


@contextmanager
def together(ranks: Any) -> Iterator[None]:
    """What all ranks of a communicator do in here: when one has died, nobody waits for it.

    Raises
    ------
    Bereaved : a rank has died.
    """
    try:
        yield
    except MPI.Exception as error:
        dead = _dead(ranks) if _ENDS else set()
        if not dead and error.Get_error_class() not in _ENDS:
            raise
        ranks.Revoke()
        first = ranks.rank == next(rank for rank in range(ranks.size) if rank not in dead)
        atexit.register(_leave, ranks, first)
        raise Bereaved(dead, first) from None


def _leave(ranks: Any, first: bool) -> None:
    """End all ranks: the usual end of MPI would wait for the dead."""
    if not first:
        time.sleep(_COURTESY)
    ranks.Abort(2)


def agree(fine: bool) -> int | None:
    """Whether all ranks are fine: all of them call this. The first one that is not, None when all are.

    Raises
    ------
    Bereaved : a rank has died.
    """
    ranks = MPI.COMM_WORLD
    with together(ranks):
        first = int(ranks.allreduce(ranks.size if fine else ranks.rank, op=MPI.MIN))
    return first if first < ranks.size else None


def _dead(ranks: Any) -> set[int]:
    """The ranks of a communicator that are known to have died."""
    ranks.Ack_failed()
    dead = ranks.Get_failed()
    return set(MPI.Group.Translate_ranks(dead, list(range(dead.size)), ranks.Get_group()))


class MpiTransport:
    """A `hypersonde.storage.transport.Transport` over MPI; all ranks of the communicator build it together.

    Where MPI survives the death of a rank (Open MPI with ``--with-ft ulfm``) the others go on without it.

    Parameters
    ----------
    communicator : of the ranks that search; all by default.
    """

    def __init__(self, communicator: Any = None) -> None:
        ranks = MPI.COMM_WORLD if communicator is None else communicator
        with together(ranks):
            self._ranks = ranks.Dup()
        self.rank, self.size = int(self._ranks.rank), int(self._ranks.size)
        self.sent_messages = self.sent_bytes = 0
        self._others = [rank for rank in range(self.size) if rank != self.rank]
        self.lost: set[int] = set()
        self._sending: list[tuple[int, Any]] = []
        with together(self._ranks):
            self._counter = MPI.Win.Allocate(8 if self.rank == 0 else 0, 8, comm=self._ranks)
        self._counter.Lock_all()
        if self.rank == 0:
            self._swap(MPI.REPLACE, 0)
        self._open = True

    def send(self, message: bytes) -> None:
        """Hand a message to all others; the requests hold on to it."""
        self.sent_messages += 1
        self.sent_bytes += len(message)
        for rank in self._others:
            try:
                self._sending.append((rank, self._ranks.Isend([message, MPI.BYTE], rank, _TAG)))
            except MPI.Exception as error:
                self._notice(error)
        if len(self._sending) > _MANY:
            self._sending = [(rank, request) for rank, request in self._sending if not self._sent(rank, request)]

    def receive(self) -> list[tuple[int, bytes]]:
        """All messages that have arrived."""
        heard = []
        status = MPI.Status()
        idle = 0
        while idle < _LOOKS:
            try:
                message = self._ranks.Improbe(MPI.ANY_SOURCE, _TAG, status)
            except MPI.Exception as error:
                self._notice(error)
                message = None
            if message is None:
                idle += 1
                continue
            box = bytearray(status.Get_count(MPI.BYTE))
            message.Recv([box, MPI.BYTE])
            heard.append((status.Get_source(), bytes(box)))
        return heard

    def share(self, text: str) -> str:
        with self._together():
            return str(self._ranks.bcast(text, root=0))

    def begin(self, count: int) -> None:
        if self.rank == 0:
            self._swap(MPI.REPLACE, count)
        with self._together():
            self._ranks.Barrier()

    def draw(self, count: int, limit: int | None) -> int:
        """One atomic addition at rank 0, which need not take part; what was too much is given back."""
        before = self._swap(MPI.SUM, count)
        drawn = count if limit is None else max(0, min(count, limit - before))
        if drawn < count:
            self._swap(MPI.SUM, drawn - count)
        return drawn

    def give_up(self, code: int) -> None:
        self._ranks.Abort(code)

    def close(self) -> None:
        if self._open:
            self._open = False
            while not all(self._sent(rank, request) for rank, request in self._sending):
                time.sleep(_PAUSE)
            if self.lost or not self._gathered():
                return  # what follows would wait for the dead
            self._counter.Unlock_all()
            self._counter.Free()
            self._ranks.Free()

    def _gathered(self) -> bool:
        """Wait for the others, asleep; False when one has died. What MPI does together it waits for at full speed."""
        try:
            gathering = self._ranks.Ibarrier()
            while not gathering.Test():
                time.sleep(_PAUSE)
        except MPI.Exception as error:
            self._notice(error)
            return False
        return True

    @contextmanager
    def _together(self) -> Iterator[None]:
        try:
            with together(self._ranks):
                yield
        except Bereaved as error:
            self.lost.update(error.dead)
            raise

    def _sent(self, rank: int, request: Any) -> bool:
        """Whether a message has left, or will never reach anybody."""
        try:
            return rank in self.lost or bool(request.Test())
        except MPI.Exception as error:
            self._notice(error)
            return rank in self.lost

    def _notice(self, error: MPI.Exception) -> None:
        """Take note of the ranks that have died; any other error goes on.

        Raises
        ------
        Bereaved : another rank could not begin without the dead ones.
        """
        if error.Get_error_class() in _ENDS - _DEATHS:
            with self._together():
                raise error
        if error.Get_error_class() not in _DEATHS:
            raise error
        self.lost.update(_dead(self._ranks))
        self._others = [rank for rank in self._others if rank not in self.lost]

    def _swap(self, operation: Any, number: int) -> int:
        """What the counter was before an operation. Looked for again and again: `Flush` would give the core away."""
        given, before = np.array([number], dtype=np.int64), np.zeros(1, dtype=np.int64)
        request = self._counter.Rget_accumulate(given, before, 0, op=operation)
        looks = 0
        while not request.Test():
            looks += 1
            if looks > _LOOKS:
                time.sleep(_MOMENT)
        return int(before[0])
