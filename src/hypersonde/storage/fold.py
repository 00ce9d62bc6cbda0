"""What a log makes of what writers ask for: which numbers trials get, and which events say something new."""

from __future__ import annotations

from collections.abc import Sequence

from hypersonde.storage.births import births
from hypersonde.trials import Event, Finished, Queued, Started, renumbered

ENDED = float("inf")
"""The attempt after the last one of a trial."""


class Fold:
    """Which attempt of each trial may still speak; the same requests in the same order give the same log."""

    def __init__(self) -> None:
        self._latest: list[float] = []

    @property
    def size(self) -> int:
        """How many trials there are."""
        return len(self._latest)

    def numbered(
        self, drafts: Sequence[Queued | Started], limit: int | None, at: int | None = None
    ) -> list[Queued | Started]:
        """As many of the drafts as `limit` leaves room for, with their numbers; none where these do not begin `at`."""
        if at not in (None, self.size):
            return []
        room = len(drafts) if limit is None else max(0, limit - self.size)
        return [renumbered(draft, self.size + i) for i, draft in enumerate(drafts[:room])]

    def extend(self, events: Sequence[Event]) -> list[Event]:
        """The events that say something new, all of which count from now on.

        Raises
        ------
        StorageError : one of them speaks of a trial that does not exist; then none counts.
        """
        first = births(events, self.size)
        return [event for event, begins in zip(events, first, strict=True) if self._news(event, begins)]

    def _news(self, event: Event, begins: bool) -> bool:
        n = event.number
        if begins and n == self.size:
            self._latest.append(event.attempt if isinstance(event, Started) else 0)
            return True
        if isinstance(event, Queued) or event.attempt < self._latest[n] + isinstance(event, Started):
            return False
        self._latest[n] = ENDED if isinstance(event, Finished) else event.attempt
        return True
