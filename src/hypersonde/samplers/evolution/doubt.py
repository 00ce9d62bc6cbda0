"""Trying again what looks best, without a model: whether results are noisy, and whose value is in doubt.

One trial is tried again now and then until a value comes out differently. From then on the configuration is tried
again whose mean value, less one standard error, is lowest, as long as another one might be better: lucky draws are
found out, and what stays lowest has been tried often.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, sqrt

__all__ = ["Doubts"]

_FIRST, _GROWTH = 40, 4
"""Values before the first doubt, and how many times more before each further one that finds no noise."""
_KEPT = 256
"""Configurations with one value that are remembered, and with several: the best."""


@dataclass(frozen=True, slots=True)
class _Known:
    mean: float
    count: int
    number: int


class Doubts:
    """The values of the best configurations; `take` takes in one more value, `choose` changes nothing."""

    def __init__(self) -> None:
        self._values = self._repeats = self._freedom = 0
        self._squares = 0.0
        self._once: list[tuple[float, int, bytes]] = []  # best first
        self._single: dict[bytes, _Known] = {}
        self._often: dict[bytes, _Known] = {}

    @property
    def noisy(self) -> bool:
        """Whether one configuration has had two values."""
        return self._squares > 0.0

    @property
    def due(self) -> bool:
        """Whether it is time to see if results are noisy, while that is not known."""
        return not self.noisy and bool(self._single) and self._values >= _FIRST * _GROWTH**self._repeats

    @property
    def deviation(self) -> float:
        """Standard deviation of a single value, over all configurations that had several."""
        return sqrt(self._squares / self._freedom) if self._freedom else 0.0

    def take(self, number: int, key: bytes, loss: float, again: bool) -> None:
        """Take in the value of a trial of the configuration ``key``; one that fails when tried again is forgotten.

        >>> doubts = Doubts()
        >>> doubts.take(0, b"x", 1.0, again=False)
        >>> doubts.take(1, b"x", 2.0, again=True)
        >>> doubts.noisy, round(doubts.deviation, 3)
        (True, 0.707)
        """
        self._repeats += again
        if not isfinite(loss):
            if again:
                self._forget(key)
            return
        self._values += 1
        known = self._often.get(key) or self._forget(key)
        if known is None:
            self._remember(_Known(loss, 1, number), key)
            return
        count = known.count + 1
        mean = known.mean + (loss - known.mean) / count
        self._squares += (loss - known.mean) * (loss - mean)
        self._freedom += 1
        self._often[key] = _Known(mean, count, known.number)
        if len(self._often) > 2 * _KEPT:
            self._often = dict(sorted(self._often.items(), key=lambda item: item[1].mean)[:_KEPT])

    def choose(self, pending: Mapping[bytes, int]) -> int | None:
        """The trial to try again, while others of some configurations are pending.

        None where nothing is in doubt: the best has several values, and no other one is within two standard errors.
        """
        new = next((key for _, _, key in self._once if key not in pending), None)
        candidates = self._often if new is None else {**self._often, new: self._single[new]}
        if not candidates:
            return None
        if not self.noisy:
            return None if new is None else candidates[new].number
        deviation = self.deviation

        def bound(key: bytes, errors: float) -> float:
            known = candidates[key]
            return known.mean - errors * deviation / sqrt(known.count + pending.get(key, 0))

        first = min(candidates, key=lambda key: bound(key, 1.0))
        known = candidates[first]
        rivals = (key for key in candidates if key != first)
        in_doubt = known.count == 1 or any(bound(key, 2.0) < known.mean for key in rivals)
        return known.number if in_doubt else None

    def _forget(self, key: bytes) -> _Known | None:
        """What was known of a configuration, which is not known any more."""
        known = self._single.pop(key, None)
        if known is not None:
            self._once.remove((known.mean, known.number, key))
        return known or self._often.pop(key, None)

    def _remember(self, known: _Known, key: bytes) -> None:
        entry = (known.mean, known.number, key)
        if len(self._once) == _KEPT and entry > self._once[-1]:
            return
        insort(self._once, entry)
        self._single[key] = known
        if len(self._once) > _KEPT:
            *_, gone = self._once.pop()
            del self._single[gone]
