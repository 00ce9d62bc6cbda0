"""Reads a pruner from the command line: its word, and settings after a colon."""

from __future__ import annotations

import inspect
import json
from typing import Any, cast

from hypersonde.cli.choices import PRUNERS
from hypersonde.errors import InvalidInput, unknown
from hypersonde.pruners import Pruner


def build_pruner(text: str) -> Pruner:
    """The pruner that ``median`` or ``hyperband:max_resource=81,reduction_factor=3`` stands for.

    Raises
    ------
    InvalidInput : no such pruner or setting; a setting without a number; one that is missing.
    """
    word, _, settings = text.partition(":")
    if word not in PRUNERS:
        raise unknown("pruner", word, PRUNERS)
    made = PRUNERS[word].load()
    parameters = inspect.signature(made).parameters
    values = dict(_setting(word, part, list(parameters)) for part in settings.split(",") if part)
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty and name not in values:
            raise InvalidInput(f"--pruner {text}: {word} needs {name}. Write --pruner {word}:{name}=100.")
    return cast(Pruner, made(**values))


def _setting(word: str, part: str, known: list[str]) -> tuple[str, Any]:
    name, _, value = part.partition("=")
    if name not in known:
        raise unknown(f"setting of pruner {word}:", name, known)
    try:
        number = json.loads(value)
    except json.JSONDecodeError:
        number = None
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise InvalidInput(f"--pruner {word}: {name} is {value!r}, expected a number: {word}:{name}=5.")
    return name, number
