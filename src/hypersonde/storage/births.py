"""Which events bring a trial into being, and the one check that every log makes before it grows."""

from __future__ import annotations

from collections.abc import Sequence

from hypersonde.errors import StorageError
from hypersonde.trials import Event, Queued, Started


def births(events: Sequence[Event], size: int) -> list[bool]:
    """For each event whether it is the first of its trial, in a log that knows the trials 0 ... size - 1.

    Raises
    ------
    StorageError : an event speaks of a trial that is neither known nor the next one.
    """
    first = []
    for event in events:
        begins = isinstance(event, Queued | Started) and event.number == size
        size += begins
        if not 0 <= event.number < size:
            raise StorageError(
                f"trial {event.number} does not exist: the log knows the trials 0 to {size - 1}. "
                f"New trials get their number from `create`."
            )
        first.append(begins or isinstance(event, Queued))
    return first
