"""Agents on the ranks of an MPI program: rank 0 manages, the others evaluate.

MPI starts the ranks and tells them where to call in; jobs and results then travel through the mailbox, so that a rank
that dies costs its job where MPI itself survives that.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Mapping
from types import FrameType
from typing import Any, ClassVar

from hypersonde.errors import InvalidInput, missing_extra
from hypersonde.evaluators.addresses import own_address
from hypersonde.evaluators.agent import Post, attend, serve
from hypersonde.evaluators.ensemble import Ensemble, follow
from hypersonde.evaluators.names import worker_name
from hypersonde.evaluators.pilots import PilotEvaluator, Placement
from hypersonde.evaluators.reception import LOOPBACK
from hypersonde.launch import part_alone

part_alone()
try:
    from mpi4py import MPI
except ImportError:
    raise missing_extra("mpi4py", "mpi", "the mpi evaluator") from None
except RuntimeError as error:
    raise InvalidInput(
        f"mpi4py finds no MPI library on this machine: {str(error).strip().splitlines()[0]}. "
        "Load the module of your MPI, or: pip install mpich"
    ) from error


class MpiEvaluator(PilotEvaluator):
    """Runs tasks on the ranks of ``mpirun -n N``.

    Build it before anything that should exist once only: it returns on rank 0 alone. Every other rank works in there
    until the search is over, and then ends its process.

    Parameters
    ----------
    communicator : of the ranks that take part; all of them by default.
    num_ranks_per_eval : ranks that evaluate one configuration together. With more than one, the run function is called
        on each of them with a communicator of the group (``trial.communicator``); what the first of the group returns
        counts. It runs in the rank's own process then, so that a time limit or `cancel` interrupts it between two
        bytecodes only.
    manager_works : whether rank 0 evaluates too, beside managing; only with one rank per evaluation.
    env : environment variables for the work.
    host : address of the machine of rank 0 at which the agents call in; loopback when all ranks are on one machine,
        else the address of that machine's name.

    Raises
    ------
    InvalidInput : there are fewer ranks than one manager and one group need.
    MissingExtra : mpi4py is not installed.
    SystemExit : on every rank but 0, when the search is over.
    """

    name: ClassVar[str] = "mpi"

    def __init__(
        self,
        communicator: Any = None,
        *,
        num_ranks_per_eval: int = 1,
        manager_works: bool = False,
        env: Mapping[str, str] | None = None,
        host: str | None = None,
    ) -> None:
        ranks = MPI.COMM_WORLD if communicator is None else communicator
        groups = _groups(ranks, num_ranks_per_eval, manager_works)
        if ranks.rank > 0:
            _work(ranks, num_ranks_per_eval, dict(env or {}))
            sys.exit(0)
        machines = set(ranks.gather(MPI.Get_processor_name(), root=0))
        placement = _Mpi(ranks, manager_works, dict(env or {}))
        super().__init__(placement, host=host or (LOOPBACK if len(machines) == 1 else own_address()))
        self.await_workers(groups)


def _groups(ranks: Any, together: int, manager_works: bool) -> int:
    """How many evaluations run at the same time."""
    if together < 1:
        raise InvalidInput(f"num_ranks_per_eval: got {together!r}, expected a whole number from 1 on.")
    groups = int(ranks.size - 1) // together + (manager_works and together == 1)
    if groups < 1:
        raise InvalidInput(
            f"the mpi evaluator needs one rank to manage and {together} to evaluate, got {ranks.size} in all. "
            f"Start it under MPI: mpirun -n {together + 1} ..."
        )
    return groups


def _work(ranks: Any, together: int, env: Mapping[str, str]) -> None:
    """What a rank above 0 does, until the search is over."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave_it)  # ignoring it would be inherited by the work
    ranks.gather(MPI.Get_processor_name(), root=0)
    post: Post = ranks.bcast(None, root=0)
    if together == 1:
        with contextlib.suppress(ConnectionError):  # rank 0 has said why on its own screen
            serve(post, env=env)
        return
    os.environ.update(env)
    first = ranks.rank - (ranks.rank - 1) % together
    if first + together > ranks.size:
        return  # left over: too few for another group
    group = ranks.Create_group(ranks.Get_group().Incl(range(first, first + together)))
    if group.rank > 0:
        follow(group)
        return
    with contextlib.suppress(ConnectionError):
        attend(post, Ensemble(group), worker_name(os.getpid()))


def _leave_it(number: int, frame: FrameType | None) -> None:
    """Such a signal goes to all ranks at once; rank 0 winds the search up."""


class _Mpi(Placement):
    """The ranks are there; they only have to be told."""

    def __init__(self, ranks: Any, manager_works: bool, env: dict[str, str]) -> None:
        self._ranks, self._works, self._env = ranks, manager_works, env

    def place(self, post: Post) -> None:
        """Tell the other ranks where to call in."""
        self._ranks.bcast(post, root=0)
        if self._works:
            threading.Thread(target=serve, args=(post,), kwargs={"env": self._env}, daemon=True).start()

    def tend(self, wanted: bool) -> None:
        """Nothing: MPI replaces no rank."""

    def close(self) -> None:
        """Nothing: the ranks end by themselves."""
