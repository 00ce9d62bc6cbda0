"""The contract of a pruner: whether a running trial is worth going on with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from hypersonde.trials import History, Trial


class Pruner(ABC):
    """Looks at a trial's measurements beside those of the others. A pure function of the history."""

    name: ClassVar[str]
    """The word for it on the command line."""

    @abstractmethod
    def should_stop(self, history: History, trial: Trial) -> bool:
        """True when `trial`, running and just measured, is hopeless by its latest measurement.

        Measurements are values of the study's first metric, in its own direction.
        """
