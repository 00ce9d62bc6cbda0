"""Which acquisition function to trust: GP-Hedge (Hoffman, Brochu and de Freitas 2011), "Portfolio allocation".

Every member nominates a candidate; one of them is chosen at random, those more likely whose nominees turned out
well. The nominees are written into the trial's record, so that the gains are a function of the history alone.
Two differences to the paper: past nominees are judged by the present model instead of the one of their day, which
knows more, and only the last `memory` of them count, since what is worth nominating changes as a search narrows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from hypersonde.columns import Array
from hypersonde.samplers.ambs.acquisitions import Acquisition
from hypersonde.samplers.ambs.strategies import Strategy
from hypersonde.trials import History, Trial

__all__ = ["CHOSEN_BY", "INSTEAD", "Portfolio"]

CHOSEN_BY = "acquisition"
"""Where a trial's record says which member chose it."""
INSTEAD = "instead"
"""Where it says what the others would have tried: encoded rows as JSON, only where they differ."""

_LOOK_BACK = 10
"""Choices are looked for among so many times more trials than are remembered."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Acquisition functions by name; with one member only, there is nothing to choose.

    Attributes
    ----------
    members : the acquisition functions, at least one.
    memory : how many of the last choices count.
    """

    members: Mapping[str, Acquisition]
    memory: int = 50

    def nominees(
        self, mean: Array, std: Array, best: float, strategy: Strategy, rng: np.random.Generator
    ) -> dict[str, int]:
        """The candidate that each member would take, by its index into ``mean`` and ``std`` (n,)."""
        members = {name: strategy.member(score, rng) for name, score in self.members.items()}
        return {name: strategy.pick(score(mean, std, best), rng) for name, score in members.items()}

    def past(self, history: History) -> Array:
        """(t, k, D) encoded rows that the k members nominated in the last t choices that the history records."""
        choices: list[Array] = []
        recent = islice(reversed(history), _LOOK_BACK * self.memory if len(self.members) > 1 else 0)
        for trial in recent:
            if trial.why.get(CHOSEN_BY) in self.members:
                choices.append(self._nominated(trial, history.X[trial.number]))
                if len(choices) == self.memory:
                    break
        return np.array(choices).reshape(-1, len(self.members), history.X.shape[1])

    def _nominated(self, trial: Trial, chosen: Array) -> Array:
        others = json.loads(trial.why.get(INSTEAD, "{}"))
        return np.array([others.get(name, chosen) for name in self.members], dtype=np.float64)

    def odds(self, rewards: Array) -> Array:
        """(k,) probabilities of the k members, from rewards (t, k) in [0, 1] of their last t nominees.

        Hedge with its rate for a known horizon, eta = sqrt(8 ln k / t) (Cesa-Bianchi and Lugosi 2006, th. 2.2).
        """
        k = len(self.members)
        eta = np.sqrt(8.0 * np.log(k) / max(len(rewards), 1))
        gains = eta * rewards.reshape(-1, k).sum(axis=0)
        weights = np.exp(gains - gains.max())
        return np.asarray(weights / weights.sum())

    def choose(self, odds: Array, rng: np.random.Generator) -> str:
        """A member's name, drawn with the given probabilities (k,)."""
        names: Sequence[str] = list(self.members)
        return names[int(rng.choice(len(names), p=odds))]

    def record(self, name: str, nominated: Mapping[str, Array]) -> dict[str, Any]:
        """What goes into the trial's record so that `past` can read it: encoded rows, null where inactive."""
        chosen = nominated[name]
        others = {
            other: [None if np.isnan(x) else float(x) for x in row]
            for other, row in nominated.items()
            if not np.array_equal(row, chosen, equal_nan=True)
        }
        return {CHOSEN_BY: name, INSTEAD: json.dumps(others)} if others else {CHOSEN_BY: name}
