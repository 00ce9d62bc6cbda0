"""What a run function is handed while its trial runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypersonde.errors import InvalidInput
from hypersonde.evaluators.base import Channel
from hypersonde.study.checks import whole

MUCH = 1_000_000_000
"""Bytes of output after which a search says that it is much."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """The part of a trial that travels to a worker."""

    number: int
    config: Mapping[str, Any]
    attempt: int = 1
    trials: Path | None = None
    """The directory of the trials' own directories."""
    label: str = ""


def file_of(label: str) -> str:
    """The name of a trial's files.

    >>> file_of("17"), file_of("0002-000017")
    ('000017', '0002-000017')
    """
    return label.zfill(6)


def as_number(value: Any) -> float | None:
    """What is measured as a float, when it is a number: Python's, numpy's and one-element tensors alike.

    >>> as_number(10**400), as_number(True), as_number("1")
    (None, None, None)
    """
    if isinstance(value, str | bytes | bool) or value is None or getattr(value, "ndim", 0) > 0:
        return None
    if "bool" in str(getattr(value, "dtype", "")):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


class Home:
    """Where trials leave their files, in the directory of a study; nowhere when it has none."""

    def __init__(self, study: Path | None) -> None:
        self.trials = None if study is None else study / "trials"
        self._outputs = None if study is None else study / "output"
        self._printed = 0

    def output(self, label: str) -> Path | None:
        """The file that holds what a trial prints."""
        return None if self._outputs is None else self._outputs / f"{file_of(label)}.txt"

    def overflows(self, label: str) -> bool:
        """Whether, with what this trial has printed, it has become `MUCH` output since the search began; told once."""
        output = self.output(label)
        if output is None or self._printed >= MUCH:
            return False
        with suppress(OSError):
            self._printed += output.stat().st_size
        return self._printed >= MUCH


class RunningTrial(Mapping[str, Any]):
    """A trial from the inside: its configuration, its directory, and the way back to the search.

    It reads as its configuration does: ``trial["lr"]``, ``trial.get("lr")``, ``"lr" in trial``, ``dict(trial)``.

    Examples
    --------
    ::

        def run(trial):
            model = build(trial["units"], trial["lr"])
            for epoch in range(100):
                accuracy = train(model)
                trial.report(accuracy, step=epoch)
                if trial.should_stop():
                    break
            return accuracy
    """

    def __init__(self, assignment: Assignment, channel: Channel) -> None:
        self._assignment = assignment
        self._channel = channel
        self._steps = 0
        self._stopped = False
        self.config: dict[str, Any] = dict(assignment.config)

    def __getitem__(self, name: str) -> Any:
        return self.config[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.config)

    def __len__(self) -> int:
        return len(self.config)

    @property
    def parameters(self) -> dict[str, Any]:
        """The configuration, under the name that DeepHyper's jobs have for it."""
        return self.config

    @property
    def number(self) -> int:
        """The trial's number in the study."""
        return self._assignment.number

    @property
    def attempt(self) -> int:
        """1 at first; more when an earlier run of this trial was interrupted."""
        return self._assignment.attempt

    @property
    def worker(self) -> str:
        """Name of the worker that runs the trial."""
        return self._channel.worker

    @property
    def gpus(self) -> tuple[str, ...]:
        """Ids of the GPUs that belong to this trial."""
        return self._channel.gpus

    @property
    def communicator(self) -> Any:
        """MPI communicator of the ranks that evaluate this trial together; None with one process per trial."""
        return self._channel.communicator

    @property
    def directory(self) -> Path:
        """A directory of this trial's own, made on first use; the same again in a later attempt."""
        home, name = self._assignment.trials, self._assignment.label or str(self.number)
        base = Path(tempfile.gettempdir(), f"hypersonde-trial-{name}") if home is None else home / file_of(name)
        base.mkdir(parents=True, exist_ok=True)
        return base

    @property
    def checkpoint(self) -> Path:
        """A path in `directory` to save to and to resume from; absent until the run function writes it."""
        return self.directory / "checkpoint"

    def report(self, value: float, step: int | None = None) -> None:
        """Report the first metric as measured at `step` (default: one after the last, from 0), in its own direction.

        Of a step that is reported twice the first value counts. A value that is not finite is recorded, and is no
        improvement to a pruner, whose verdict is on the best value so far.

        Raises
        ------
        InvalidInput : the value is not a number, or the step is no whole number from 0 up.
        """
        number = as_number(value)
        if number is None:
            raise InvalidInput(f"trial.report takes a number, got {type(value).__name__} {value!r:.80}.")
        step = self._steps if step is None else whole("the step of a report", step, 0, "Use step=epoch.")
        self._channel.report((step, number))
        self._steps = step + 1

    def should_stop(self) -> bool:
        """Whether to wind up now: a pruner saw no hope, or the search is being stopped."""
        self._stopped = self._stopped or self._channel.should_stop()
        return self._stopped

    @property
    def stopped(self) -> bool:
        """Whether `should_stop` was ever true, so that the result is of an unfinished run."""
        return self._stopped
