"""Which scale factors and crossover rates brought improvement: the success history of SHADE.

R. Tanabe and A. S. Fukunaga, Success-history based parameter adaptation for differential evolution, IEEE CEC 2013, with
the terminal value of L-SHADE (2014). Letters: memories ``M_F`` and ``M_CR`` of length ``H``, scale factor ``F``,
crossover rate ``CR``. Their ``M_CR`` begins at 0.5; here at 0.3, since a search of hyperparameters ends after few
generations, and what is right for one parameter is mostly right whatever the others are. They weigh by what was gained;
here all that succeeded counts alike (as in JADE, Zhang and Sanderson 2009), so that only the order of losses matters.
"""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array

__all__ = ["SuccessHistory"]


class SuccessHistory:
    """`draw` gives an F and a CR, `succeed` notes what they brought, `update` learns from what was noted."""

    def __init__(self, H: int = 6) -> None:
        self._M_F, self._M_CR, self._k = np.full(H, 0.5), np.full(H, 0.3), 0
        self._S: list[tuple[float, float]] = []

    def draw(self, rng: np.random.Generator) -> tuple[float, float]:
        """F ~ Cauchy(M_F, 0.1), cut at 1 and drawn again at 0; CR ~ N(M_CR, 0.1), or 0 once only CR = 0 won."""
        r = rng.integers(len(self._M_F))
        CR = 0.0 if np.isnan(self._M_CR[r]) else min(max(rng.normal(self._M_CR[r], 0.1), 0.0), 1.0)
        F = 0.0
        while F <= 0.0:
            F = min(float(self._M_F[r] + 0.1 * rng.standard_cauchy()), 1.0)
        return F, float(CR)

    def succeed(self, F: float, CR: float) -> None:
        """A child made with F and CR was better than its parent."""
        self._S.append((F, CR))

    def update(self) -> None:
        """One memory becomes the Lehmer mean of what succeeded since the last update."""
        if not self._S:
            return
        F, CR = np.array(self._S).T
        self._M_F[self._k] = _lehmer(F)
        never = np.isnan(self._M_CR[self._k]) or CR.max() == 0.0
        self._M_CR[self._k] = np.nan if never else _lehmer(CR)
        self._k = (self._k + 1) % len(self._M_F)
        self._S.clear()


def _lehmer(s: Array) -> float:
    """Lehmer mean: sum s^2 / sum s."""
    return float(np.sum(s * s) / np.sum(s))
