"""Prints the best configurations of a results.csv, with the types that the study knows."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
import yaml

from hypersonde.cli.kept import Kept
from hypersonde.errors import InvalidInput, StorageError, unknown
from hypersonde.trials import History, Metric
from hypersonde.trials.table import FIXED, columns, extra_metrics, finished, row

_KEPT = ("elapsed_sec", "trial")
_ADDED = ("predicted", "tried", "mean")
_WORDS: Mapping[str, Any] = {"": None, "None": None, "True": True, "False": False}

Row = dict[str, Any]


def topk(
    kept: Kept, k: int, output: Path | None, metric: str | None, direction: str | None, *, by_model: bool = False
) -> None:
    """Print the k best rows as YAML, best first under the keys '0', '1' ...; write them to a file too.

    Parameters
    ----------
    kept : a study in a storage; or, as its log directory, a results.csv or the directory that has it. With the log
        beside it, metrics and directions are the study's, and the types of parameters, too.
    metric, direction : to rank by; the study's first metric, or ``objective``, maximized.
    by_model : rank by what a Gaussian process of all results expects of a metric of the study; every configuration
        once. It is printed as ``predicted``.

    A configuration that was tried several times has ``tried``, how often, and ``mean``, the mean of its values.

    Raises
    ------
    InvalidInput : no such study or file, nothing in it, not a table of results; no such metric; another format.
    """
    write = None if output is None else _writer(output)
    found = _from_file(kept) if kept.storage is None else _from_log(kept)
    by = _metric(found, metric, direction)
    complete = [row for row in found.rows if isinstance(row[by.name], int | float)]
    if not complete:
        raise InvalidInput(f"{found.place}: no row has a value of {by.name!r} yet. Wait for an evaluation to succeed.")
    complete.sort(key=lambda row: by.loss(row[by.name]))
    ranked = _expected(found, complete, by, k) if by_model else complete[:k]
    best = {str(i): _restored(row, found, by) for i, row in enumerate(_repeated(found, ranked, complete, by))}
    typer.echo(_yaml(best).rstrip())
    if output is not None and write is not None:
        _save(output, write(best))


# -- reading -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a table of results, and what is known about them.

    Attributes
    ----------
    place : where they are.
    columns : names of all; the first ones are parameters and metrics of the study.
    history : of the study, when it is there.
    """

    place: str
    rows: Sequence[Row]
    columns: Sequence[str]
    history: History | None

    def kept(self, by: Metric) -> list[str]:
        """The columns that are printed: what they are ranked by is among them."""
        return list(dict.fromkeys([*self.columns[: self.columns.index(FIXED[0])], by.name, *_KEPT]))


def _from_log(kept: Kept) -> Found:
    history = kept.read()[1]
    trials = finished(history)
    extra = extra_metrics(trials)
    names = columns(history, extra)
    rows = [dict(zip(names, row(history, t, extra), strict=True)) for t in trials]
    return Found(kept.place, rows, names, history)


def _from_file(kept: Kept) -> Found:
    path = kept.log_dir / "results.csv" if kept.log_dir.is_dir() else kept.log_dir
    if not path.exists() and _has_log(path):
        return _from_log(Kept(path.parent, name=kept.name))
    rows = _read(path)
    history = _study_beside(path, kept.name)
    return Found(str(path), rows, list(rows[0]), history)


def _read(path: Path) -> list[Row]:
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, restval=""))
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be read: {error.strerror or error}. Give the results.csv of a search."
        ) from None
    except (UnicodeDecodeError, csv.Error):
        raise InvalidInput(
            f"{path} is not a table of results, but something else. Give the results.csv of a search."
        ) from None
    if not rows:
        raise InvalidInput(f"{path} has no results yet. Wait for the first evaluation to end.")
    absent = [name for name in FIXED if name not in rows[0]]
    if absent:
        raise InvalidInput(
            f"{path} is not a table of results: no column {absent[0]!r}. Give the results.csv of a search."
        )
    return [{name: _value(text) for name, text in one.items()} for one in rows]


def _value(text: str) -> Any:
    """The value that a field of the table stands for, as far as the text tells.

    >>> _value("3"), _value("0.5"), _value("True"), _value("relu"), _value("")
    (3, 0.5, True, 'relu', None)
    """
    if text in _WORDS:
        return _WORDS[text]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _has_log(path: Path) -> bool:
    from hypersonde.storage.homes import logs_of_ranks

    return (path.parent / "study.db").is_file() or bool(logs_of_ranks(path.parent))


def _study_beside(path: Path, name: str | None) -> History | None:
    """The study whose table this is; None where there is none that can be read, which a line on standard error says."""
    if not _has_log(path):
        return None
    try:
        return Kept(path.parent, name=name).read()[1]
    except StorageError as error:
        typer.echo(f"note: by the table alone, {error}", err=True)
        return None


def _metric(found: Found, name: str | None, direction: str | None) -> Metric:
    known = {m.name: m for m in found.history.metrics} if found.history is not None else {}
    name = name or next(iter(known), "objective")
    parameters = _parameters(found.history)
    measured = [n for n in found.columns if n not in (*FIXED, *parameters.values())]
    column = name
    while column in parameters.values() or f"metric:{column}" in measured:  # something else has the name
        column = f"metric:{column}"
    if column not in measured and found.history is None:
        raise InvalidInput(
            f"{found.place} has no column {name!r}, and there is no study beside it that says which ones are metrics. "
            f"Name one (--metric): {', '.join(measured)}."
        )
    if column not in measured:
        raise unknown(f"metric in {found.place}:", name, measured)
    own = known[name].direction if name in known else "maximize"
    return Metric(column, direction or own)


def _expected(found: Found, rows: Sequence[Row], by: Metric, k: int) -> list[Row]:
    """The k best of ``rows`` by a model, each with what it expects."""
    from hypersonde.study.explanation import LEAST, fitted, promises

    history = found.history
    if history is None or by not in history.metrics:
        raise InvalidInput(
            f"--by-model: got {by.direction} {by.name!r} of {found.place}, expected a metric as its study has it. "
            "Give the directory of the search, and neither --metric nor --direction."
        )
    model = fitted(history, history.metrics.index(by))
    if model is None:
        raise InvalidInput(
            f"--by-model: {len(rows)} results, or all the same, teach a model nothing; it takes {LEAST} that differ. "
            "Leave it out, or wait."
        )
    of = {history.label(p.number): p.predicted for p in promises(history, model, k)}
    known = {str(row["trial"]): row for row in rows}
    return [{**known[label], "predicted": predicted} for label, predicted in of.items() if label in known]


def _repeated(found: Found, ranked: Sequence[Row], complete: Sequence[Row], by: Metric) -> list[Row]:
    """The ranked, those whose configuration was tried several times with how often, and the mean of its values."""
    parameters = list(_parameters(found.history).values())
    values: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for one in complete if parameters else ():
        values[tuple(repr(one[name]) for name in parameters)].append(one[by.name])
    tried = [values[tuple(repr(one[name]) for name in parameters)] for one in ranked]
    return [
        {**one, "tried": len(all_), "mean": sum(all_) / len(all_)} if len(all_) > 1 else one
        for one, all_ in zip(ranked, tried, strict=True)
    ]


def _parameters(history: History | None) -> Mapping[str, str]:
    """The column of each parameter."""
    return {} if history is None else dict(zip(history.problem.names, columns(history), strict=False))


def _restored(one: Row, found: Found, by: Metric) -> Row:
    """Parameters as the study recorded them; without a study, what the text tells, and nothing for an empty field."""
    shown = {name: one[name] for name in (*found.kept(by), *_ADDED) if name in one}
    history = found.history
    trial = None if history is None else history.find(str(one["trial"]))
    if history is None or trial is None:
        return {name: value for name, value in shown.items() if value is not None}
    parameters = _parameters(history).values()
    return {**{n: v for n, v in shown.items() if n not in parameters}, **trial.config}


# -- writing -------------------------------------------------------------------------------------------


def _writer(output: Path) -> Callable[[Mapping[str, Row]], str]:
    writers = {".json": _json, ".yaml": _yaml, ".yml": _yaml, ".csv": _csv}
    if output.suffix not in writers:
        raise InvalidInput(f"--output {output}: the format is that of the name, which ends in .json, .yaml or .csv.")
    return writers[output.suffix]


def _json(best: Mapping[str, Row]) -> str:
    return json.dumps(best, indent=2, sort_keys=True) + "\n"


def _yaml(best: Mapping[str, Row]) -> str:
    return yaml.safe_dump(dict(best), allow_unicode=True)


def _csv(best: Mapping[str, Row]) -> str:
    text = io.StringIO()
    columns = list(dict.fromkeys(name for row in best.values() for name in row))
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(best.values())
    return text.getvalue()


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"--output {path} cannot be written: {error.strerror or error}.") from None
