"""The contract of a sampler: from what is known so far, what to try next."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from hypersonde.trials import History

AGAIN = "again"
"""The ``proposer`` in `Suggestion.why` of a configuration that was tried already and should be, on purpose, again."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A configuration to try and what the sampler says of it.

    Attributes
    ----------
    config : active parameters and their values.
    why : plain numbers and strings for the record: which proposer, predicted loss, deviation ...
    """

    config: Mapping[str, Any]
    why: Mapping[str, Any] = field(default_factory=dict)


class Sampler(ABC):
    """Chooses configurations. A pure function of the history and `rng`.

    The history holds pending trials too: running and waiting ones are points without a result. A sampler
    keeps settings, and nothing else that could not be rebuilt from the history; a fitted model may be
    cached under `History.version`. It never changes the history and never draws from any generator but
    the one it is handed.
    """

    name: ClassVar[str]
    """The word for it on the command line and in `Trial.origin`."""

    order_matters: ClassVar[str] = ""
    """Why the order in which results arrived matters to the suggestions; empty when it does not."""

    def planned(self, max_evals: int) -> Sampler:
        """The sampler for a search of so many trials, where it makes a difference; by default itself."""
        return self

    def forgets(self, history: History) -> bool:
        """Whether it heeds `History.departed`; for those who do not, a history without such trials is made instead."""
        return False

    @abstractmethod
    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        """`count` configurations to try next, different from each other and from pending ones.

        New ones, unless a suggestion says that it is `AGAIN` one that has ended.

        May return fewer, but at least one, when a small space runs out.

        Raises
        ------
        NothingToSuggest : every configuration was tried already, or a design is exhausted.
        """
