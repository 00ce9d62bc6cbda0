"""Searches on the ranks of an MPI program without a manager: every rank runs the loop."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypersonde.errors import InvalidInput
from hypersonde.evaluators.base import Evaluator
from hypersonde.storage.homes import Directories, Homes, Memories
from hypersonde.storage.replicated import ReplicatedStorage

__all__ = ["Seat", "take_seat"]


@dataclass(frozen=True, slots=True)
class Seat:
    """What one rank searches with.

    Attributes
    ----------
    rank, size : of the ranks that search.
    storage : its log, and through it those of the others.
    evaluator : one that evaluates on a group of ranks; None when the rank evaluates alone.
    """

    rank: int
    size: int
    storage: ReplicatedStorage
    evaluator: Evaluator | None


def take_seat(stack: ExitStack, log_dir: Path | None, ranks_per_eval: int = 1, communicator: Any = None) -> Seat | None:
    """Take part in a search: all ranks call this. Those that only help to evaluate get None when it is over.

    Parameters
    ----------
    stack : gives everything back when it is closed.
    log_dir : on a disk that all ranks see; None keeps nothing.
    ranks_per_eval : ranks that evaluate one configuration together; those that are left over do nothing.
    communicator : of all ranks; MPI's world by default.

    Raises
    ------
    InvalidInput : fewer ranks than one evaluation needs.
    MissingExtra : mpi4py is not installed.
    StorageError : the directory belongs to a search without ranks.
    """
    from hypersonde.storage.mpi import MpiTransport, world

    ranks = world() if communicator is None else communicator
    if not 1 <= ranks_per_eval <= ranks.size:
        raise InvalidInput(
            f"{ranks_per_eval} ranks per evaluation: got {ranks.size} ranks in all. "
            f"Start more: mpirun -n {ranks_per_eval} ..."
        )
    homes: Homes = Memories() if log_dir is None else Directories(log_dir)
    group = ranks.Split(ranks.rank // ranks_per_eval, ranks.rank) if ranks_per_eval > 1 else None
    whole = ranks.rank // ranks_per_eval < ranks.size // ranks_per_eval
    leads = whole and ranks.rank % ranks_per_eval == 0
    searchers = ranks if group is None else ranks.Split(0 if leads else 1, ranks.rank)
    if not leads:
        if whole:
            from hypersonde.evaluators.ensemble import follow

            follow(group)
        return None
    storage = stack.enter_context(ReplicatedStorage(homes, MpiTransport(searchers)))
    if group is None:
        return Seat(searchers.rank, searchers.size, storage, None)
    from hypersonde.evaluators.group import GroupEvaluator

    return Seat(searchers.rank, searchers.size, storage, GroupEvaluator(group))
