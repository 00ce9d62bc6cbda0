"""Calls a run in a batch queue off, and goes on with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hypersonde.batch import SCHEDULERS, Run, wait_until_gone
from hypersonde.batch.script import write_job_script
from hypersonde.cli.runs import alive_in, find_run, history_of, standings_of
from hypersonde.cli.screen import console
from hypersonde.cli.submit import command_for, submit_jobs
from hypersonde.errors import InvalidInput
from hypersonde.trials import History

_GOODBYE = 60.0
"""Seconds for which jobs that were cancelled are waited for."""


def cancel(name: str, runs: Path) -> None:
    """End the jobs of a run, and wait until they have; it can be resumed.

    Raises
    ------
    InvalidInput : there is no such run; the scheduler does not answer.
    """
    run = find_run(name, runs)
    scheduler = SCHEDULERS[run.allocation.scheduler]
    run.call_off()
    alive = alive_in(standings_of(run))
    for job in alive:
        scheduler.cancel(job)
    over = wait_until_gone(scheduler, alive, _GOODBYE)
    what = f"cancelled: {', '.join(alive)}" if alive else "no job of it is queued or running"
    what += "" if over else " (still ending)"
    console().print(f"{what}. To go on: {command_for('resume', run)}", markup=False)


def resume(
    name: str,
    runs: Path,
    count: int | None,
    after: str | None,
    minutes: int | None = None,
    max_evals: int | None = None,
) -> None:
    """Submit further jobs of a run.

    Parameters
    ----------
    count : how many, also beside those that are alive; None for one, when none is.
    after : the job whose script asks for its continuation.
    minutes, max_evals : from now on, in place of what the run was submitted with.

    Raises
    ------
    InvalidInput : there is no such run; jobs of it are alive; as much is done already; the scheduler refuses.
    """
    run = find_run(name, runs)
    history = history_of(run)
    finished = 0 if history is None else history.finished
    if minutes is not None or max_evals is not None:
        run = _amended(run, minutes, max_evals, finished)
    screen = console()
    scheduler = SCHEDULERS[run.allocation.scheduler]
    others = _others(run, after)
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


def _amended(run: Run, minutes: int | None, max_evals: int | None, finished: int) -> Run:
    """The run with other limits, on record; jobs that are alive have been promised the old ones."""
    alive = alive_in(standings_of(run))
    if alive:
        raise InvalidInput(
            f"{run.name}: job {', '.join(alive)} of it is queued or running, with the limits that it was submitted "
            f"with. Wait for it, or cancel it first: {command_for('cancel', run)}"
        )
    if max_evals is not None and max_evals <= finished:
        raise InvalidInput(
            f"--max-evals {max_evals}: {run.name} has finished {finished} evaluations already. Give more."
        )
    allocation = replace(run.allocation, minutes=minutes or run.allocation.minutes)
    run = replace(run, allocation=allocation, max_evals=max_evals or run.max_evals)
    run.save()
    write_job_script(run)
    return run


def _others(run: Run, after: str | None) -> list[str]:
    """The jobs that are alive beside the one that is followed; a queue that is too busy to say does not end a run."""
    try:
        return [job for job in alive_in(standings_of(run)) if job != after]
    except InvalidInput:
        if after is None:
            raise
        return []


def _why_not(run: Run, history: History | None, others: Sequence[str], after: str | None, count: int | None) -> str:
    """Why no further job is needed; empty when one is."""
    if history is not None and history.finished >= run.max_evals:
        more = f"{command_for('resume', run)} --max-evals {history.finished + run.max_evals}"
        return f"{run.name}: all {run.max_evals} evaluations are done. For more: {more}"
    if after is None:
        return ""
    if run.cancelled:
        return f"{run.name} was cancelled: job {after} has no continuation"
    if history is not None and others and len(history) >= run.max_evals:
        return f"{run.name}: what is left runs in job {', '.join(others)}"
    before = next((job.finished_before for job in run.jobs if job.id == after), 0)
    if history is None or history.finished <= before:
        return (
            f"{run.name}: job {after} has finished no evaluation, so another one would not either. Look at what "
            f"it said, or give more time: {command_for('resume', run)} -t {2 * run.allocation.minutes}"
        )
    return ""
