"""Lists what there is to choose from."""

from __future__ import annotations

from collections.abc import Iterable

from hypersonde.cli.choices import EVALUATORS, SAMPLERS
from hypersonde.cli.screen import console, table
from hypersonde.cli.words import Choice


def samplers() -> None:
    """Print the samplers."""
    _print(SAMPLERS.values())


def evaluators() -> None:
    """Print the evaluators."""
    _print(EVALUATORS.values())


def _print(choices: Iterable[Choice]) -> None:
    rows = [[choice.name, _status(choice), choice.summary] for choice in choices]
    console().print(table(["name", "installed", "what it does"], rows))


def _status(choice: Choice) -> str:
    missing = choice.missing()
    return f"no: pip install 'hypersonde[{choice.extra}]'" if missing else "yes"
