"""Builds the evaluator that was asked for, out of what this machine has."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Any

from hypersonde.cli.choices import EVALUATORS
from hypersonde.cli.words import accepts
from hypersonde.errors import InvalidInput, unknown
from hypersonde.evaluators import Evaluator
from hypersonde.evaluators.resources import cores


def build_evaluator(name: str, workers: int | None, cpus_per_task: int, gpus_per_task: int) -> Evaluator:
    """The evaluator of this name.

    Parameters
    ----------
    workers : evaluations at the same time; None for as many as the machine's cores, or GPUs, allow.
    cpus_per_task : cores for each.
    gpus_per_task : GPUs for each; 0 leaves the GPUs alone.

    Raises
    ------
    InvalidInput : no such evaluator; it cannot do what is asked; there are not enough GPUs.
    """
    if name not in EVALUATORS:
        raise unknown("evaluator", name, EVALUATORS)
    made = EVALUATORS[name].load()
    settings: dict[str, Any] = {}
    if accepts(made, "workers"):
        by_cores = None if gpus_per_task else max(1, cores() // cpus_per_task)
        settings["workers"] = workers if workers is not None else by_cores
    elif workers not in (None, 1):
        raise InvalidInput(f"--num-workers {workers}: the {name} evaluator has one worker. Try --evaluator process.")
    if gpus_per_task:
        if not accepts(made, "gpus"):
            raise InvalidInput(f"--num-gpus-per-task: the {name} evaluator hands out no GPUs. Try --evaluator process.")
        settings |= {"gpus": visible_gpus(), "gpus_per_task": gpus_per_task}
    if cpus_per_task > 1 and accepts(made, "env"):
        settings["env"] = {"OMP_NUM_THREADS": str(cpus_per_task)}
    evaluator: Evaluator = made(**settings)
    return evaluator


def visible_gpus() -> list[str]:
    """Ids of the GPUs that this process may use: those of ``CUDA_VISIBLE_DEVICES``, or all that NVIDIA's tool lists.

    Raises
    ------
    InvalidInput : there is none.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        found = [gpu.strip() for gpu in visible.split(",") if gpu.strip()]
    elif tool := shutil.which("nvidia-smi"):
        listed = subprocess.run(
            [tool, "--query-gpu=index", "--format=csv,noheader"], capture_output=True, text=True, check=False
        )
        found = [line.strip() for line in listed.stdout.splitlines() if line.strip().isdigit()]
    else:
        found = []
    if not found:
        raise InvalidInput(
            "--num-gpus-per-task: no GPU was found (CUDA_VISIBLE_DEVICES, nvidia-smi). "
            "Leave the option out, or name the GPUs: CUDA_VISIBLE_DEVICES=0,1."
        )
    return found
