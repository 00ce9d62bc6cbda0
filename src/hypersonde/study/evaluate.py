"""One evaluation: call the run function in a worker and read what it returned."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypersonde.errors import InvalidInput
from hypersonde.evaluators.base import Channel
from hypersonde.failure import Failure
from hypersonde.study.running_trial import Assignment, RunningTrial, as_number

_HUGE = 10**80
"""What is shown with all its digits is smaller."""

RunFunction = Callable[[Any], Any]
"""``run(config) -> float | dict | tuple``, or with its argument named or annotated trial or job."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one evaluation gave: values, one per metric, or a failure.

    Attributes
    ----------
    values : one per metric, in the order of the study's metrics.
    metrics : everything else the run function returned by name.
    failure : why there are no values.
    stopped : the run function was told to stop and has wound up, so that `values` are of an unfinished run.
    """

    values: tuple[float, ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    stopped: bool = False


class Evaluate:
    """The callable that evaluators run: an assignment in, an `Outcome` out. Travels to workers.

    Raises
    ------
    InvalidInput : `run` is not callable, or does not take exactly one argument.
    """

    def __init__(self, run: RunFunction, metrics: tuple[str, ...]) -> None:
        self._wants_trial = _wants_trial(run)
        self._run = run
        self._metrics = metrics

    def __call__(self, assignment: Assignment, channel: Channel) -> Outcome:
        trial = RunningTrial(assignment, channel)
        result = self._run(trial if self._wants_trial else trial.config)
        return interpret(result, self._metrics, stopped=trial.stopped)


def interpret(result: Any, metrics: tuple[str, ...], stopped: bool = False) -> Outcome:
    """Read a run function's result: a number, one number per metric, or a dict that holds the metrics.

    >>> interpret(0.5, ("objective",)).values
    (0.5,)
    >>> interpret({"loss": 0.1, "epochs": 3}, ("loss",)).metrics
    {'epochs': 3}
    >>> interpret(None, ("objective",)).failure.kind
    'BadResult'
    """
    if isinstance(result, Failure):
        return Outcome(failure=result, stopped=stopped)
    if isinstance(result, str) and result.startswith("F"):
        return Outcome(failure=Failure("Reported", result.lstrip("F").lstrip("_ ") or "failed"), stopped=stopped)
    extra: Mapping[str, Any] = {}
    if isinstance(result, Mapping):
        missing = [name for name in metrics if name not in result]
        if missing:
            return _bad(f"a dict without {missing[0]!r}: {sorted(map(str, result))}", metrics, stopped)
        extra = {str(k): v for k, v in result.items() if k not in metrics}
        numbers = [result[name] for name in metrics]
    elif isinstance(result, tuple | list):
        numbers = list(result)
        if len(numbers) != len(metrics):
            return _bad(f"{len(numbers)} values {result!r}", metrics, stopped)
    else:
        numbers = [result]
        if len(metrics) != 1:
            return _bad(f"one value {result!r}", metrics, stopped)
    values = []
    for name, number in zip(metrics, numbers, strict=True):
        value = _finite(number)
        if value is None:
            return _bad(f"{_shown(number)} for {name!r}", metrics, stopped)
        values.append(value)
    return Outcome(tuple(values), extra, stopped=stopped)


def _finite(number: Any) -> float | None:
    value = as_number(number)
    return value if value is not None and math.isfinite(value) else None


def _shown(value: Any) -> str:
    text = repr(value) if not isinstance(value, int) or abs(value) < _HUGE else f"of {value.bit_length()} bits"
    kind = type(value).__name__
    shape = getattr(value, "shape", None)
    if shape:
        return f"an array of shape {tuple(shape)}"
    return text if value is None or kind in text or isinstance(value, float) else f"{kind} {text[:80]}"


def _bad(got: str, metrics: tuple[str, ...], stopped: bool) -> Outcome:
    names = ", ".join(repr(m) for m in metrics)
    expected = "a finite number" if len(metrics) == 1 else f"{len(metrics)} finite numbers"
    return Outcome(
        failure=Failure(
            "BadResult",
            f"the run function returned {got}, expected {expected} or a dict with {names}. "
            f"Return float(...), or raise an exception when there is no value.",
        ),
        stopped=stopped,
    )


def _wants_trial(run: RunFunction) -> bool:
    if not callable(run):
        raise InvalidInput(
            f"the run function is not callable: got {type(run).__name__} {run!r}. Expected a function run(config)."
        )
    try:
        parameters = list(inspect.signature(run).parameters.values())
    except (TypeError, ValueError):
        return False
    required = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL)]
    if len(required) > 1 or not positional:
        names = ", ".join(p.name for p in parameters)
        raise InvalidInput(
            f"the run function takes ({names}), expected exactly one argument: run(config) or run(trial)."
        )
    first = positional[0]
    annotation = first.annotation if isinstance(first.annotation, str) else getattr(first.annotation, "__name__", "")
    return first.name in ("trial", "job") or annotation.rpartition(".")[2] == RunningTrial.__name__
