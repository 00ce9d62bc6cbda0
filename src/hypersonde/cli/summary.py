"""What a search says before it begins and after it has ended."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from hypersonde.cli.kept import Kept
from hypersonde.cli.options import SearchOptions
from hypersonde.cli.screen import spelled, table
from hypersonde.errors import InvalidInput
from hypersonde.launch import launched
from hypersonde.samplers.bayes.precedent import Precedent
from hypersonde.study import Ending, Reason, Study
from hypersonde.study.nothing import commonest
from hypersonde.study.running_trial import file_of
from hypersonde.trials import History, State, Trial

_BEST = 5


def header(
    screen: Console, study: Study, options: SearchOptions, sampler: str, workers: int, notes: Sequence[str], place: str
) -> None:
    """What is about to run, how much of it is done already, and what is to be known of that.

    `place` is the storage that was named; empty for none.
    """
    history = study.history
    lines = [
        ("problem", f"{options.problem}, {len(study.problem.names)} parameters"),
        ("run", options.run or options.command or ""),
        ("metrics", ", ".join(f"{m.direction} {m.name}" for m in study.metrics)),
        ("sampler", f"{sampler}, seed {study.seed}"),
        ("evaluator", f"{options.evaluator} x {workers}" if workers else f"{options.evaluator}, waiting for workers"),
        ("log dir", str(study.log_dir)),
        *([("storage", f"{place}, study {options.study_name}")] if place else []),
        *(("learning from", _precedent(study, one)) for one in getattr(study.sampler, "precedents", ())),
    ]
    for name, value in lines:
        _line(screen, name, value)
    if len(history):
        begun = history.count(State.WAITING, State.RUNNING)
        more = f", {begun} begun or to run again" if begun else ""
        more += ": nothing is left to run" if history.finished >= options.max_evals else ""
        screen.print(f"resuming: {history.finished} of {options.max_evals} done{more}")
    for note in notes:
        screen.print(f"note: {note}", markup=False)


def _precedent(study: Study, precedent: Precedent) -> str:
    values = max(int(np.isfinite(precedent.losses.get(m.name, [])).sum()) for m in study.metrics)
    shared = len(precedent.shared(study.problem.names))
    return f"{precedent.name}: {values} values, {shared} of {len(study.problem.names)} parameters"


def footer(screen: Console, ending: Ending, log_dir: Path, arguments: Sequence[str]) -> None:
    """The best configurations, what became of all trials, where the files are, how to go on."""
    history = ending.history
    screen.print()
    if ending.best is not None:
        show_best(screen, history)
    screen.print(f"{counts(history)}. Ended: {ending.reason}.", markup=False)
    for name in ("results.csv", "hypersonde.log", "rank-0000", "study.db"):
        if (log_dir / name).exists():
            _line(screen, name, str((log_dir / name).absolute()))
    if ending.reason in (Reason.INTERRUPTED, Reason.TERMINATED, Reason.TIMEOUT):
        ranks = launched()[1]
        launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
        screen.print(f"To resume: {shlex.join([*launcher, 'hypersonde', *arguments])}", markup=False)


def show_best(screen: Console, history: History) -> None:
    """The best trials as a table; with several metrics, those of the Pareto set, under a line that says so."""
    several = len(history.metrics) > 1
    chosen = history.pareto if several else history.top(_BEST)
    if several:
        shown = "" if len(chosen) <= _BEST else f"; {_BEST} of them"
        screen.print(f"Pareto set: {len(chosen)} trials that no other one equals or beats in every metric{shown}")
    screen.print(_best(history, chosen[:_BEST]))


def _best(history: History, chosen: Sequence[Trial]) -> object:
    names = history.problem.names
    rows = []
    for trial in chosen:
        config = [spelled(trial.config[name]) if name in trial.config else "" for name in names]
        rows.append([history.label(trial.number), *trial.values, *config, trial.seconds])
    return table(["trial", *(m.name for m in history.metrics), *names, "seconds"], rows)


def the_trial(history: History, label: str, kept: Kept) -> Trial:
    """The trial that was asked for by what it is called in results.csv.

    Raises
    ------
    InvalidInput : there is no such trial.
    """
    found = history.find(label)
    if found is None:
        last = "there is none yet"
        if len(history):
            last = f"they are {history.label(0)} to {history.label(len(history) - 1)}"
            if "-" in history.label(0):
                last = f"they are called like {history.label(0)}, see results.csv"
        raise InvalidInput(f"trial {label}: no such trial in {kept.place}; {last}.")
    return found


def counts(history: History) -> str:
    """How many trials are in which state: ``50 trials: 48 complete, 2 failed``."""
    states = [f"{history.count(s)} {s.name.lower()}" for s in reversed(State) if history.count(s)]
    return f"{len(history)} trials: {', '.join(states)}" if states else "no trials"


def why_nothing(history: History, kept: Kept, way_out: str = "") -> str:
    """One line on the commonest kind of failure, when no trial has a value, and the way out of it."""
    found = commonest(history)
    if found is None:
        return f"no evaluation has ended with a value ({counts(history)}). Give it more time: --timeout, --max-evals."
    sentence, first = found
    return f"{sentence}{way_out} {_where(history.label(first.number), kept)}"


def _where(label: str, kept: Kept) -> str:
    output = output_of(label, kept.log_dir)
    printed = f"Its output: {output}. " if output.exists() else ""
    return f"{printed}All about one: {shlex.join(['hypersonde', 'show', *kept.arguments, '--trial', label])}"


def output_of(label: str, log_dir: Path) -> Path:
    """The file with what a trial printed; absent when it printed nothing."""
    return log_dir.absolute() / "output" / f"{file_of(label)}.txt"


def _line(screen: Console, name: str, value: str) -> None:
    screen.print(f"{name:<14} {value}", markup=False)
