"""Finished trials as a table: one row each, the same columns in results.csv and in a DataFrame."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from hypersonde.errors import missing_extra
from hypersonde.trials.history import History
from hypersonde.trials.trial import Trial

FIXED = ("trial", "state", "elapsed_sec", "seconds", "started", "finished", "worker", "origin", "attempt", "failure")


def columns(history: History, extra: Sequence[str] = ()) -> list[str]:
    """Names of the columns: parameters, metrics of the study, the fixed ones, other metrics (`extra`)."""
    taken = set(FIXED)
    parameters = _distinct("parameter", history.problem.names, taken)
    objectives = _distinct("metric", [m.name for m in history.metrics], taken)
    return [*parameters, *objectives, *FIXED, *_distinct("metric", extra, taken)]


def _distinct(kind: str, names: Sequence[str], taken: set[str]) -> list[str]:
    """The names, with ``kind:`` before those that are taken; all are taken afterwards.

    >>> _distinct("metric", ["trial", "loss", "metric:trial"], {"trial"})
    ['metric:metric:trial', 'loss', 'metric:trial']
    """
    made = {name: name for name in names if name not in taken}
    taken.update(made)
    for name in names:
        column = made.get(name, f"{kind}:{name}")
        while name not in made and column in taken:
            column = f"{kind}:{column}"
        made[name] = column
        taken.add(column)
    return [made[name] for name in names]


def row(history: History, trial: Trial, extra: Sequence[str] = ()) -> list[Any]:
    """One trial under `columns`; None where it has nothing to say."""
    values = trial.values or (None,) * len(history.metrics)
    return [
        *(trial.config.get(name) for name in history.problem.names),
        *values,
        trial.number if (label := history.label(trial.number)) == str(trial.number) else label,
        trial.state.name,
        None if trial.finished is None else _rounded(trial.finished - _begin(history)),
        _rounded(trial.seconds),
        _moment(trial.started),
        _moment(trial.finished),
        trial.worker,
        trial.origin,
        trial.attempt,
        None if trial.failure is None else str(trial.failure),
        *(trial.metrics.get(name) for name in extra),
    ]


def _begin(history: History) -> float:
    """Unix time at which the first configuration of the study was chosen."""
    first: Trial = history[0]
    return first.queued or 0.0


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)


def _moment(time: float | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if time is None else datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds")


def extra_metrics(trials: Iterable[Trial]) -> list[str]:
    """Names of the metrics that run functions returned beside the study's own, in order of appearance."""
    return list(dict.fromkeys(name for trial in trials for name in trial.metrics))


def finished(history: History) -> list[Trial]:
    """The trials in a final state, in the order in which they got there."""
    return [history[i] for i in history.finish_order]


def as_csv(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV text; None is an empty field."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def dataframe(history: History) -> Any:
    """A pandas DataFrame of the finished trials.

    Raises
    ------
    MissingExtra : pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError:
        raise missing_extra("pandas", "pandas", "a DataFrame of results") from None
    trials = finished(history)
    extra = extra_metrics(trials)
    return pd.DataFrame([row(history, t, extra) for t in trials], columns=columns(history, extra))
