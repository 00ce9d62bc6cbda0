"""Evaluates on a group of MPI ranks that work on one configuration together; for searches without a manager."""

from __future__ import annotations

from typing import Any, ClassVar

from hypersonde.evaluators.ensemble import Ensemble
from hypersonde.evaluators.packed import PackedEvaluator


class GroupEvaluator(PackedEvaluator):
    """Runs one task at a time, on all ranks of a group, with its communicator (``trial.communicator``).

    The other ranks of the group are in `hypersonde.evaluators.ensemble.follow` until this is closed. What the first
    rank returns counts. A time limit or `cancel` interrupts it between two bytecodes.

    Parameters
    ----------
    communicator : of the group; this process is its first rank.
    """

    name: ClassVar[str] = "group"

    def __init__(self, communicator: Any) -> None:
        super().__init__(Ensemble(communicator))
