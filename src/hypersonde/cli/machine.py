"""Builds the evaluator that was asked for, out of what this machine has."""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

import yaml

from hypersonde.cli.choices import EVALUATORS
from hypersonde.cli.options import SearchOptions
from hypersonde.cli.words import accepts
from hypersonde.errors import InvalidInput, unknown
from hypersonde.evaluators import Evaluator
from hypersonde.evaluators.resources import cores


def build_evaluator(options: SearchOptions) -> Evaluator:
    """The evaluator that was asked for.

    Raises
    ------
    InvalidInput : no such evaluator; it cannot do what is asked; there are not enough GPUs.
    MissingExtra : its engine is not installed.
    """
    name = options.evaluator
    if name not in EVALUATORS:
        raise unknown("evaluator", name, EVALUATORS)
    made = EVALUATORS[name].load()
    settings = {
        **_workers(name, made, options),
        **_gpus(name, made, options.num_gpus_per_task),
        **_engine(name, made, options),
    }
    settings |= _settings(name, made, options.evaluator_option)
    evaluator: Evaluator = made(**settings)
    return evaluator


def _workers(name: str, made: type[Any], options: SearchOptions) -> dict[str, Any]:
    """How many at the same time, and how many cores for each."""
    workers, cpus = options.num_workers, options.num_cpus_per_task
    settings: dict[str, Any] = {}
    if accepts(made, "workers"):
        elsewhere = options.address is not None or any(
            o.startswith(("cluster=", "provider=")) for o in options.evaluator_option
        )
        by_cores = None if options.num_gpus_per_task or elsewhere else max(1, cores() // cpus)
        settings["workers"] = workers if workers is not None else by_cores
    elif workers not in (None, 1):
        why = "has as many as MPI gives it ranks" if accepts(made, "num_ranks_per_eval") else "has one worker"
        raise InvalidInput(f"--num-workers {workers}: the {name} evaluator {why}. Leave the option out.")
    if accepts(made, "cpus_per_task"):
        settings["cpus_per_task"] = cpus
    if cpus > 1 and accepts(made, "env"):
        settings["env"] = {"OMP_NUM_THREADS": str(cpus)}
    return settings


def _gpus(name: str, made: type[Any], gpus_per_task: int) -> dict[str, Any]:
    if not gpus_per_task:
        return {}
    if accepts(made, "gpus"):
        return {"gpus": visible_gpus(), "gpus_per_task": gpus_per_task}
    if accepts(made, "gpus_per_task"):
        return {"gpus_per_task": gpus_per_task}
    raise InvalidInput(f"--num-gpus-per-task: the {name} evaluator hands out no GPUs. Try --evaluator process or ray.")


def _engine(name: str, made: type[Any], options: SearchOptions) -> dict[str, Any]:
    """What only some engines know."""
    settings: dict[str, Any] = {}
    if options.address is not None:
        if not accepts(made, "address"):
            raise InvalidInput(f"--address: the {name} evaluator joins no cluster. Try --evaluator ray or dask.")
        settings["address"] = options.address
    if options.num_ranks_per_eval > 1:
        if not accepts(made, "num_ranks_per_eval"):
            raise InvalidInput(f"--num-ranks-per-eval: the {name} evaluator has no ranks. Try --evaluator mpi.")
        settings["num_ranks_per_eval"] = options.num_ranks_per_eval
    return settings


def _settings(name: str, made: type[Any], given: Sequence[str]) -> dict[str, Any]:
    """What ``-O NAME=VALUE`` says: parameters of the evaluator, and of what it starts where it starts something."""
    known = inspect.signature(made).parameters
    settings: dict[str, Any] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            raise InvalidInput(f"-O {text}: expected NAME=VALUE.")
        if key in known:
            settings[key] = yaml.safe_load(value)
        elif "settings" in known:
            settings.setdefault("settings", {})[key] = yaml.safe_load(value)
        else:
            raise unknown(f"option of the {name} evaluator", key, known)
    return settings


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
