"""A run in a batch queue as its commands find it: its record, what the queue says, its study."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hypersonde.batch import SCHEDULERS, Run, Scheduler, Standing, State
from hypersonde.errors import InvalidInput
from hypersonde.storage import open_storage
from hypersonde.study.reading import read_log, read_study
from hypersonde.trials import History


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


def standings_of(run: Run) -> dict[str, Standing]:
    """How each job of a run stands in the queue.

    Raises
    ------
    InvalidInput : the scheduler does not answer.
    """
    scheduler: Scheduler = SCHEDULERS[run.allocation.scheduler]
    return scheduler.standings([job.id for job in run.jobs])


def alive_in(standings: Mapping[str, Standing]) -> list[str]:
    """The jobs that are queued or running."""
    return [job for job, standing in standings.items() if standing.state is not State.GONE]


def history_of(run: Run) -> History | None:
    """The study of a run; None while there is none."""
    try:
        if run.storage is None:
            return read_study(run.directory, run.study)[1]
        with open_storage(run.storage, make=False) as storage:
            return read_log(storage, run.study)[1]
    except InvalidInput:
        return None
