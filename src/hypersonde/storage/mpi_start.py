"""Begins MPI, without waiting for ever for a rank that died before it could."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hypersonde.errors import missing_extra
from hypersonde.launch import part_alone

__all__ = ["begin_mpi"]

_DAEMONS = ("prte", "orted", "mpirun")
"""How processes are called that start the ranks of Open MPI on a machine."""
_LOOK = 1.0
"""Seconds between two looks at the other ranks."""
_SURE = 3
"""Looks in a row at which ranks are missing: they do not begin all at once."""


def begin_mpi() -> None:
    """Have MPI begin, if it has not.

    Where MPI survives the death of ranks, Open MPI's beginning waits for ever for one that died before it. Those of the
    same machine are looked at meanwhile; when one is gone, the first one says so and has all of them ended.

    Raises
    ------
    MissingExtra : mpi4py is not installed.
    """
    if "mpi4py.MPI" in sys.modules:
        return
    try:
        import mpi4py
    except ImportError:
        raise missing_extra("mpi4py", "mpi", "a search on several ranks") from None
    mpi4py.rc.initialize, mpi4py.rc.finalize = False, True
    with suppress(ImportError, RuntimeError):  # whoever imports it next hears what is wrong
        from mpi4py import MPI

        part_alone()
        if not MPI.Is_initialized():
            with _vigil():
                MPI.Init_thread(MPI.THREAD_MULTIPLE)


@contextmanager
def _vigil() -> Iterator[None]:
    """Look at the other ranks while MPI begins, in a process beside this one, in which no Python runs meanwhile."""
    daemon, local = os.getppid(), int(os.environ.get("OMPI_COMM_WORLD_LOCAL_SIZE", "0"))
    surviving = os.environ.get("OMPI_MCA_mpi_ft_enable", "0") not in ("0", "false")  # noqa: SIM112  so it is spelled
    if not surviving or local < 2 or not _name(daemon).startswith(_DAEMONS):
        yield
        return
    over, end = os.pipe()
    beside = os.fork()
    if not beside:
        try:
            os.close(end)
            _watch(over, daemon, local)
        finally:
            os._exit(0)
    os.close(over)
    try:
        yield
    finally:
        os.close(end)
        os.waitpid(beside, 0)


def _watch(over: int, daemon: int, local: int) -> None:
    """Have `daemon` end the search when ranks are missing, until somebody closes the other end of `over`."""
    missing = 0
    while not select.select([over], [], [], _LOOK)[0]:
        living = _ranks_of(daemon)
        missing = missing + 1 if len(living) < local else 0
        if missing >= _SURE and int(os.environ["OMPI_COMM_WORLD_RANK"]) == min(living, default=-1):
            dead = f"{local - len(living)} of {local} ranks on this machine"
            os.write(
                2,
                f"error: {dead} died while the search was starting. "
                "What is recorded is safe: run the same command again.\n".encode(),
            )
            os.kill(daemon, signal.SIGTERM)
            return


def _name(process: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{process}/comm").read_text()
    return ""


def _ranks_of(parent: int) -> list[int]:
    """The ranks that are children of a process and live."""
    ranks = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            state, father = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(father) == parent and state not in "ZX":
                words = (entry / "environ").read_bytes().partition(b"OMPI_COMM_WORLD_RANK=")[2]
                ranks.append(int(words.partition(b"\0")[0]))
    return ranks
