"""Checks a search, writes the directory of its run and hands it to a batch queue."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import os
import re
import shlex
import shutil
import signal
import sys
import tempfile
import time
import typing
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from hypersonde import __version__
from hypersonde.batch import MODES, SCHEDULERS, Allocation, Job, Layout, Run, Scheduler, installed_scheduler
from hypersonde.batch.freeze import Frozen, freeze
from hypersonde.batch.script import MANAGERLESS, write_scripts
from hypersonde.cli.hps import check
from hypersonde.cli.loading import file_of
from hypersonde.cli.options import SearchOptions
from hypersonde.cli.screen import console
from hypersonde.cli.submitting import DECIDED, SubmitOptions
from hypersonde.cli.words import Choice
from hypersonde.errors import InvalidInput, StorageError, unknown
from hypersonde.evaluators.interrupt import timer
from hypersonde.problem import HpProblem
from hypersonde.storage.owners import lives, new_owner

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

_CLAIM = ".submitting"
"""In the directory of a run that is being submitted: by whom."""
_PATIENCE = 4.0
"""Seconds after which a scheduler is said to be waited for."""

Settings = Mapping[str, tuple[Any, Any]]
"""Of a sampler: default and value of each of its options, by parameter."""


def submit(choice: Choice, settings: Settings, options: SearchOptions, wanted: SubmitOptions) -> None:
    """Check the search, write its run directory, submit its jobs, and say where it runs.

    Raises
    ------
    HypersondeError : a mistake of the user's, or the scheduler refuses.
    """
    screen = console()
    scheduler = _scheduler(wanted)
    directory = _directory(wanted)
    _checked_mode(wanted, choice)
    _checked_storage(wanted, options.storage)
    problem = _validated(screen, choice, settings, options)
    if wanted.dry_run:
        with tempfile.TemporaryDirectory() as there:
            run = _written(Path(there) / wanted.name, choice, settings, options, wanted, problem)
            _shown(screen, scheduler, run, directory)
        return
    terminate = signal.signal(signal.SIGTERM, _terminated)
    try:
        run = _written(directory, choice, settings, options, wanted, problem, screen)
        with timer(_PATIENCE, lambda: _waiting(screen, scheduler)):
            ids = submit_jobs(run, scheduler, wanted.jobs)
    except BaseException:
        if not _has_jobs(directory):
            shutil.rmtree(directory, ignore_errors=True)  # nothing runs there: the name stays free
        raise
    finally:
        signal.signal(signal.SIGTERM, terminate)
    (directory / _CLAIM).unlink(missing_ok=True)
    _banner(screen, run, ids)


def _terminated(number: int, _: object) -> None:
    raise SystemExit(128 + number)


def _waiting(screen: Console, scheduler: Scheduler) -> None:
    screen.print(f"waiting for {scheduler.name} to take the job ... (Ctrl-C gives up)", markup=False)


def submit_jobs(run: Run, scheduler: Scheduler, count: int = 1, finished: int = 0) -> list[str]:
    """Submit jobs of a run and put them on record; their ids.

    Parameters
    ----------
    finished : trials of the study in a final state by now.
    """
    ids: list[str] = []
    try:
        for _ in range(count):
            ids.append(scheduler.submit(run, run.script))
            run.record(Job(ids[-1], time.time(), finished))
    except InvalidInput as error:
        if not ids:
            raise
        raise InvalidInput(f"{len(ids)} of {count} jobs were submitted ({', '.join(ids)}), then: {error}") from error
    return ids


# -- checks ----------------------------------------------------------------------------------------------


def _scheduler(wanted: SubmitOptions) -> Scheduler:
    name = wanted.scheduler or installed_scheduler()
    if name not in SCHEDULERS:
        raise unknown("scheduler", name, SCHEDULERS)
    scheduler = SCHEDULERS[name]
    if scheduler.missing and not wanted.dry_run:
        raise InvalidInput(
            f"--scheduler {name}: the program {scheduler.missing} is not on this machine. Submit from a login node of "
            "the cluster, or look at the scripts with --dry-run."
        )
    return scheduler


def _directory(wanted: SubmitOptions) -> Path:
    if not _NAME.fullmatch(wanted.name):
        raise InvalidInput(
            f"the name of a run has letters, digits, dots, dashes and underscores, got {wanted.name!r}. Try 'first'."
        )
    directory = wanted.runs.absolute() / wanted.name
    if _left_behind(directory):
        shutil.rmtree(directory, ignore_errors=True)
    if directory.exists():
        raise InvalidInput(
            f"there is a run {wanted.name!r} already: {directory}. Choose another name, or go on with that one: "
            f"hypersonde resume {wanted.name}"
        )
    return directory


def _left_behind(directory: Path) -> bool:
    """Whether a submission was killed there before any job was on record."""
    try:
        return lives((directory / _CLAIM).read_text()) is False and not _has_jobs(directory)
    except OSError:
        return False


def _has_jobs(directory: Path) -> bool:
    return any((directory / "jobs").glob("*"))


def _checked_mode(wanted: SubmitOptions, choice: Choice) -> None:
    if wanted.job_mode not in MODES:
        raise unknown("job mode", wanted.job_mode, MODES)
    if choice.name == MANAGERLESS and wanted.job_mode == "mpi" and wanted.jobs > 1:
        raise InvalidInput("--jobs: islands under MPI are one program. Leave --jobs out, or use -j serial.")


def _checked_storage(wanted: SubmitOptions, place: str | None) -> None:
    """One SQLite file is no log for several machines."""
    if place is None or "://" in place or place.startswith("spool:") or wanted.nodes * wanted.jobs == 1:
        return
    raise InvalidInput(
        f"--storage {place}: several nodes or jobs cannot share a SQLite file. Leave the option out (they share a "
        "spool directory then), or name a PostgreSQL server: postgresql+psycopg://USER@HOST/DB."
    )


def _validated(screen: Console, choice: Choice, settings: Settings, options: SearchOptions) -> HpProblem:
    problem = check(choice, {name: value for name, (_, value) in settings.items()}, options)
    screen.print(f"problem    {options.problem}: {len(problem.names)} parameters, fine", markup=False)
    screen.print(f"run        {options.run or options.command}: fine", markup=False)
    return problem


# -- the directory ---------------------------------------------------------------------------------------


def _written(
    directory: Path,
    choice: Choice,
    settings: Settings,
    options: SearchOptions,
    wanted: SubmitOptions,
    problem: HpProblem,
    screen: Console | None = None,
) -> Run:
    """The run on disk."""
    try:
        for name in ("jobs", "ended", "logs", "code"):
            (directory / name).mkdir(parents=True)
        (directory / _CLAIM).write_text(new_owner())
        options = _frozen(options, directory / "code", wanted, screen)
        ranks_keep_it = choice.name == MANAGERLESS and wanted.job_mode == "mpi"
        storage = options.storage or (None if ranks_keep_it else f"spool:{directory / 'study'}")
        run = Run(
            directory=directory,
            search=tuple(_words(choice, settings, replace(options, storage=storage, log_dir=directory))),
            mode=wanted.job_mode,
            allocation=_allocation(wanted),
            layout=Layout(wanted.workers_per_node, options.num_cpus_per_task, options.num_gpus_per_task, wanted.mpirun),
            max_evals=options.max_evals,
            storage=storage,
            study=options.study_name,
            requeue=wanted.requeue,
            home=Path.cwd(),
            created=time.time(),
        )
        (directory / "problem.json").write_text(json.dumps(problem.space.to_serialized_dict(), indent=2) + "\n")
        (directory / "environment.txt").write_text(_installed())
        write_scripts(run, _environment(directory, wanted.setup))
        run.save()
    except OSError as error:
        raise StorageError(
            f"the directory {directory} cannot be written: {error.strerror or error}. Choose another (--runs)."
        ) from error
    return run


def _frozen(options: SearchOptions, code: Path, wanted: SubmitOptions, screen: Console | None) -> SearchOptions:
    """The options with problem and run function in their copies."""

    def target(given: str, option: str, name: str) -> str:
        file, found = file_of(given, option, name)
        frozen = Frozen(file) if wanted.in_place else freeze(file, code)
        if frozen.note and screen is not None:
            screen.print(f"{option.lstrip('-'):<10} runs where it is, for {frozen.note}", markup=False)
        if frozen.size and screen is not None:
            way_out = "Keep what is no code elsewhere, or leave the code where it is: --in-place."
            screen.print(f"{option.lstrip('-'):<10} copied {frozen.size}. {way_out}", markup=False)
        return f"{frozen.file}:{found}"

    run = None if options.run is None else target(options.run, "--run", "run")
    return replace(options, problem=target(options.problem, "--problem", "Problem"), run=run)


def _allocation(wanted: SubmitOptions) -> Allocation:
    directives = dict[str, str]()
    for text in wanted.directive:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidInput(f"--directive {text}: expected NAME=VALUE, such as gres=gpu:4.")
        directives[name] = value
    scheduler = wanted.scheduler or installed_scheduler()
    return Allocation(scheduler, wanted.minutes, wanted.nodes, wanted.queue, wanted.project, directives)


def _words(choice: Choice, settings: Settings, options: SearchOptions) -> Sequence[str]:
    """The command line of the search, without the program's name and how long it is: what differs from the defaults."""
    words = [choice.name]
    hints = typing.get_type_hints(SearchOptions, include_extras=True)
    for each in dataclasses.fields(options):
        if (each.name in DECIDED and each.name != "log_dir") or each.name == "max_evals":
            continue
        default = each.default if each.default_factory is dataclasses.MISSING else each.default_factory()
        option = hints[each.name].__metadata__[0].default  # the first name of an option; typer moves it later
        words += _spelled(option, default, getattr(options, each.name))
    for flag in choice.flags:
        if flag.parameter in settings:
            words += _spelled(flag.option, *settings[flag.parameter])
    return words


def _spelled(option: str, default: Any, value: Any) -> list[str]:
    if value == default:
        return []
    if value is True:
        return [option]
    values = value if isinstance(value, list | tuple) else [value]
    return [word for each in values for word in (option, str(each))]


def _environment(directory: Path, setup: Sequence[str]) -> str:
    """What each process of a job runs first: this environment's programs, the copied code, lines of the user's."""
    path = shlex.quote(str(Path(sys.executable).parent))
    places = [str(directory / "code"), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    lines = [
        "# The environment of every process of this run's jobs.",
        f"export PATH={path}:$PATH",
        f"export PYTHONPATH={shlex.quote(os.pathsep.join(places))}",
        "export PYTHONUNBUFFERED=1",
        *setup,
    ]
    return "\n".join(lines) + "\n"


def _installed() -> str:
    """Python and all distributions of this environment, for the record."""
    found = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions() if d.metadata["Name"]}
    lines = [f"# Python {sys.version.split()[0]}, hypersonde {__version__}"]
    return "\n".join([*lines, *(f"{name}=={found[name]}" for name in sorted(found, key=str.lower))]) + "\n"


# -- what is said ----------------------------------------------------------------------------------------


def _shown(screen: Console, scheduler: Scheduler, run: Run, directory: Path) -> None:
    """The scripts, with the paths that they would have."""
    around = scheduler.preview(run, run.script)
    texts = {"submit": around, **{name: (run.directory / name).read_text() for name in ("job.sh", "environment.sh")}}
    for name, text in texts.items():
        if text:
            screen.print(f"\n--- {name}", markup=False)
            screen.print(text.replace(str(run.directory), str(directory)).rstrip(), markup=False)
    screen.print(f"\nNothing was submitted. The run would be at {directory}", markup=False)


def _banner(screen: Console, run: Run, ids: Sequence[str]) -> None:
    what = "job" if len(ids) == 1 else "jobs"
    line = "*" * min(100, shutil.get_terminal_size((100, 24)).columns)
    screen.print(f"{what:<10} {', '.join(ids)}: {run.allocation}")
    screen.print(line)
    screen.print(f"The search runs at: {run.directory}", markup=False)
    screen.print(line)
    typer.echo(f"How it stands:  {command_for('status', run)}\nWhat it says:   {command_for('logs', run)}")


def command_for(verb: str, run: Run) -> str:
    """The command that does something with a run, as one would type it here."""
    near = Path.cwd() / "runs" / run.name == run.directory
    return shlex.join(["hypersonde", verb, run.name if near else str(run.directory)])
