"""The default sampler with one ingredient taken out: what each is worth is measured, not believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np


def _refinement() -> None:
    """Candidates are taken as they are."""
    from hypersonde.samplers.bayes import proposal

    proposal.refine = lambda encoding, criterion, x, value: (x, value)


def _believers() -> None:
    """Pending trials are ignored."""
    from hypersonde.samplers.bayes.proposal import Proposer

    Proposer._believing = lambda self, pending: self.aims.belief.posterior


def _trend() -> None:
    """No main effects beside the Matern kernel."""
    _prior(trend=1e-5, trend_width=1e-3)


def _elsewhere() -> None:
    """No other basin when the search has stalled."""
    from hypersonde.samplers.bayes import memory

    memory.stalled = lambda y, window, least: False


def _warp() -> None:
    """Losses are standardised and nothing else."""
    from hypersonde.models import outputs

    outputs.half_rank = lambda y: y
    outputs.log_stretch = lambda y: y


def _improvement() -> None:
    """Confidence bounds only."""
    _aim_odds(1.0)


def _bounds() -> None:
    """Expected improvement only."""
    _aim_odds(0.0)


def _length_prior() -> None:
    """The long length scales of Hvarfner et al. 2024."""
    _prior(length=float(np.exp(np.sqrt(2.0))), length_width=float(np.sqrt(3.0)))


def _design() -> None:
    """Random points to start with."""
    from hypersonde.samplers.bayes import design

    design.halton = lambda start, count, width, key: np.random.default_rng([start, key]).random((count, width))


def _again() -> None:
    """No trial is tried again."""
    _options(again=False)


def _bowl() -> None:
    """No lowest points of bowls."""
    from hypersonde.samplers.bayes import moment

    moment._BY_BOWL = 0.0


def _density() -> None:
    """No suggestions by density ratio."""
    from hypersonde.samplers.bayes import moment

    moment._BY_DENSITY = 0.0


def _prior(**changes: Any) -> None:
    from hypersonde.models.gp import Prior

    _options(prior=replace(Prior(), **changes))


def _options(**changes: Any) -> None:
    from hypersonde.samplers.auto import Auto

    plain = Auto.__init__

    def changed(self: Auto, **options: Any) -> None:
        plain(self, **{**changes, **options})

    Auto.__init__ = changed


def _aim_odds(bounds: float) -> None:
    from hypersonde.samplers.bayes.aim import Aims

    Aims.bound_odds = bounds


INGREDIENTS: dict[str, Callable[[], None]] = {
    "refinement": _refinement,
    "believers": _believers,
    "trend": _trend,
    "elsewhere": _elsewhere,
    "warp": _warp,
    "improvement": _improvement,
    "bounds": _bounds,
    "length_prior": _length_prior,
    "design": _design,
    "again": _again,
    "density": _density,
    "bowl": _bowl,
}
