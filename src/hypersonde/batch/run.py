"""The directory of a search in a batch queue, and what is on record in it.

``run.json`` is written before anything is submitted, and anew when somebody resumes the run with other limits. Every
job of the run has a file of its own below ``jobs/``, and one below ``ended/`` when its script came to its end: no file
has two writers, none is ever half there.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from hypersonde.errors import InvalidInput, StorageError

RECORD = "run.json"
_WORDS = 2_000
"""Letters at the end of what a job has said in which its last line is looked for."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """What is asked of the queue for one job.

    Attributes
    ----------
    scheduler : its name, a key of `SCHEDULERS`.
    minutes : of wall time.
    nodes : how many.
    queue, project : names that the site knows; None leaves the choice to the scheduler.
    directives : further options of the scheduler, by their long names, such as ``{"gres": "gpu:4"}``.
    """

    scheduler: str
    minutes: int
    nodes: int = 1
    queue: str | None = None
    project: str | None = None
    directives: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        nodes = "a node" if self.nodes == 1 else f"{self.nodes} nodes"
        queue = f", queue {self.queue}" if self.queue else ""
        return f"{nodes} for {self.minutes} min on {self.scheduler}{queue}"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a job's nodes are used.

    Attributes
    ----------
    workers_per_node : evaluations at the same time on each; None for as many as it has cores for.
    cpus_per_task, gpus_per_task : of each; by its GPUs, a search on a node counts itself how many it can run.
    mpirun : how this site starts MPI programs; ``{ranks}`` stands for their number.
    """

    workers_per_node: int | None = None
    cpus_per_task: int = 1
    gpus_per_task: int = 0
    mpirun: str = "mpirun -n {ranks}"


STOPPED = (130, 143)
"""Exit codes of a script that somebody ended."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a run.

    Attributes
    ----------
    id : by which the scheduler knows it.
    submitted : Unix time in seconds.
    finished_before : trials of the study that were in a final state then.
    code : exit code of its script; None while it has not come to its end.
    """

    id: str
    submitted: float
    finished_before: int = 0
    code: int | None = None

    @property
    def failed(self) -> bool:
        """Whether its script came to its end by a mistake: not done, and not stopped by anybody."""
        return self.code not in (None, 0, *STOPPED)


@dataclass(frozen=True, slots=True)
class Run:
    """A search in a batch queue, as it was submitted.

    Attributes
    ----------
    directory : that has all of it; absolute.
    search : the words after ``hypersonde hps`` that are the same in every job.
    mode : how the evaluations get to the nodes, a key of `MODES`.
    allocation, layout : of each job.
    max_evals : trials of the study in a final state at the end.
    storage : place of the log that all jobs share; None when it is in the directory and MPI's ranks keep it.
    study : name of the study in it.
    requeue : whether a job whose time is up is followed by another.
    home : working directory of the searches; absolute.
    created : Unix time in seconds.
    """

    directory: Path
    search: tuple[str, ...]
    mode: str
    allocation: Allocation
    layout: Layout
    max_evals: int
    storage: str | None
    study: str
    requeue: bool
    home: Path
    created: float

    @property
    def name(self) -> str:
        """Of the run, and of its jobs."""
        return self.directory.name

    @property
    def script(self) -> Path:
        """Of its jobs."""
        return self.directory / "job.sh"

    # -- on disk ---------------------------------------------------------------------------------------

    def save(self) -> None:
        """Write the record; it is there as a whole or not at all."""
        known = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "directory"}
        nested = {"allocation": asdict(self.allocation), "layout": asdict(self.layout)}
        _write(self.directory / RECORD, {**known, "home": str(self.home), **nested})

    @classmethod
    def load(cls, directory: Path) -> Self:
        """The run in a directory.

        Raises
        ------
        InvalidInput : there is none.
        """
        path = directory / RECORD
        try:
            known = json.loads(path.read_text())
            known["allocation"], known["layout"] = Allocation(**known["allocation"]), Layout(**known["layout"])
            known["home"], known["search"] = Path(known["home"]), tuple(known["search"])
            return cls(directory=directory.absolute(), **known)
        except OSError:
            others = [run.name for run in runs_in(directory.parent)]
            there = f"Runs there: {', '.join(others)}." if others else "There is no run in that directory."
            raise InvalidInput(
                f"there is no run {directory.name!r} in {directory.parent.absolute()}. {there} Name the directory "
                "of your runs with --runs."
            ) from None
        except (ValueError, TypeError, KeyError) as error:
            raise InvalidInput(f"{path} is no record of a run: {error}. Restore it, or submit a new run.") from None

    # -- jobs ------------------------------------------------------------------------------------------

    @property
    def jobs(self) -> list[Job]:
        """All jobs, oldest first."""
        return sorted(map(self._job, _names(self.directory / "jobs")), key=lambda job: (job.submitted, job.id))

    def record(self, job: Job) -> None:
        """Remember a job."""
        _write(self.directory / "jobs" / job.id, {"submitted": job.submitted, "finished_before": job.finished_before})

    def _job(self, name: str) -> Job:
        path = self.directory / "jobs" / name
        try:
            known = json.loads(path.read_text())
        except ValueError:  # the job began before whoever submitted it could write more than its name
            known = {"submitted": path.stat().st_mtime}
        try:
            code = int((self.directory / "ended" / name).read_text())
        except (OSError, ValueError):
            code = None
        return Job(name, code=code, **known)

    @property
    def cancelled(self) -> bool:
        """Whether somebody has called the run off: no job is followed by another then."""
        return (self.directory / "cancelled").exists()

    def call_off(self, off: bool = True) -> None:
        """Let no job be followed by another, or let them again."""
        mark = self.directory / "cancelled"
        mark.touch() if off else mark.unlink(missing_ok=True)

    def output(self, job: str) -> Path:
        """What a job has printed."""
        return self.directory / "logs" / f"{job}.txt"

    def last_words(self, job: str) -> str:
        """The last line that a job has printed; empty when there is none."""
        try:
            said = self.output(job).read_text(errors="replace")[-_WORDS:]
        except OSError:
            return ""
        return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "")


def runs_in(place: Path) -> list[Run]:
    """The runs below a directory, oldest first."""
    return sorted(_readable(place), key=lambda run: run.created)


def _readable(place: Path) -> Iterator[Run]:
    for name in _names(place):
        if (place / name / RECORD).is_file():
            try:
                yield Run.load(place / name)
            except InvalidInput:
                continue


def _names(directory: Path) -> list[str]:
    try:
        return sorted(name for name in os.listdir(directory) if not name.startswith("."))
    except OSError:
        return []


def _write(path: Path, record: dict[str, Any]) -> None:
    """Write a file beside, make it durable, then put it in place at once."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w") as file:
            file.write(json.dumps(record, indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}. Choose another directory (--runs)."
        ) from error
