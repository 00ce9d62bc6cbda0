"""Evaluators run callables somewhere: here, in threads, in processes; they know nothing of trials.

`Evaluator` is the contract, `Task` what goes in, `Report` and `Ended` what comes out.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypersonde.evaluators.base import Call, Channel, Ended, Evaluator, Message, Report, Task
    from hypersonde.evaluators.command import Command
    from hypersonde.evaluators.command_run import CommandFailed
    from hypersonde.evaluators.dask_ import DaskEvaluator
    from hypersonde.evaluators.mpi import MpiEvaluator
    from hypersonde.evaluators.parsl_ import ParslEvaluator
    from hypersonde.evaluators.process import ProcessEvaluator
    from hypersonde.evaluators.ray_ import RayEvaluator
    from hypersonde.evaluators.serial import SerialEvaluator
    from hypersonde.evaluators.subprocess_ import SubprocessEvaluator
    from hypersonde.evaluators.thread import ThreadEvaluator

_HOMES = {
    "base": ("Call", "Channel", "Ended", "Evaluator", "Message", "Report", "Task"),
    "command": ("Command",),
    "command_run": ("CommandFailed",),
    "dask_": ("DaskEvaluator",),
    "mpi": ("MpiEvaluator",),
    "parsl_": ("ParslEvaluator",),
    "process": ("ProcessEvaluator",),
    "ray_": ("RayEvaluator",),
    "serial": ("SerialEvaluator",),
    "subprocess_": ("SubprocessEvaluator",),
    "thread": ("ThreadEvaluator",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Call",
    "Channel",
    "Command",
    "CommandFailed",
    "DaskEvaluator",
    "Ended",
    "Evaluator",
    "Message",
    "MpiEvaluator",
    "ParslEvaluator",
    "ProcessEvaluator",
    "RayEvaluator",
    "Report",
    "SerialEvaluator",
    "SubprocessEvaluator",
    "Task",
    "ThreadEvaluator",
]


def __getattr__(name: str) -> Any:
    """Import on first use: a worker process needs none of the evaluators."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
