"""Whether this process is one of several that an MPI launcher started, and how MPI ends in it; loads no MPI."""

from __future__ import annotations

import os

__all__ = ["launched", "part_alone"]

_LAUNCHERS = (
    ("PMI_RANK", "PMI_SIZE"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"),
    ("PALS_RANKID", "PALS_SIZE"),
)
"""Where launchers (MPICH, Intel MPI and srun --mpi=pmi2; Open MPI; MVAPICH; Cray) write rank and size."""


def launched() -> tuple[int, int]:
    """Rank and number of ranks that an MPI launcher gave this process, (0, 1) without one."""
    for rank, size in _LAUNCHERS:
        if rank in os.environ and size in os.environ:
            return int(os.environ[rank]), int(os.environ[size])
    return 0, 1


def part_alone() -> None:
    """Have MPI end here without waiting for the other ranks, if it has not begun yet.

    Where it survives the death of ranks, Open MPI now and then waits for ever for one that has died.
    """
    os.environ.setdefault("OMPI_MCA_async_mpi_finalize", "1")
