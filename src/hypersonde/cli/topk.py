"""Prints the best configurations of a results.csv, with the types that the study knows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
import yaml

from hypersonde.errors import InvalidInput, unknown
from hypersonde.trials import History, Metric
from hypersonde.trials.table import FIXED, columns

_KEPT = ("elapsed_sec", "trial")
_WORDS: Mapping[str, Any] = {"": None, "None": None, "True": True, "False": False}

Row = dict[str, Any]


def topk(results: Path, k: int, output: Path | None, metric: str | None, direction: str | None) -> None:
    """Print the k best rows as YAML, best first under the keys '0', '1' ...; write them to a file too.

    Parameters
    ----------
    results : the file, or the directory that has it. With the log beside it, metrics and directions are the
        study's, and with that of one process types, too.
    metric, direction : to rank by; the study's first metric, or ``objective``, maximized.

    Raises
    ------
    InvalidInput : no such file, nothing in it, not a table of results; no such metric; another format.
    """
    path = results / "results.csv" if results.is_dir() else results
    write = None if output is None else _writer(output)
    table = _read(path)
    history = _study_beside(path)
    by = _metric(table, history, metric, direction, path)
    complete = [row for row in table.rows if isinstance(row[by.name], int | float)]
    if not complete:
        raise InvalidInput(f"{path}: no row has a value of {by.name!r} yet. Wait for an evaluation to succeed.")
    complete.sort(key=lambda row: by.loss(row[by.name]))
    numbered = history if _log_of_one(path) else None  # a log of ranks is numbered anew by everyone who reads it
    best = {str(i): _restored(row, table, numbered) for i, row in enumerate(complete[:k])}
    typer.echo(_yaml(best).rstrip())
    if output is not None and write is not None:
        _save(output, write(best))


# -- reading -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a results.csv, and which of its columns are parameters or metrics of the study."""

    rows: Sequence[Row]
    columns: Sequence[str]
    kept: Sequence[str]


def _read(path: Path) -> Table:
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, restval=""))
            columns = list(rows[0]) if rows else []
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
    if not all(name in columns for name in FIXED):
        absent = next(name for name in FIXED if name not in columns)
        raise InvalidInput(f"{path} is not a table of results: no column {absent!r}. Give the results.csv of a search.")
    kept = [*columns[: columns.index(FIXED[0])], *_KEPT]
    return Table([{n: _value(row[n]) for n in columns} for row in rows], columns, kept)


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


def _log_of_one(path: Path) -> bool:
    return (path.parent / "study.db").is_file()


def _study_beside(path: Path) -> History | None:
    from hypersonde.storage.homes import logs_of_ranks

    if not _log_of_one(path) and not logs_of_ranks(path.parent):
        return None
    from hypersonde.study.reading import read_study

    return read_study(path.parent)[1]


def _metric(table: Table, history: History | None, name: str | None, direction: str | None, path: Path) -> Metric:
    known = {m.name: m for m in history.metrics} if history is not None else {}
    name = name or next(iter(known), "objective")
    parameters = _parameters(history)
    measured = [n for n in table.columns if n not in (*FIXED, *parameters.values())]
    column = name
    while column in parameters.values() or f"metric:{column}" in measured:  # something else has the name
        column = f"metric:{column}"
    if column not in measured:
        raise unknown(f"metric in {path}:", name, measured)
    own = known[name].direction if name in known else "maximize"
    return Metric(column, direction or own)


def _parameters(history: History | None) -> Mapping[str, str]:
    """The column of each parameter."""
    return {} if history is None else dict(zip(history.problem.names, columns(history), strict=False))


def _restored(row: Row, table: Table, history: History | None) -> Row:
    """Parameters as the study recorded them; without a study, what the text tells, and nothing for an empty field."""
    shown = {name: row[name] for name in table.kept}
    number = row["trial"]
    if history is None or not isinstance(number, int) or number >= len(history):
        return {name: value for name, value in shown.items() if value is not None}
    parameters = _parameters(history).values()
    return {**{n: v for n, v in shown.items() if n not in parameters}, **history[number].config}


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
