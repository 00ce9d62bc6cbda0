"""Shows how a search goes: a bar in a terminal, a line now and then anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
from rich.progress import Progress as Bar

from hypersonde.cli.durations import spoken
from hypersonde.cli.screen import shown
from hypersonde.trials import Event, Finished, History, State, Trial

_BAR_EVERY = 0.1
_LINE_EVERY = 5.0


class Progress:
    """An observer of a study that keeps the user informed.

    Parameters
    ----------
    console : where to.
    total : evaluations at the end.
    verbose : also a line for every evaluation that ends.
    clock : in seconds.
    """

    def __init__(
        self, console: Console, total: int, verbose: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._total = total
        self._verbose = verbose
        self._clock = clock
        self._best: tuple[float, int, float] | None = None
        self._begin = clock()
        self._before = 0
        self._next = 0.0
        self._live = False
        self._bar: tuple[Bar, TaskID] | None = None

    def __call__(self, history: History, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Finished):
                self._look(history, history[event.number])
        if self._live and self._clock() >= self._next:
            self._show(history)

    @contextmanager
    def showing(self, history: History) -> Iterator[None]:
        """While open, what happens is shown."""
        self._live = True
        self._begin, self._before = self._clock(), history.finished
        self._next = self._begin + _LINE_EVERY
        try:
            if not self._console.is_terminal or self._console.quiet:
                yield
                return
            with self._drawn(history):
                yield
                self._show(history)
        finally:
            self._live = False

    @contextmanager
    def _drawn(self, history: History) -> Iterator[None]:
        columns = (MofNCompleteColumn(), BarColumn(bar_width=24), TextColumn("{task.description}"))
        with Bar(*columns, console=self._console, refresh_per_second=4) as bar:
            self._bar = (bar, bar.add_task("starting", total=self._total))
            self._show(history)
            yield
        self._bar = None

    def line(self, history: History) -> str:
        """How things stand, in one line without the count of what is done."""
        parts = [f"best {shown(self._best[2])} (trial {self._best[1]})"] if self._best else []
        failed, running = history.count(State.FAILED), history.count(State.RUNNING)
        parts += [f"{failed} failed"] if failed else []
        parts.append(f"{running} running")
        done, took = history.finished - self._before, self._clock() - self._begin
        if done and took > 0:
            parts.append(f"{_rate(done / took)}")
            left = max(0, self._total - history.finished)
            parts += [f"{spoken(left * took / done)} left"] if left else []
        return ", ".join(parts)

    def _look(self, history: History, trial: Trial) -> None:
        value = trial.value
        if trial.state is State.COMPLETE and value is not None:
            loss = history.metrics[0].loss(value)
            if self._best is None or loss < self._best[0]:
                self._best = (loss, trial.number, value)
        if self._live and self._verbose:
            result = ", ".join(map(shown, trial.values)) or str(trial.failure or "")
            self._console.print(
                f"trial {trial.number} {trial.state.name}: {result}  {dict(trial.config)}", markup=False
            )

    def _show(self, history: History) -> None:
        if self._bar is not None:
            bar, task = self._bar
            bar.update(task, completed=history.finished, description=self.line(history))
            self._next = self._clock() + _BAR_EVERY
        else:
            self._console.print(f"{history.finished}/{self._total} done, {self.line(history)}", markup=False)
            self._next = self._clock() + _LINE_EVERY


def _rate(per_second: float) -> str:
    return f"{per_second:.1f}/s" if per_second >= 1 else f"{60 * per_second:.1f}/min"
