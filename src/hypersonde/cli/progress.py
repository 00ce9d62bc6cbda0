"""Shows how a search goes: a bar in a terminal, a line now and then anywhere else."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TaskID
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

from hypersonde.cli.durations import spoken
from hypersonde.cli.screen import shown
from hypersonde.study.nothing import LAST_WORD
from hypersonde.trials import Event, Finished, History, State, Trial

_MODELS = "hypersonde.models"
"""Whatever models log is worth a line: a search waits for it."""

_EVERY = 5.0
"""Seconds between two lines, where there is no bar."""


class Progress:
    """An observer of a study that keeps the user informed.

    Parameters
    ----------
    console : where to.
    total : evaluations at the end.
    verbose : also a line for whatever happens to a trial.
    clock : in seconds.
    """

    def __init__(
        self, console: Console, total: int, verbose: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._total = total
        self._handler = _Screen(console, logging.INFO if verbose else logging.WARNING)
        self._clock = clock
        self._best: tuple[float, Trial] | None = None
        self._begin = clock()
        self._before = 0
        self._next = math.inf
        self._bar: tuple[Bar, TaskID] | None = None

    def __call__(self, history: History, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Finished):
                self._compare(history, history[event.number])
        if self._bar is not None:
            bar, task = self._bar
            bar.update(task, completed=history.finished)
        elif self._clock() >= self._next:
            self._next = self._clock() + _EVERY
            self._console.print(f"{history.finished}/{self._total} done, {self.line(history)}", markup=False)

    @contextmanager
    def showing(self, history: History) -> Iterator[None]:
        """While open, what happens is shown."""
        self._begin, self._before = self._clock(), history.finished
        with self._logged():
            if self._console.is_terminal and not self._console.quiet:
                with self._drawn(history):
                    yield
            else:
                self._next = self._begin + _EVERY
                yield
                self._next = math.inf

    def line(self, history: History) -> str:
        """How things stand, in one line without the count of what is done."""
        parts = []
        if self._best is not None:
            _, trial = self._best
            parts.append(f"best {shown(trial.value)} (trial {history.label(trial.number)})")
        if failed := history.count(State.FAILED):
            parts.append(f"{failed} failed")
        parts.append(f"{history.count(State.RUNNING)} running")
        done, took = history.finished - self._before, self._clock() - self._begin
        if done and took > 0:
            parts.append(_rate(done / took))
            left = max(0, self._total - history.finished)
            parts += [f"{spoken(left * took / done)} left"] if left else []
        return ", ".join(parts)

    def _compare(self, history: History, trial: Trial) -> None:
        if trial.state is State.COMPLETE and trial.value is not None:
            loss = history.metrics[0].loss(trial.value)
            if self._best is None or loss < self._best[0]:
                self._best = (loss, trial)

    @contextmanager
    def _drawn(self, history: History) -> Iterator[None]:
        columns = (MofNCompleteColumn(), BarColumn(bar_width=16), _Standing(lambda: self.line(history)))
        with Bar(*columns, console=self._console, refresh_per_second=4) as bar:
            self._bar = (bar, bar.add_task("search", total=self._total, completed=history.finished))
            yield
        self._bar = None

    @contextmanager
    def _logged(self) -> Iterator[None]:
        logger = logging.getLogger("hypersonde")
        logger.addHandler(self._handler)
        try:
            yield
        finally:
            logger.removeHandler(self._handler)


class _Standing(ProgressColumn):
    """How things stand at the moment of drawing."""

    def __init__(self, line: Callable[[], str]) -> None:
        super().__init__(Column(no_wrap=True, overflow="ellipsis"))
        self._line = line

    def render(self, task: Task) -> Text:
        return Text(self._line())


class _Screen(logging.Handler):
    """What the library logs, on the console: above the bar where there is one."""

    def __init__(self, console: Console, level: int) -> None:
        super().__init__()
        self._least = level
        self.addFilter(lambda record: record.name != LAST_WORD)  # the command's error says it, with its own ways out
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno < self._least and not record.name.startswith(_MODELS):
            return
        self._console.print(record.getMessage(), markup=False)


def _rate(per_second: float) -> str:
    return f"{per_second:.1f}/s" if per_second >= 1 else f"{60 * per_second:.1f}/min"
