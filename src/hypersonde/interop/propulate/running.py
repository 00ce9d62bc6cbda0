"""One search of a loss function, on the ranks of mpirun or in this process."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypersonde.evaluators import Evaluator, SerialEvaluator, ThreadEvaluator
from hypersonde.interop.propulate.checkpoints import has_checkpoints, read_checkpoints
from hypersonde.launch import launched
from hypersonde.problem import HpProblem
from hypersonde.pruners import Pruner
from hypersonde.samplers import Sampler
from hypersonde.storage.homes import logs_of_ranks
from hypersonde.study import RunningTrial, Study
from hypersonde.study.ranks import Seat, take_seat
from hypersonde.trials import History, Metric

__all__ = ["Loss", "Run"]

LOSS = Metric("loss", "minimize")

_FOREVER = 1e9
"""Seconds of a search without a number of generations."""


class Loss:
    """A loss function as a run function.

    It takes the individual, or the individual and a communicator; it returns a loss, or yields one after the other, of
    which the last counts: then a pruner may stop it before its end.
    """

    def __init__(self, loss_fn: Callable[..., Any]) -> None:
        self._loss_fn = loss_fn
        self._together = len(inspect.signature(loss_fn).parameters) > 1

    def __call__(self, trial: RunningTrial) -> Any:
        config = dict(trial.config)
        loss = self._loss_fn(config, trial.communicator) if self._together else self._loss_fn(config)
        if not inspect.isgenerator(loss):
            return loss
        last: Any = None
        for step, last in enumerate(loss):
            trial.report(last, step)
            if trial.should_stop():
                loss.close()
                break
        return last


@dataclass(frozen=True, slots=True)
class Run:
    """All that a search needs but its sampler.

    Attributes
    ----------
    generations : evaluations of each worker; below 0 until it is interrupted.
    directory : of the log; see `Study`. Checkpoints of Propulate that are there are where a new search begins.
    ranks_per_worker : ranks that evaluate one individual together.
    pruner, evaluator : see `Study`; by default every rank evaluates in its own process.
    """

    loss: Loss
    problem: HpProblem
    rng: random.Random
    generations: int
    directory: Path
    ranks_per_worker: int = 1
    pruner: Pruner | None = None
    evaluator: Evaluator | None = None

    def search(self, sampler: Sampler) -> History | None:
        """The trials of all ranks; None on a rank that only helped to evaluate."""
        with ExitStack() as stack:
            seat = None
            if launched()[1] > 1:
                self.directory.mkdir(parents=True, exist_ok=True)
                seat = take_seat(stack, self.directory, self.ranks_per_worker)
                if seat is None:
                    return None
            begun = self._begun()
            study = stack.enter_context(self._study(sampler, seat, begun))
            if has_checkpoints(self.directory):
                if not begun and (seat is None or seat.rank == 0):
                    study.adopt(read_checkpoints(self.directory))
                if seat is not None:
                    seat.storage.transport.share("adopted")  # nobody draws a number before that
            evaluator = self._evaluator(seat)
            workers = evaluator.capacity * (1 if seat is None else seat.size)
            endless = self.generations < 0
            study.run(
                None if endless else self.generations * workers, _FOREVER if endless else None, evaluator=evaluator
            )
            history: History = study.history
            return history

    def _evaluator(self, seat: Seat | None) -> Evaluator:
        if seat is not None and seat.evaluator is not None:
            return seat.evaluator
        return self.evaluator or (SerialEvaluator() if self.pruner is None else ThreadEvaluator(1))

    def _begun(self) -> bool:
        return (self.directory / "study.db").exists() or bool(logs_of_ranks(self.directory))

    def _study(self, sampler: Sampler, seat: Seat | None, begun: bool) -> Study:
        first = seat is None or seat.rank == 0
        return Study(
            self.problem,
            self.loss,
            metrics=LOSS,
            sampler=sampler,
            pruner=self.pruner,
            log_dir=self.directory,
            storage=None if seat is None else seat.storage,
            seed=self.rng.getrandbits(32) if first and not begun else None,
        )
