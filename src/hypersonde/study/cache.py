"""Results that are known already: a configuration with the same key is not run again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from hypersonde.trials import History, State, Trial

CacheKey = Callable[[Mapping[str, Any]], Hashable]
"""Configuration -> key; configurations with equal keys have the same result."""


def to_dict(config: Mapping[str, Any]) -> Hashable:
    """The configuration itself is the key: what was evaluated once is never run again.

    >>> to_dict({"b": 1, "a": None}) == to_dict({"a": None, "b": 1})
    True
    """
    return tuple(sorted((name, type(value).__name__, value) for name, value in config.items()))


class Cache:
    """Complete trials by key; looks at each trial of the history once."""

    def __init__(self, key: CacheKey) -> None:
        self._key = key
        self._known: dict[Hashable, int] = {}
        self._seen = 0

    def find(self, history: History, config: Mapping[str, Any]) -> Trial | None:
        """A complete trial whose configuration has the same key, the first of them; None without one."""
        for number in history.finish_order[self._seen :]:
            if history[number].state is State.COMPLETE:
                self._known.setdefault(self._key(history[number].config), int(number))
        self._seen = history.finished
        number = self._known.get(self._key(config), -1)
        return None if number < 0 else history[number]
