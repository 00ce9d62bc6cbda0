"""Agents on a Dask cluster: one that runs already, one on this machine, or one in a batch queue."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, ClassVar

from hypersonde.errors import InvalidInput, missing_extra, unknown
from hypersonde.evaluators import deaf
from hypersonde.evaluators.addresses import facing, host_of, own_address
from hypersonde.evaluators.agent import Post, serve
from hypersonde.evaluators.pilots import Complaints, PilotEvaluator, Placement
from hypersonde.evaluators.reception import LOOPBACK
from hypersonde.evaluators.resources import checked_workers

try:
    import dask
    import distributed
except ImportError:
    raise missing_extra("dask.distributed", "dask", "the dask evaluator") from None

QUEUES = {"slurm": "SLURMCluster", "pbs": "PBSCluster", "lsf": "LSFCluster", "sge": "SGECluster", "oar": "OARCluster"}
"""Kinds of cluster that dask-jobqueue starts in a batch queue."""


class DaskEvaluator(PilotEvaluator):
    """Runs tasks on the workers of a Dask cluster.

    Parameters
    ----------
    workers : agents, each of which takes one thread of a Dask worker; None for as many threads as there are, now
        and later, and one more, so that an adaptive cluster grows. A cluster in a batch queue needs a number, and grows
        and shrinks up to it. Agents with nothing to do give their thread back.
    address : of a running scheduler, ``tcp://node7:8786``, or the path of its ``--scheduler-file``.
    cluster : ``local`` (the default without an address), ``slurm``, ``pbs``, ``lsf``, ``sge`` or ``oar``; or a Dask
        cluster or client, which stays open.
    settings : of a cluster that is started here: what its class in dask-jobqueue takes (``queue``, ``account``,
        ``walltime``, ``memory`` ...).
    resources : of Dask that one agent takes, such as ``{"GPU": 1}``.
    env : environment variables for the work.
    host : address of this machine at which the agents call in; by default the one that faces the scheduler.

    Raises
    ------
    InvalidInput : an unknown kind of cluster, settings that it does not take, a scheduler that does not answer.
    MissingExtra : Dask is not installed.
    """

    name: ClassVar[str] = "dask"

    def __init__(
        self,
        workers: int | None = None,
        *,
        address: str | None = None,
        cluster: Any = None,
        settings: Mapping[str, Any] | None = None,
        resources: Mapping[str, float] | None = None,
        env: Mapping[str, str] | None = None,
        host: str | None = None,
    ) -> None:
        stack = ExitStack()
        try:
            client = _client(stack, workers, address, cluster, dict(settings or {}))
            scheduler = host_of(client.scheduler.address)
            placement = _Dask(client, stack, workers, dict(resources or {}), dict(env or {}))
            super().__init__(placement, host=host or _host(scheduler), shrinks=True)
        except BaseException:
            stack.close()
            raise


def _host(scheduler: str) -> str:
    return LOOPBACK if scheduler in ("", "localhost") else facing(scheduler)


def _client(
    stack: ExitStack, workers: int | None, address: str | None, cluster: Any, settings: dict[str, Any]
) -> distributed.Client:
    """A client of the cluster that is meant; what is started here is closed with `stack`."""
    if isinstance(cluster, distributed.Client):
        return cluster
    if address is not None:
        return stack.enter_context(_connected(address))
    if cluster is None or cluster == "local":
        count = checked_workers(workers)
        made = _local(count, settings)
    elif isinstance(cluster, str):
        made = _queued(cluster, workers, settings)
    else:
        return stack.enter_context(distributed.Client(cluster, set_as_default=False))
    stack.callback(made.close)
    return stack.enter_context(distributed.Client(made, set_as_default=False))


def _connected(address: str) -> distributed.Client:
    try:
        if os.path.exists(address):
            return distributed.Client(scheduler_file=address, set_as_default=False, timeout="20s")
        return distributed.Client(address, set_as_default=False, timeout="20s")
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"no Dask scheduler answers at {address!r}: {error or type(error).__name__}. Start one (dask scheduler), "
            "and give its address, tcp://HOST:8786."
        ) from error


def _local(count: int, settings: dict[str, Any]) -> Any:
    quiet = {"distributed.worker.memory.terminate": False, "distributed.worker.memory.pause": False}
    usual = {"host": LOOPBACK, "dashboard_address": None, "silence_logs": 50, "preload": [deaf.__name__]}
    with dask.config.set(quiet):
        return distributed.LocalCluster(n_workers=count, threads_per_worker=1, **{**usual, **settings})


def _queued(kind: str, workers: int | None, settings: dict[str, Any]) -> Any:
    if kind not in QUEUES:
        raise unknown("Dask cluster", kind, ["local", *QUEUES])
    if workers is None:
        raise InvalidInput(f"a Dask cluster on {kind} needs a number of workers: --num-workers 8.")
    try:
        import dask_jobqueue
    except ImportError:
        raise missing_extra("dask-jobqueue", "dask", f"a Dask cluster on {kind}") from None
    made = getattr(dask_jobqueue, QUEUES[kind])
    usual: dict[str, Any] = {"cores": 1, "processes": 1, "memory": "2GB", "python": shlex.quote(sys.executable)}
    if "interface" not in settings:
        usual["scheduler_options"] = {"dashboard_address": None, "host": own_address()}
    else:
        usual["scheduler_options"] = {"dashboard_address": None, "interface": settings["interface"]}
    try:
        cluster = made(**{**usual, **settings})
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"a Dask cluster on {kind}: {error}. See the settings of dask_jobqueue.{QUEUES[kind]}."
        ) from error
    per_job = int(settings.get("processes", 1)) or 1
    cluster.adapt(
        minimum_jobs=0, maximum_jobs=-(-workers // per_job), target_duration="10ms", interval="1s", wait_count=5
    )
    return cluster


class _Dask(Placement):
    """One long task per agent; Dask itself runs those of lost workers again."""

    def __init__(
        self,
        client: distributed.Client,
        stack: ExitStack,
        workers: int | None,
        resources: dict[str, float],
        env: dict[str, str],
    ) -> None:
        self._client, self._stack = client, stack
        self._wanted = workers
        self._resources, self._env = resources, env
        self._futures: list[distributed.Future] = []
        self._post: Post | None = None
        self._complaints = Complaints("Dask")

    def place(self, post: Post) -> None:
        """Submit the agents."""
        self._post = post
        self.tend(True)

    def tend(self, wanted: bool) -> None:
        """Submit agents for new threads, and again those that Dask has given up."""
        if self._post is None or self._client.status != "running":
            return
        for future in self._futures:
            if future.status == "error":
                self._complaints.hear(future.exception())
        self._futures = [future for future in self._futures if not future.done()]
        for _ in range(self._room() - len(self._futures) if wanted else 0):
            self._futures.append(
                self._client.submit(
                    serve, self._post, env=self._env, pure=False, retries=1000, resources=self._resources or None
                )
            )

    def _room(self) -> int:
        if self._wanted is not None:
            return self._wanted
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return 1 + sum(int(worker["nthreads"]) for worker in workers)

    def withdraw(self) -> None:
        """Forget the agents: what runs goes on."""
        if self._client.status == "running":
            self._client.cancel(self._futures, force=True)
        self._post = None

    def close(self) -> None:
        """Close what was opened here."""
        self._stack.close()
