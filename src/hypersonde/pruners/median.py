"""Stop a trial that is worse than the median of the complete ones at the same step."""

from __future__ import annotations

from typing import ClassVar

from hypersonde.pruners.percentile import Percentile


class Median(Percentile):
    """The better half goes on: `Percentile` with ``keep=50``. A safe first choice.

    Parameters
    ----------
    startup : so many complete trials must have got to the step before anything is stopped.
    warmup : nothing is stopped before this step.

    Raises
    ------
    InvalidInput : a setting outside its range.
    """

    name: ClassVar[str] = "median"

    def __init__(self, startup: int = 5, warmup: int = 0) -> None:
        super().__init__(50.0, startup, warmup)
