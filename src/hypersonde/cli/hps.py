"""Runs a search of hyperparameters as the command line describes it."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from hypersonde.cli import summary
from hypersonde.cli.choices import EVALUATORS
from hypersonde.cli.crash import Crash
from hypersonde.cli.durations import seconds
from hypersonde.cli.joining import what_differs, what_runs
from hypersonde.cli.kept import Kept
from hypersonde.cli.loading import load_callable, load_problem
from hypersonde.cli.machine import build_evaluator
from hypersonde.cli.options import SearchOptions
from hypersonde.cli.progress import Progress
from hypersonde.cli.pruning import build_pruner
from hypersonde.cli.screen import console
from hypersonde.cli.words import Choice
from hypersonde.errors import HypersondeError, InvalidInput, StudyConflict
from hypersonde.evaluators import Command
from hypersonde.launch import launched
from hypersonde.problem import HpProblem
from hypersonde.samplers import Sampler
from hypersonde.storage import Storage, open_storage
from hypersonde.storage.mpi_start import begin_mpi
from hypersonde.storage.transport import Bereaved
from hypersonde.study import Ending, Reason, Study
from hypersonde.study.cache import CacheKey, to_dict
from hypersonde.study.defaults import directory
from hypersonde.study.log import log_file
from hypersonde.study.ranks import Seat, take_seat
from hypersonde.trials import Metric

Loaded = TypeVar("Loaded")

_GO_ON = " Once that is mended, the same command goes on."
_GIVE_MORE = " Once that is mended: a larger --max-evals, or another --log-dir."

EXIT = {Reason.INTERRUPTED: 130, Reason.TERMINATED: 143}
"""Exit codes of searches that were stopped, 128 and the number of the signal; all others end with 0."""


def search(choice: Choice, settings: Mapping[str, Any], options: SearchOptions, arguments: Sequence[str]) -> int:
    """Search until the end and say how it went; the exit code.

    Parameters
    ----------
    choice, settings : the sampler and its own options, by parameter.
    arguments : the command line, without the program's name, to print for resuming.

    Raises
    ------
    HypersondeError : a mistake of the user's, or no evaluation succeeded.
    Crash : anything else; the traceback is in the log.
    """
    with _crashes_logged(options.log_dir):
        try:
            return _search(choice, settings, options, arguments)
        except Bereaved as error:
            if error.first:
                raise
            return 2
        except (InvalidInput, StudyConflict):
            if launched()[0] == 0 or "mpi4py.MPI" not in sys.modules:
                raise
            return 2  # the same on all ranks, of which the first one has said so


def check(choice: Choice, settings: Mapping[str, Any], options: SearchOptions) -> HpProblem:
    """Look for mistakes in what was typed for a search, as `search` does before it begins; the problem.

    Raises
    ------
    HypersondeError : a mistake.
    """
    _limits(options)
    problem = _problem(options)
    _run_function(options, problem)
    if not problem.names:
        raise InvalidInput(f"--problem {options.problem}: it has no parameters. Add some.")
    _sampler(choice, settings, options)
    for text in options.metric:
        _metric(text, options.direction)
    if options.pruner is not None:
        build_pruner(options.pruner)
    return problem


def _search(choice: Choice, settings: Mapping[str, Any], options: SearchOptions, arguments: Sequence[str]) -> int:
    with ExitStack() as stack:
        evaluator = stack.enter_context(build_evaluator(options)) if _collective(options) else None
        ranks = evaluator is None and launched()[1] > 1
        limits = _limits(options)
        problem, run = _on_all_ranks(_loaded, options) if ranks else _loaded(options)
        seat = _seat(stack, options) if ranks else None
        if seat is not None:
            options = _on_a_rank(options, seat)
            evaluator = seat.evaluator and stack.enter_context(seat.evaluator)
        screen = console(quiet=options.quiet)
        progress = Progress(console(quiet=options.quiet, stderr=True), options.max_evals, options.verbose)
        evaluator = evaluator or stack.enter_context(build_evaluator(options))
        storage = _storage(options, seat)
        study = stack.enter_context(
            Study(
                problem,
                run,
                metrics=[_metric(text, options.direction) for text in options.metric],
                sampler=_sampler(choice, settings, options),
                pruner=None if options.pruner is None else build_pruner(options.pruner),
                log_dir=options.log_dir,
                storage=storage,
                name=options.study_name,
                seed=options.seed,
                observers=[progress],
                notes={"run": what_runs(options)},
            )
        )
        place = "" if options.storage is None else getattr(storage, "place", options.storage)
        notes = what_differs(study, options, place)
        workers = evaluator.capacity * (1 if seat is None else seat.size)
        summary.header(screen, study, options, choice.name, workers, notes, place)
        with progress.showing(study.history):
            ending = study.run(options.max_evals, evaluator=evaluator, **limits)
    summary.footer(screen, ending, options.log_dir, arguments)
    return _verdict(ending, options)


def _loaded(options: SearchOptions) -> tuple[HpProblem, Callable[..., Any]]:
    problem = _problem(options)
    return problem, _run_function(options, problem)


def _on_all_ranks(load: Callable[[SearchOptions], Loaded], options: SearchOptions) -> Loaded:
    """What loads the code of a user, after MPI has begun: whoever dies of it, or cannot load it, is missed at once.

    Raises
    ------
    HypersondeError : it cannot be loaded; on the first such rank. The others end.
    Bereaved : a rank has died.
    """
    begin_mpi()
    from hypersonde.storage.mpi import agree

    loaded, mistake = None, None
    try:
        loaded = load(options)
    except HypersondeError as error:
        mistake = error
    first = agree(mistake is None)
    if first is not None and first != launched()[0]:
        sys.exit(2)
    if mistake is not None:
        raise mistake if first == 0 else HypersondeError(f"on rank {first}: {mistake}")
    assert loaded is not None
    return loaded


def _seat(stack: ExitStack, options: SearchOptions) -> Seat:
    """This rank's part in a search without a manager."""
    directory(options.log_dir)
    seat = take_seat(stack, options.log_dir, options.num_ranks_per_eval)
    if seat is None:
        sys.exit(0)  # it helped to evaluate, and the search is over
    return seat


def _storage(options: SearchOptions, seat: Seat | None) -> Storage | None:
    """The log that was named, else that of the ranks of this program, else none: the log directory has one."""
    if options.storage is not None:
        return open_storage(options.storage)
    return None if seat is None else seat.storage


def _on_a_rank(options: SearchOptions, seat: Seat) -> SearchOptions:
    """The first rank speaks for all; each evaluates by itself unless it was given workers of its own."""
    alone = options.evaluator == "process" and options.num_workers is None
    evaluator = "serial" if alone else options.evaluator
    return replace(options, quiet=options.quiet or seat.rank > 0, evaluator=evaluator, num_ranks_per_eval=1)


def _sampler(choice: Choice, settings: Mapping[str, Any], options: SearchOptions) -> Sampler:
    sampler: Sampler = choice.build(settings)
    for precedent in getattr(sampler, "precedents", ()):
        if Path(precedent.name).resolve() == options.log_dir.resolve():
            raise InvalidInput(
                f"--learn-from: {precedent.name!r} is the log directory of this very search, which learns from its own "
                f"trials anyway. Name an earlier one, or choose another --log-dir."
            )
    return sampler


def _collective(options: SearchOptions) -> bool:
    """Whether all ranks build the evaluator, and all but one do not come back from there."""
    return options.evaluator in EVALUATORS and EVALUATORS[options.evaluator].collective


def _verdict(ending: Ending, options: SearchOptions) -> int:
    if ending.reason in EXIT:
        return EXIT[ending.reason]
    if ending.best is None:
        kept = Kept(options.log_dir, options.storage, options.study_name)
        way_out = _GO_ON if ending.reason is Reason.HOPELESS else ""
        way_out = _GIVE_MORE if ending.history.finished >= options.max_evals else way_out
        raise InvalidInput(summary.why_nothing(ending.history, kept, way_out))
    return 0


# -- what was typed, as things ---------------------------------------------------------------------------


def _limits(options: SearchOptions) -> dict[str, Any]:
    minutes = options.eval_timeout_minutes
    if minutes is not None and not minutes > 0:
        raise InvalidInput(f"--eval-timeout-minutes: got {minutes}, expected minutes above zero.")
    return {
        "timeout": None if options.timeout is None else _span("--timeout", options.timeout),
        "wall_time": None if options.wall_time is None else _span("--wall-time", options.wall_time),
        "time_limit": None if minutes is None else 60.0 * minutes,
        "grace": 0.0 if options.grace.strip() == "0" else _span("--grace", options.grace),
        "max_failures": options.max_failures or None,
        "cache_key": _cache_key(options.cache_key),
    }


def _span(option: str, text: str) -> float:
    try:
        return seconds(text)
    except InvalidInput as error:
        raise InvalidInput(f"{option}: {error}") from None


def _cache_key(word: str) -> CacheKey | None:
    if word == "uuid":
        return None
    return to_dict if word == "to_dict" else load_callable(word, "--cache-key", "cache_key")


def _metric(text: str, direction: str) -> Metric:
    name, _, own = text.partition(":")
    return Metric(name, own or direction)


def _problem(options: SearchOptions) -> HpProblem:
    problem = load_problem(options.problem)
    for text in options.starting_point:
        try:
            point = json.loads(text)
        except json.JSONDecodeError as error:
            raise InvalidInput(f"--starting-point: got {text!r}, which is not JSON: {error}.") from None
        if not isinstance(point, dict):
            raise InvalidInput(f"--starting-point: got {text!r}, expected an object: '{{\"lr\": 0.01}}'.")
        problem.add_starting_point(**point)
    return problem


def _run_function(options: SearchOptions, problem: HpProblem) -> Callable[..., Any]:
    if (options.run is None) == (options.command is None):
        got = "neither" if options.run is None else "both"
        raise InvalidInput(f"a search needs --run or --command, got {got}. Give one: --run model_run.py.")
    if options.command is None:
        return load_callable(str(options.run))
    return Command(options.command, options.objective, names=problem.names)


@contextmanager
def _crashes_logged(log_dir: Path) -> Iterator[None]:
    try:
        yield
    except HypersondeError:
        raise
    except Exception as error:
        if not os.access(log_dir, os.W_OK):
            raise
        path = (log_dir / "hypersonde.log").absolute()
        with log_file(path):
            logging.getLogger("hypersonde").exception("the search ended unexpectedly")
        raise Crash(path) from error
