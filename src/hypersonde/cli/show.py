"""Shows how a search stands, from its log."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from rich.console import Console

from hypersonde.cli import summary
from hypersonde.cli.durations import spoken
from hypersonde.cli.kept import Kept
from hypersonde.cli.screen import console, shown, spelled
from hypersonde.storage import Header
from hypersonde.trials import History, State, Trial, labelled


def show(kept: Kept, trial: str | None) -> None:
    """Print a summary of a study, or everything about one of its trials.

    Raises
    ------
    InvalidInput : there is no study, or no such trial.
    """
    header, history = kept.read()
    if trial is None:
        _study(console(), header, history, kept)
    else:
        _trial(console(), history, summary.the_trial(history, trial, kept), kept)


def _study(screen: Console, header: Header, history: History, kept: Kept) -> None:
    chosen = Counter(t.origin for t in history)
    _lines(
        screen,
        {
            "log dir" if kept.storage is None else "storage": kept.place,
            "trials": summary.counts(history),
            "metrics": ", ".join(f"{m.direction} {m.name}" for m in history.metrics),
            "chosen by": ", ".join(f"{origin} ({n})" for origin, n in chosen.most_common()) or "-",
            "seed": header.settings["seed"],
            "time": _time(history),
        },
    )
    if history.best is None:
        if history.count(State.FAILED):
            screen.print(summary.why_nothing(history, kept), markup=False)
        return
    screen.print()
    summary.show_best(screen, history)


def _time(history: History) -> str:
    """From the first start to the last end, and how much of it was work."""
    begins = [t.started for t in history if t.started is not None]
    ends = [t.finished for t in history if t.finished is not None]
    if not begins or not ends:
        return "-"
    work = sum(t.seconds or 0.0 for t in history)
    return f"{spoken(max(0.0, max(ends) - min(begins)))}, evaluations together {spoken(work)}"


def _trial(screen: Console, history: History, trial: Trial, kept: Kept) -> None:
    label = history.label(trial.number)
    output = summary.output_of(label, kept.log_dir)
    happened = {
        "started": _moment(trial.started),
        "finished": _moment(trial.finished),
        "seconds": trial.seconds,
        "worker": trial.worker or None,
        "attempt": trial.attempt,
        "reports": len(trial.measurements),
        "output": output if output.exists() else None,
        "failure": trial.failure,
    }
    _lines(
        screen,
        {
            "trial": label,
            "state": trial.state,
            **{f"  {name}": spelled(value) for name, value in sorted(trial.config.items())},
            **dict(zip((m.name for m in history.metrics), trial.values, strict=False)),
            **trial.metrics,
            "chosen by": trial.origin,
            **{f"  {name}": value for name, value in labelled(trial.why, history.label).items()},
            **{name: value for name, value in happened.items() if value is not None},
        },
    )
    if trial.failure is not None and trial.failure.detail:
        screen.print(trial.failure.detail.rstrip(), markup=False)


def _moment(time: float | None) -> str | None:
    return None if time is None else datetime.fromtimestamp(time).astimezone().isoformat(" ", "seconds")


def _lines(screen: Console, pairs: dict[str, object]) -> None:
    width = max(map(len, pairs)) + 2
    for name, value in pairs.items():
        screen.print(f"{name:<{width}}{shown(value)}", markup=False)
