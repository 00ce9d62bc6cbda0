"""Numbers for new trials out of the counter that ranks share: one by one, or in lots while they are used up fast."""

from __future__ import annotations

import time
from collections.abc import Callable

from hypersonde.storage.transport import Transport

__all__ = ["Lots"]

_BRISK = 0.05
"""Seconds between two draws below which a search is fast enough for lots."""
_LARGEST = 64


class Lots:
    """Draws from the counter of a transport; asking it takes longer than a short evaluation.

    While draws follow each other fast, each lot is twice as large as the one before, up to a share of what is left, so
    that at the end no rank has more to do than others. A pause between two draws gives back what was drawn ahead.

    >>> from hypersonde.storage.transport import Threads
    >>> a, b = map(Lots, Threads.ranks(2))
    >>> a.draw(3, limit=5, left=5), b.draw(3, limit=5, left=2), a.draw(1, limit=5, left=0)
    (3, 2, 0)
    """

    def __init__(self, transport: Transport, clock: Callable[[], float] = time.monotonic) -> None:
        self._transport, self._clock = transport, clock
        self._limit: int | None = None
        self._held, self._size, self._last = 0, 1, -_BRISK

    def draw(self, count: int, limit: int | None, left: int) -> int:
        """Up to `count` of the numbers below `limit`; how many.

        Parameters
        ----------
        left : how many are left at most, as far as this rank knows.
        """
        now = self._clock()
        brisk = now - self._last < _BRISK
        self._last = now
        if not brisk or limit != self._limit:
            self.give_back()
        self._limit = limit
        if limit is None:
            return self._transport.draw(count, None)
        if count > self._held:
            fair = max(1, left // (2 * self._transport.size))
            self._size = min(2 * self._size, _LARGEST, fair) if brisk else 1
            self._held += self._transport.draw(count - self._held + self._size - 1, limit)
        drawn = min(count, self._held)
        self._held -= drawn
        return drawn

    def give_back(self) -> None:
        """Leave what was drawn ahead to others."""
        if self._held:
            self._transport.draw(-self._held, None)
            self._held = 0
