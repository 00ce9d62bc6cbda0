"""Reads a word with settings, like ``ga:pop_size=32,mate_prob=0.9``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import yaml

from hypersonde.errors import InvalidInput, unknown


def word_of(text: str) -> str:
    """What stands before the colon."""
    return text.partition(":")[0]


def settings_of(option: str, text: str, made: Callable[..., Any]) -> dict[str, Any]:
    """The settings after the colon, by name, for what is made of them.

    Raises
    ------
    InvalidInput : no such setting, or none at all where one should be.
    """
    word, _, settings = text.partition(":")
    known = inspect.signature(made).parameters
    values: dict[str, Any] = {}
    for part in settings.split(","):
        name, equals, value = part.partition("=")
        if part and not equals:
            raise InvalidInput(f"{option} {text}: expected NAME=VALUE after the colon, got {part!r}.")
        if part and name not in known:
            raise unknown(f"setting of {option.removeprefix('--')} {word}:", name, known)
        if part:
            values[name] = yaml.safe_load(value)
    return values
