"""A fresh process for every task: slower to start, and nothing left over from the task before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from hypersonde.evaluators.process import ProcessEvaluator


class SubprocessEvaluator(ProcessEvaluator):
    """`ProcessEvaluator` with ``fresh=True``, under its own name on the command line.

    Parameters
    ----------
    workers : how many processes at the same time; None for one per core, or as many as `gpus` allow.
    gpus, gpus_per_task, env : as in `ProcessEvaluator`.
    """

    name: ClassVar[str] = "subprocess"

    def __init__(
        self,
        workers: int | None = None,
        *,
        gpus: Sequence[str | int] = (),
        gpus_per_task: int = 1,
        env: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(workers, gpus=gpus, gpus_per_task=gpus_per_task, fresh=True, env=env)
