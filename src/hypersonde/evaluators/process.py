"""Worker processes on this machine: reused, killable, and dead when their manager is."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import ClassVar

from hypersonde.evaluators.packed import PackedEvaluator
from hypersonde.evaluators.pool import WorkerPool
from hypersonde.evaluators.resources import cores, slots


class ProcessEvaluator(PackedEvaluator):
    """Runs every task in a worker process of its own session, one task at a time per worker.

    Workers start when a task needs them, with the manager's working directory, module search path and
    environment, and are reused. Whatever kills one costs the task that it had and nothing else. A time
    limit or `cancel` kills a worker with all its descendants. The clock of a time limit starts when the
    call and its argument are loaded, so that the imports of the user's module do not count. A call is
    pickled when it is first submitted: what it changes in itself afterwards stays behind.

    Parameters
    ----------
    workers : how many; None for one per core, or as many as `gpus` allow.
    gpus : ids to hand out through ``CUDA_VISIBLE_DEVICES``, each worker its own; an id that stands twice
        serves two workers.
    gpus_per_task : ids per worker; 0 shows all of `gpus` to every worker.
    fresh : a new process for every task.
    env : environment variables for the workers, on top of the manager's. ``OMP_NUM_THREADS`` is the
        share of the cores that falls to one worker, unless it is set here or in the environment.

    Raises
    ------
    InvalidInput : fewer than one worker, or more than there are GPUs for.
    """

    name: ClassVar[str] = "process"

    def __init__(
        self,
        workers: int | None = None,
        *,
        gpus: Sequence[str | int] = (),
        gpus_per_task: int = 1,
        fresh: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> None:
        places = slots(workers, gpus, gpus_per_task)
        threads = str(max(1, cores() // len(places)))
        super().__init__(WorkerPool(places, {"OMP_NUM_THREADS": threads, **os.environ, **(env or {})}, fresh=fresh))
