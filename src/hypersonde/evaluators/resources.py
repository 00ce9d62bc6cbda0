"""What a machine has to share out among workers: cores and GPUs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from hypersonde.errors import InvalidInput

Slot = tuple[str, ...]
"""The GPU ids that belong to one worker; empty without any."""


def cores() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def checked_workers(workers: int | None) -> int:
    """The number of workers: as given, or one per core for None.

    Raises
    ------
    InvalidInput : fewer than one.
    """
    if workers is None:
        return cores()
    if workers < 1:
        raise InvalidInput(f"workers: got {workers!r}, expected a whole number from 1 on, or None for one per core.")
    return workers


def slots(workers: int | None, gpus: Sequence[str | int], gpus_per_task: int) -> list[Slot]:
    """One slot per worker, each with its own GPUs.

    Parameters
    ----------
    workers : how many; None for one per core, or with GPUs for as many as these allow.
    gpus : ids; one that stands twice serves two workers.
    gpus_per_task : ids for each worker; 0 lets every worker see all of `gpus`.

    >>> slots(2, ["0", "1", "2", "3"], 2)
    [('0', '1'), ('2', '3')]
    >>> slots(2, [], 1)
    [(), ()]

    Raises
    ------
    InvalidInput : more workers than there are GPUs for, or a number below its minimum.
    """
    ids = tuple(str(gpu) for gpu in gpus)
    if gpus_per_task < 0:
        raise InvalidInput(f"gpus_per_task: got {gpus_per_task!r}, expected a whole number from 0 on.")
    if not ids or not gpus_per_task:
        return [ids] * checked_workers(workers)
    possible = len(ids) // gpus_per_task
    count = possible if workers is None else checked_workers(workers)
    if not 1 <= count <= possible:
        raise InvalidInput(
            f"gpus: {max(count, 1)} workers with {gpus_per_task} each need {max(count, 1) * gpus_per_task} ids, "
            f"got {len(ids)}. Take at most {possible} workers, or list an id once for every worker that shares it."
        )
    return [ids[i * gpus_per_task : (i + 1) * gpus_per_task] for i in range(count)]


def refuse_resources(evaluator: str, resources: Mapping[str, Any]) -> None:
    """Local evaluators give every task one slot and nothing by name.

    Raises
    ------
    InvalidInput : a task names resources.
    """
    if resources:
        raise InvalidInput(
            f"resources of a task: got {sorted(resources)}, but the {evaluator} evaluator gives every task one "
            "worker and nothing by name. Leave them out; set GPUs where the evaluator is built."
        )
