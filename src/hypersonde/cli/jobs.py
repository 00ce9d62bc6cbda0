"""What became of the runs in a batch queue: list them, look at one, go on with it, call it off, read what it said."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console

from hypersonde.batch import SCHEDULERS, Job, Run, Scheduler, Standing, State, runs_in, wait_until_gone
from hypersonde.cli import summary
from hypersonde.cli.durations import spoken
from hypersonde.cli.screen import console, table
from hypersonde.cli.submit import command_for, submit_jobs
from hypersonde.errors import InvalidInput
from hypersonde.storage import open_storage
from hypersonde.study.reading import read_log, read_study
from hypersonde.trials import History
from hypersonde.trials import State as TrialState

_LOOK = 0.5
"""Seconds between two looks at what a job says."""
_GOODBYE = 60.0
"""Seconds for which jobs that were cancelled are waited for."""


def find_run(name: str, runs: Path) -> Run:
    """The run of a name, or in a directory.

    Raises
    ------
    InvalidInput : there is none.
    """
    direct = Path(name)
    if (direct / "run.json").is_file():
        return Run.load(direct)
    return Run.load(runs / name)


def jobs(runs: Path) -> None:
    """Print a line for every run below a directory."""
    found = runs_in(runs)
    if not found:
        console().print(f"there are no runs in {runs.absolute()}", markup=False)
        return
    rows = []
    for run in found:
        history = _history(run)
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
    standings = _standings(run)
    _line(screen, "run", run.name)
    _line(screen, "directory", str(run.directory))
    _line(screen, "search", f"{run.search[0]}, {run.mode}, {run.allocation}")
    history = _history(run)
    if history is not None:
        _line(screen, "trials", f"{history.finished} of {run.max_evals} finished; {summary.counts(history)}")
        if history.best is not None:
            _line(screen, "best", f"{history.best.values[0]:.6g}, trial {history.label(history.best.number)}")
        _line(screen, "last end", _ago(history))
    rows = [_row(job, standings[job.id]) for job in run.jobs]
    screen.print()
    screen.print(table(["job", "state", "nodes", "submitted", "why"], rows))
    _way_on(screen, run, standings, history)


def cancel(name: str, runs: Path) -> None:
    """End the jobs of a run, and wait until they have; it can be resumed.

    Raises
    ------
    InvalidInput : there is no such run; the scheduler does not answer.
    """
    run = find_run(name, runs)
    scheduler = SCHEDULERS[run.allocation.scheduler]
    run.call_off()
    alive = _alive(_standings(run))
    for job in alive:
        scheduler.cancel(job)
    over = wait_until_gone(scheduler, alive, _GOODBYE)
    what = f"cancelled: {', '.join(alive)}" if alive else "no job of it is queued or running"
    what += "" if over else " (still ending)"
    console().print(f"{what}. To go on: {command_for('resume', run)}", markup=False)


def resume(name: str, runs: Path, count: int | None, after: str | None) -> None:
    """Submit further jobs of a run.

    Parameters
    ----------
    count : how many, also beside those that are alive; None for one, when none is.
    after : the job whose script asks for its continuation.

    Raises
    ------
    InvalidInput : there is no such run; jobs of it are alive; the scheduler refuses.
    """
    run = find_run(name, runs)
    screen = console()
    scheduler = SCHEDULERS[run.allocation.scheduler]
    others = _others(run, after)
    history = _history(run)
    finished = 0 if history is None else history.finished
    reason = _why_not(run, history, others, after, count)
    if reason:
        screen.print(reason, markup=False)
        return
    if others and count is None and after is None:
        raise InvalidInput(
            f"{run.name}: job {', '.join(others)} of it is queued or running. Wait for it, cancel it, or add jobs "
            "beside it: --jobs 1."
        )
    if after is None:
        run.call_off(False)
    ids = submit_jobs(run, scheduler, count or 1, finished)
    screen.print(f"submitted {', '.join(ids)}: {finished} of {run.max_evals} evaluations are done", markup=False)


def _others(run: Run, after: str | None) -> list[str]:
    """The jobs that are alive beside the one that is followed; a queue that is too busy to say does not end a run."""
    try:
        return [job for job in _alive(_standings(run)) if job != after]
    except InvalidInput:
        if after is None:
            raise
        return []


def _why_not(run: Run, history: History | None, others: Sequence[str], after: str | None, count: int | None) -> str:
    """Why no further job is needed; empty when one is."""
    if history is not None and history.finished >= run.max_evals:
        return f"{run.name}: all {run.max_evals} evaluations are done"
    if after is None:
        return ""
    if run.cancelled:
        return f"{run.name} was cancelled: job {after} has no continuation"
    if history is not None and others and len(history) >= run.max_evals:
        return f"{run.name}: what is left runs in job {', '.join(others)}"
    before = next((job.finished_before for job in run.jobs if job.id == after), 0)
    if history is None or history.finished <= before:
        return (
            f"{run.name}: job {after} has finished no evaluation, so another one would not either. Give more time "
            "(submit with a larger -t), or look at what it said."
        )
    return ""


def logs(name: str, runs: Path, job: str | None, lines: int, follow: bool) -> None:
    """Print the end of what a job of a run has said; with `follow`, go on until it ends.

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
    chosen = job or next((each for each in reversed(known) if run.output(each).exists()), known[-1])
    path = run.output(chosen)
    position = _print_end(path, lines)
    if not position and not follow:
        typer.echo(f"job {chosen} has said nothing yet ({path})", err=True)
    if follow:
        _follow(run, chosen, path, position)


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


# -- what is known ---------------------------------------------------------------------------------------


def _standings(run: Run) -> dict[str, Standing]:
    scheduler: Scheduler = SCHEDULERS[run.allocation.scheduler]
    return scheduler.standings([job.id for job in run.jobs])


def _alive(standings: Mapping[str, Standing]) -> list[str]:
    return [job for job, standing in standings.items() if standing.state is not State.GONE]


def _history(run: Run) -> History | None:
    """The study of a run; None while there is none."""
    try:
        if run.storage is None:
            return read_study(run.directory, run.study)[1]
        with open_storage(run.storage, make=False) as storage:
            return read_log(storage, run.study)[1]
    except InvalidInput:
        return None


def _states(run: Run) -> list[str]:
    """The states of a run's living jobs, or else of its last one; that of a scheduler that is not here is unknown."""
    try:
        standings = _standings(run)
    except InvalidInput:
        return ["unknown"]
    told = [_told(job, standings[job.id]) for job in run.jobs]
    alive = [word for job, word in zip(run.jobs, told, strict=True) if standings[job.id].state is not State.GONE]
    return alive or told[-1:]


def _told(job: Job, standing: Standing) -> str:
    """How a job stands, in a word or two. One that is gone without an ending died, whatever the queue remembers."""
    if standing.state is not State.GONE:
        return str(standing.state)
    return {None: "died", 0: "done", 130: "stopped", 143: "stopped"}.get(job.code, f"exit code {job.code}")


def _row(job: Job, standing: Standing) -> list[str]:
    submitted = datetime.fromtimestamp(job.submitted).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return [job.id, _told(job, standing), standing.nodes or "-", submitted, standing.reason or "-"]


def _ago(history: History) -> str:
    ends = [t.finished for t in history if t.finished is not None]
    return f"{spoken(max(0.0, time.time() - max(ends)))} ago" if ends else "-"


def _way_on(screen: Console, run: Run, standings: Mapping[str, Standing], history: History | None) -> None:
    """What to type next."""
    done = history is not None and history.finished >= run.max_evals
    alive = _alive(standings)
    if not done and not alive:
        left = history.count(TrialState.RUNNING, TrialState.WAITING) if history is not None else 0
        again = f"; {left} trials that were interrupted run again" if left else ""
        screen.print(f"\nEvaluations are left, and no job. To go on: {command_for('resume', run)}{again}", markup=False)
    screen.print(f"\nWhat it says: {command_for('logs', run)}", markup=False)


def _line(screen: Console, name: str, value: str) -> None:
    width = min(12, shutil.get_terminal_size((100, 24)).columns)
    screen.print(f"{name:<{width}} {value}", markup=False)
