"""Lists, moves and merges studies of storages."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from hypersonde.cli.joining import run_functions
from hypersonde.cli.screen import console, table
from hypersonde.errors import InvalidInput
from hypersonde.storage import Header, Storage, copy, open_storage
from hypersonde.storage import merge as together
from hypersonde.study.reading import read_study
from hypersonde.study.results import ResultsFile
from hypersonde.trials import Finished, Queued, Started


def show(place: str) -> None:
    """Print the studies of a storage and how many trials each has.

    Raises
    ------
    InvalidInput : there is nothing at this place.
    """
    with open_storage(place, make=False) as storage:
        rows = [[header.name, *_counts(storage, header), _metrics(header)] for header in storage.studies()]
    screen = console()
    if rows:
        screen.print(table(["study", "trials", "finished", "metrics"], rows))
    else:
        screen.print(f"there is no study in {place}", markup=False)


def move(source: str, target: str, study: str | None) -> None:
    """Copy a study from one place to another, with a bar, and say what was copied.

    Raises
    ------
    InvalidInput : there is nothing at the source, or no such study; both are one place.
    StudyConflict : the target has another study of this name.
    """
    bar = Progress(TextColumn("copying"), BarColumn(), MofNCompleteColumn(), console=console(stderr=True))
    with open_storage(source, make=False) as old, open_storage(target) as new:
        here = getattr(old, "place", None)
        if os.path.realpath(source) == os.path.realpath(target) or (here and here == getattr(new, "place", None)):
            raise InvalidInput(f"copy: {source} and {target} are one place. Give another target.")
        with bar:
            task = bar.add_task("copying", total=None)
            header = copy(old, new, study, lambda done, total: bar.update(task, completed=done, total=total))
        trials, finished = _counts(new, header)
    console().print(f"study {header.name}: {trials} trials, {finished} finished, now also in {target}", markup=False)


def merge(sources: Sequence[str], target: str, study: str | None) -> None:
    """Make one study of several logs, with a bar, and say what it has.

    Raises
    ------
    InvalidInput : there is nothing at a source, no such study there, or a source is given twice.
    StudyConflict : the sources are studies of different problems, or the target has another study of this name.
    """
    twice = [place for place, count in Counter(os.path.normpath(s) for s in sources).items() if count > 1]
    if twice:
        raise InvalidInput(f"merge: {twice[0]} is given twice; its trials would count twice. Give each place once.")
    home = _log_directory(target)
    bar = Progress(TextColumn("merging"), BarColumn(), MofNCompleteColumn(), console=console(stderr=True))
    with ExitStack() as stack:
        logs = [stack.enter_context(open_storage(source, make=False)) for source in sources]
        new = stack.enter_context(open_storage(target if home is None else str(home / "study.db")))
        with bar:
            task = bar.add_task("merging", total=None)
            header = together(logs, new, study, lambda done, total: bar.update(task, completed=done, total=total))
        trials, finished = _counts(new, header)
        functions = run_functions([one for log in logs for one in log.studies() if one.name == header.name])
    if home is not None:
        ResultsFile(home / "results.csv").flush(read_study(home, header.name)[1])
    console().print(f"study {header.name}: {trials} trials, {finished} finished, now in {target}", markup=False)
    if len(functions) > 1:
        console().print(f"note: it ranks results of {len(functions)} functions: {', '.join(functions)}", markup=False)


def _log_directory(target: str) -> Path | None:
    """A target without the name of a file is a log directory, which has its table, and in which a search can go on."""
    return Path(target) if ":" not in target and not Path(target).suffix else None


def _counts(storage: Storage, header: Header) -> tuple[int, int]:
    storage.open(header)
    events = storage.read()
    begun = {event.number for event in events if isinstance(event, Queued | Started)}
    return len(begun), sum(isinstance(event, Finished) for event in events)


def _metrics(header: Header) -> str:
    return ", ".join(" ".join(pair[::-1]) for pair in header.settings.get("metrics", []))
