"""What a study is made of, and whether the one on disk is the one that is meant."""

from __future__ import annotations

import difflib
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from hypersonde import __version__
from hypersonde.errors import InvalidInput, StudyConflict
from hypersonde.problem import HpProblem
from hypersonde.storage import Header, Storage
from hypersonde.study.checks import whole
from hypersonde.trials import Metric


def reconcile(
    storage: Storage,
    name: str,
    problem: HpProblem,
    metrics: Sequence[Metric],
    seed: int | None,
    notes: Mapping[str, Any] | None = None,
) -> Header:
    """Open or create the study; the header that counts from now on. Notes are those of who made it.

    Raises
    ------
    InvalidInput : no metric, or two of one name; a seed that is not a natural number.
    StudyConflict : the study exists with another space, other metrics or another seed; says what changed.
    """
    _check(metrics, seed)
    wanted = {
        "hypersonde": __version__,
        "space": problem.describe(),
        "configspace": _plain(problem.space.to_serialized_dict()),
        "metrics": [[m.name, m.direction] for m in metrics],
        "seed": secrets.randbits(32) if seed is None else int(seed),
        **({"notes": dict(notes)} if notes else {}),
    }
    header = storage.open(Header(name, wanted))
    change = _space_change(header.settings, wanted) or _metrics_change(header.settings, wanted)
    if seed is not None and header.settings["seed"] != wanted["seed"]:
        change = change or f"its seed is {header.settings['seed']}, now {seed} is given"
    if change:
        raise StudyConflict(
            f"the study {name!r} exists already and {change}. "
            f"To resume it, put that back; to start anew, choose another directory (--log-dir)."
        )
    return header


def _plain(thing: Any) -> Any:
    """Through JSON, with numpy's scalars as Python's."""
    return json.loads(json.dumps(thing, default=lambda value: value.item()))


def _check(metrics: Sequence[Metric], seed: int | None) -> None:
    names = [m.name for m in metrics]
    if not names or len(set(names)) < len(names):
        raise InvalidInput(f"a study needs metrics of different names, got {names!r}.")
    if seed is not None:
        whole("a seed", seed, 0, "Use seed=1, or None to have one drawn.")


def _space_change(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    if found["space"] == wanted["space"]:
        return ""
    lines = difflib.ndiff(found["space"].splitlines(), wanted["space"].splitlines())
    changed = [" ".join(line.split()) for line in lines if line[0] in "+-"]
    return "its search space has changed (- then, + now): " + "; ".join(changed)


def _metrics_change(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    if found["metrics"] == wanted["metrics"]:
        return ""
    then, now = (", ".join(" ".join(pair[::-1]) for pair in h["metrics"]) for h in (found, wanted))
    return f"its metrics were: {then}; now: {now}"
