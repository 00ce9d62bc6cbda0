"""Lists and moves studies between storages."""

from __future__ import annotations

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from hypersonde.cli.screen import console, table
from hypersonde.storage import Header, Storage, copy, open_storage
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
    InvalidInput : there is nothing at the source, or no such study.
    StudyConflict : the target has another study of this name.
    """
    bar = Progress(TextColumn("copying"), BarColumn(), MofNCompleteColumn(), console=console(stderr=True))
    with open_storage(source, make=False) as old, open_storage(target) as new:
        with bar:
            task = bar.add_task("copying", total=None)
            header = copy(old, new, study, lambda done, total: bar.update(task, completed=done, total=total))
        trials, finished = _counts(new, header)
    console().print(f"study {header.name}: {trials} trials, {finished} finished, now also in {target}", markup=False)


def _counts(storage: Storage, header: Header) -> tuple[int, int]:
    storage.open(header)
    events = storage.read()
    begun = {event.number for event in events if isinstance(event, Queued | Started)}
    return len(begun), sum(isinstance(event, Finished) for event in events)


def _metrics(header: Header) -> str:
    return ", ".join(" ".join(pair[::-1]) for pair in header.settings.get("metrics", []))
