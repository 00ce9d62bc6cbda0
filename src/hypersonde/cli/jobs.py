"""What became of the runs in a batch queue: list them, look at one, read what it said."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console

from hypersonde.batch import SCHEDULERS, Job, Run, Standing, State, runs_in
from hypersonde.batch.said import never
from hypersonde.cli import summary
from hypersonde.cli.durations import spoken
from hypersonde.cli.runs import alive_in, find_run, history_of, standings_of
from hypersonde.cli.screen import console, table
from hypersonde.cli.submit import command_for
from hypersonde.errors import InvalidInput
from hypersonde.trials import History
from hypersonde.trials import State as TrialState

_LOOK = 0.5
"""Seconds between two looks at what a job says."""


def jobs(runs: Path) -> None:
    """Print a line for every run below a directory."""
    found = runs_in(runs)
    if not found:
        console().print(f"there are no runs in {runs.absolute()}", markup=False)
        return
    rows = []
    for run in found:
        history = history_of(run)
        now = _states(run)
        done = "-" if history is None else f"{history.finished} of {run.max_evals}"
        best = "-" if history is None or history.best is None else history.best.values[0]
        where = f"{run.allocation.scheduler}, {run.mode}"
        rows.append([run.name, run.search[0], where, ", ".join(now) or "-", done, best])
    console().print(table(["run", "search", "on", "jobs", "trials", "best"], rows))


def status(name: str, runs: Path) -> None:
    """Print how a run stands: its study, and each of its jobs.

    Raises
    ------
    InvalidInput : there is no such run; the scheduler does not answer.
    """
    run = find_run(name, runs)
    screen = console()
    standings = standings_of(run)
    _line(screen, "run", run.name)
    _line(screen, "directory", str(run.directory))
    _line(screen, "search", f"{run.search[0]}, {run.mode}, {run.allocation}")
    history = history_of(run)
    if history is not None:
        _line(screen, "trials", f"{history.finished} of {run.max_evals} finished; {summary.counts(history)}")
        if history.best is not None:
            _line(screen, "best", f"{history.best.values[0]:.6g}, trial {history.label(history.best.number)}")
        _line(screen, "last end", _ago(history))
    rows = [_row(run, job, standings[job.id]) for job in run.jobs]
    screen.print()
    screen.print(table(["job", "state", "nodes", "submitted", "why"], rows))
    _way_on(screen, run, standings, history)


def logs(name: str, runs: Path, job: str | None, lines: int, follow: bool) -> None:
    """Print the end of what a job of a run has said; with `follow`, go on until it ends.

    Without a name it is the last one that has said something; what is followed is alive, if any job of the run is.

    Raises
    ------
    InvalidInput : there is no such run, or no such job of it.
    """
    run = find_run(name, runs)
    known = [each.id for each in run.jobs]
    if job is not None and job not in known:
        raise InvalidInput(f"{run.name} has no job {job!r}. Its jobs: {', '.join(known) or 'none yet'}.")
    if not known:
        raise InvalidInput(f"{run.name} has no job yet. Submit one: {command_for('resume', run)}")
    chosen = job or _last_to_speak(run, (follow and _going_on(run)) or known)
    path = run.output(chosen)
    position = _print_end(path, lines)
    if not position and not follow:
        typer.echo(f"job {chosen} has said nothing yet ({path})", err=True)
    if follow:
        _follow(run, chosen, path, position)


def _going_on(run: Run) -> list[str]:
    """The jobs that are alive and have not come to the end of their script."""
    alive = alive_in(standings_of(run))
    return [job.id for job in run.jobs if job.id in alive and job.code is None]


def _last_to_speak(run: Run, jobs: Sequence[str]) -> str:
    return next((job for job in reversed(jobs) if run.output(job).exists()), jobs[-1])


def _print_end(path: Path, lines: int) -> int:
    """Print the last lines of a file; where it ends."""
    if not path.exists():
        return 0
    text = path.read_bytes()
    last = text.splitlines(keepends=True)[-lines:]
    typer.echo(b"".join(last).decode(errors="replace"), nl=False)
    return len(text)


def _follow(run: Run, job: str, path: Path, position: int) -> None:
    scheduler = SCHEDULERS[run.allocation.scheduler]
    looked, gone = 0.0, False
    while True:
        if path.exists():
            with path.open("rb") as file:
                file.seek(position)
                fresh = file.read()
            position += len(fresh)
            typer.echo(fresh.decode(errors="replace"), nl=False)
        if gone:
            return
        if time.monotonic() - looked > 10 * _LOOK:
            looked = time.monotonic()
            gone = scheduler.standings([job])[job].state is State.GONE
        gone = gone or (run.directory / "ended" / job).exists()
        time.sleep(_LOOK)


def _states(run: Run) -> list[str]:
    """The states of a run's living jobs, or else of its last one; that of a scheduler that is not here is unknown."""
    try:
        standings = standings_of(run)
    except InvalidInput:
        return ["unknown"]
    told = [_told(job, standings[job.id]) for job in run.jobs]
    alive = [word for job, word in zip(run.jobs, told, strict=True) if standings[job.id].state is not State.GONE]
    return alive or told[-1:]


def _told(job: Job, standing: Standing) -> str:
    """How a job stands, in a word or two. One that is gone without an ending died, whatever the queue remembers."""
    if standing.state is not State.GONE:
        return str(standing.state)
    if job.failed:
        return f"exit code {job.code}"
    return {None: "died", 0: "done"}.get(job.code, "stopped")


def _row(run: Run, job: Job, standing: Standing) -> list[str]:
    submitted = datetime.fromtimestamp(job.submitted).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return [job.id, _told(job, standing), standing.nodes or "-", submitted, _why(run, job, standing) or "-"]


def _why(run: Run, job: Job, standing: Standing) -> str:
    """Why a job waits, or how it ended: one that failed has said it itself."""
    return run.last_words(job.id) if job.failed and standing.state is State.GONE else standing.reason


def _ago(history: History) -> str:
    ends = [t.finished for t in history if t.finished is not None]
    return f"{spoken(max(0.0, time.time() - max(ends)))} ago" if ends else "-"


def _way_on(screen: Console, run: Run, standings: Mapping[str, Standing], history: History | None) -> None:
    """What to type next."""
    done = history is not None and history.finished >= run.max_evals
    alive = alive_in(standings)
    for job, standing in standings.items():
        if standing.state is State.QUEUED and (vain := never(standing.reason)):
            screen.print(
                f"\nJob {job} can never start: it asks for {vain[0]}. Cancel it and submit again with another "
                f"{vain[1]}: {command_for('cancel', run)}",
                markup=False,
            )
    if not done and not alive and run.jobs and run.jobs[-1].failed:
        screen.print(
            f"\nJob {run.jobs[-1].id} has failed, and the next one would, too. Mend what it says in "
            f"{run.directory / 'environment.sh'} (the setup) or job.sh, then: {command_for('resume', run)}",
            markup=False,
        )
    elif not done and not alive:
        left = history.count(TrialState.RUNNING, TrialState.WAITING) if history is not None else 0
        again = f"; {left} trials that were interrupted run again" if left else ""
        screen.print(f"\nEvaluations are left, and no job. To go on: {command_for('resume', run)}{again}", markup=False)
    screen.print(f"\nWhat it says: {command_for('logs', run)}", markup=False)


def _line(screen: Console, name: str, value: str) -> None:
    width = min(12, shutil.get_terminal_size((100, 24)).columns)
    screen.print(f"{name:<{width}} {value}", markup=False)
