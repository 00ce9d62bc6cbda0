"""What made the trials that a search finds in its study, and whether it may add to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from hypersonde.cli.loading import file_of
from hypersonde.cli.options import SearchOptions
from hypersonde.errors import StudyConflict
from hypersonde.storage import Header
from hypersonde.study import Study
from hypersonde.trials import History

_OF_NO_SAMPLER: Final = frozenset(("starting point", "queued", "told", ""))


def what_runs(options: SearchOptions) -> dict[str, str]:
    """The run function as a study keeps it on record: file and name, or the command line."""
    if options.command is not None:
        return {"command": options.command}
    file, name = file_of(str(options.run), "--run", "run")
    return {"file": str(file.absolute()), "name": name}


def what_differs(study: Study, options: SearchOptions, place: str) -> list[str]:
    """A line for each thing that made the trials so far and is another one now; none for a new study.

    A run function that was mended where it is, or moved to another directory, is the same one. `place` is the storage
    that was named; empty for none.

    Raises
    ------
    StudyConflict : the study is of another run function, and it was not said that it is the same under another name.
    """
    return [*_run(study, options, place), *_sampler(study.history, study.sampler.name)]


def run_functions(headers: Sequence[Header]) -> list[str]:
    """The run functions that studies have on record, as one types them; each once, by what it is called."""
    found = [header.settings.get("notes", {}).get("run") for header in headers]
    return [_spelled(run) for run in {_called(run): run for run in found if run is not None}.values()]


def _run(study: Study, options: SearchOptions, place: str) -> list[str]:
    then, now = study.notes.get("run"), what_runs(options)
    if then is None or then == now:
        return []
    if _called(then) != _called(now) and not options.run_renamed:
        other = "study (--study-name)" if place else "directory (--log-dir)"
        raise StudyConflict(
            f"the study {options.study_name!r} in {place or study.log_dir} is of another run function: "
            f"{_spelled(then)}; now: {_spelled(now)}. Results of two functions are no ranking: choose another {other}. "
            "If it is the same one under another name: --run-renamed."
        )
    return [f"the study was made with {_spelled(then)}"] if len(study.history) else []


def _called(run: Mapping[str, Any]) -> tuple[str, ...]:
    """What a run function is told apart by."""
    return (run["command"],) if "command" in run else (Path(run["file"]).name, run["name"])


def _spelled(run: Mapping[str, Any]) -> str:
    return f"--command {run['command']!r}" if "command" in run else f"--run {run['file']}:{run['name']}"


def _sampler(history: History, sampler: str) -> list[str]:
    others = Counter(t.origin for t in history if t.origin not in (*_OF_NO_SAMPLER, sampler))
    if not others:
        return []
    told = ", ".join(f"{count} by {origin}" for origin, count in others.most_common())
    return [f"of {len(history)} trials, {sampler} did not choose all: {told}; they are ranked together"]
