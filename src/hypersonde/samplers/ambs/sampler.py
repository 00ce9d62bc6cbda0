"""AMBS, asynchronous model-based search: fit what is known, lie about what is pending, take what looks best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import numpy as np

from hypersonde.errors import InvalidInput, unknown
from hypersonde.models.base import Surrogate
from hypersonde.models.dummy import Dummy
from hypersonde.samplers.ambs.acquisitions import (
    LCB,
    Acquisition,
    ExpectedImprovement,
    ProbabilityOfImprovement,
)
from hypersonde.samplers.ambs.batch import Batch
from hypersonde.samplers.ambs.belief import Beliefs
from hypersonde.samplers.ambs.liar import Lie
from hypersonde.samplers.ambs.portfolio import Portfolio
from hypersonde.samplers.ambs.strategies import STRATEGIES, Strategy
from hypersonde.samplers.ambs.surrogates import SURROGATES
from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.lessons import Lessons
from hypersonde.samplers.quasirandom import QuasiRandom
from hypersonde.trials import History

__all__ = ["ACQUISITIONS", "AMBS"]

ACQUISITIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "gp_hedge": ("EI", "PI", "LCB"),
    "LCB": ("LCB",),
    "UCB": ("LCB",),
    "EI": ("EI",),
    "PI": ("PI",),
}
"""Which acquisition functions a word stands for; UCB is LCB seen from a maximised objective."""


class AMBS(Sampler):
    """Asynchronous model-based search.

    Parameters
    ----------
    surrogate : the model of the losses: "RF", "ET", "GBRT", "GP", "DUMMY" (random search), or a `Surrogate`.
    acquisition : what makes a candidate worthwhile: "gp_hedge" (a portfolio of the others), "LCB" (also "UCB"), "EI",
        "PI", or an `Acquisition`.
    kappa : deviations below the mean for LCB, >= 0; more explores more.
    xi : the improvement that EI and PI ask for, >= 0, in standard deviations of the losses seen.
    liar : what pending trials are taken to be: "cl_max", "cl_min", "cl_mean" (see `hypersonde.samplers.ambs.liar`), or
        a function of the losses; or how to do without: "topk", "boltzmann", "qUCB" (see
        `hypersonde.samplers.ambs.strategies`). qUCB is for LCB, and makes gp_hedge mean LCB.
    initial_points : results to wait for before the model is asked; until then a scrambled Sobol sequence.
    candidates : configurations that the model is asked about for one suggestion.
    elsewhere : probability that a suggestion has to differ from the best trial in one category. Trees judge a category
        by the few trials that it got, and may never come back to it otherwise. Not for DUMMY.
    """

    name: ClassVar[str] = "ambs"
    order_matters: ClassVar[str] = "which results the last full fit has seen depends on the order of their arrival"

    def __init__(
        self,
        surrogate: str | Surrogate = "RF",
        acquisition: str | Acquisition = "gp_hedge",
        *,
        kappa: float = 1.96,
        xi: float = 0.01,
        liar: str | Lie = "cl_max",
        initial_points: int = 10,
        candidates: int = 512,
        elsewhere: float = 0.2,
    ) -> None:
        _at_least("kappa", kappa, 0)
        _at_least("xi", xi, 0)
        _at_least("initial_points", initial_points, 1)
        _at_least("candidates", candidates, 1)
        if not 0.0 <= elsewhere <= 1.0:
            raise InvalidInput(f"AMBS: elsewhere is a probability, got {elsewhere!r}.")
        settings = _chosen("surrogate", surrogate, SURROGATES)() if isinstance(surrogate, str) else surrogate
        self._beliefs = Beliefs(settings)
        self._portfolio = _portfolio(acquisition, kappa, xi)
        self._strategy = _strategy(liar)
        if self._strategy.own_kappa:
            self._portfolio = _portfolio(_with_kappa(acquisition), kappa, xi)
        self._initial_points = initial_points
        self._candidates = candidates
        self._elsewhere = 0.0 if isinstance(settings, Dummy) else elsewhere
        self._design = QuasiRandom("sobol")

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        lessons = Lessons.of(history)
        if not lessons.informative or len(lessons.numbers) < self._initial_points:
            return self._design.suggest(history, count, rng)
        belief = self._beliefs.of(history, lessons, rng)
        batch = Batch(history, belief, self._portfolio, self._strategy, self._candidates, self._elsewhere, rng)
        return batch.take(count)


def _at_least(what: str, got: float, least: float) -> None:
    if not got >= least:
        raise InvalidInput(f"AMBS: {what} must be at least {least}, got {got!r}.")


def _chosen(what: str, word: str, table: Mapping[str, Any]) -> Any:
    """The entry of a table that a word stands for, whatever its case."""
    for known, entry in table.items():
        if known.lower() == word.lower():
            return entry
    raise unknown(what, word, table)


def _strategy(liar: str | Lie) -> Strategy:
    if not isinstance(liar, str):
        return Strategy(liar)
    found: Strategy = _chosen("liar strategy", liar, STRATEGIES)
    return found


def _with_kappa(acquisition: str | Acquisition) -> str | Acquisition:
    """The acquisition function for a strategy that draws kappa.

    Raises
    ------
    InvalidInput : it has none.
    """
    if isinstance(acquisition, LCB):
        return acquisition
    if isinstance(acquisition, str) and ACQUISITIONS.get(acquisition, ("LCB",))[-1] == "LCB":
        return "LCB"
    raise InvalidInput(
        f"AMBS: the liar strategy qUCB draws kappa for LCB, got the acquisition function {acquisition!r}. Use LCB, or "
        "another strategy."
    )


def _portfolio(acquisition: str | Acquisition, kappa: float, xi: float) -> Portfolio:
    if not isinstance(acquisition, str):
        return Portfolio({type(acquisition).__name__: acquisition})
    members: dict[str, Acquisition] = {
        "LCB": LCB(kappa),
        "EI": ExpectedImprovement(xi),
        "PI": ProbabilityOfImprovement(xi),
    }
    return Portfolio({name: members[name] for name in _chosen("acquisition function", acquisition, ACQUISITIONS)})
