"""CMA-ES with margin: a normal distribution over numbers, some of them on grids, and one over categories.

Hansen (2016), arXiv 1604.00772, "the tutorial": letters and equation numbers. Hamano et al. (2022), arXiv 2205.13482:
the margin, which keeps neighbouring cells of a grid in reach. Hamano et al. (2024), arXiv 2405.09962: categories.
Hansen (2011), arXiv 1110.4181: points that the distribution did not draw itself, or drew long ago, count with a bounded
step. Ros and Hansen (2008), "A simple modification in CMA-ES achieving linear time and space complexity": separable.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from scipy.special import ndtr, ndtri

from hypersonde.columns import Array

__all__ = ["Categories", "Constants", "Normal", "constants"]

_SMALLEST = 1e-12
"""Deviations and eigenvalues are not smaller than this, relative to the largest."""


@dataclass(frozen=True)
class Constants:
    """Numbers that follow from the dimension ``n`` and the population ``lam`` (tutorial, table 1).

    Attributes
    ----------
    active : whether the worse half of the points count, too, with negative weights, in the covariance.
    separable : whether the covariance is a diagonal, which is learned faster.

    >>> Constants(n=10, lam=10).mu
    5
    """

    n: int
    lam: int
    active: bool = False
    separable: bool = False

    @property
    def mu(self) -> int:
        """Parents: the better half."""
        return max(self.lam // 2, 1)

    @cached_property
    def weights(self) -> Array:
        """(mu,) positive, decreasing, of sum one (eq. 49)."""
        w = np.log((self.lam + 1) / 2) - np.log(np.arange(1, self.mu + 1))
        return np.asarray(w / w.sum()) if self.mu > 1 else np.ones(1)

    @cached_property
    def negative(self) -> Array:
        """(lam - mu,) weights of the worse half, at most 0, decreasing; all 0 when not `active` (eq. 49 to 53)."""
        w = np.log((self.lam + 1) / 2) - np.log(np.arange(self.mu + 1, self.lam + 1))
        total = float(-w.sum())
        if not self.active or total <= 0.0 or self.c_mu <= 0.0:
            return np.zeros(len(w))
        mu_eff = total**2 / float(np.sum(w**2))
        alpha = min(
            1 + self.c_1 / self.c_mu,  # eq. 50
            1 + 2 * mu_eff / (self.mu_eff + 2),  # eq. 51
            (1 - self.c_1 - self.c_mu) / (self.n * self.c_mu),  # eq. 52
        )
        return np.asarray(alpha / total * w)

    @cached_property
    def mu_eff(self) -> float:
        """Effective number of parents (eq. 8)."""
        return float(1.0 / np.sum(self.weights**2))

    @cached_property
    def c_sigma(self) -> float:
        """Rate of the path of sigma (eq. 55)."""
        return (self.mu_eff + 2) / (self.n + self.mu_eff + 5)

    @cached_property
    def d_sigma(self) -> float:
        """Damping of sigma (eq. 55)."""
        return 1 + 2 * max(0.0, float(np.sqrt((self.mu_eff - 1) / (self.n + 1))) - 1) + self.c_sigma

    @cached_property
    def c_c(self) -> float:
        """Rate of the path of the covariance (eq. 56)."""
        return (4 + self.mu_eff / self.n) / (self.n + 4 + 2 * self.mu_eff / self.n)

    @cached_property
    def c_1(self) -> float:
        """Rate of the rank-one update (eq. 57)."""
        return min(1.0, self._haste * 2 / ((self.n + 1.3) ** 2 + self.mu_eff))

    @cached_property
    def c_mu(self) -> float:
        """Rate of the rank-mu update (eq. 58)."""
        rate = 2 * (self.mu_eff - 2 + 1 / self.mu_eff) / ((self.n + 2) ** 2 + self.mu_eff)
        return min(1 - self.c_1, self._haste * rate)

    @cached_property
    def _haste(self) -> float:
        """How much faster a diagonal is learned (Ros and Hansen 2008, section 3)."""
        return (self.n + 2) / 3 if self.separable else 1.0

    @cached_property
    def chi(self) -> float:
        """Expected length of a standard normal vector (tutorial, below eq. 43)."""
        return float(np.sqrt(self.n) * (1 - 1 / (4 * self.n) + 1 / (21 * self.n**2)))

    @cached_property
    def longest(self) -> float:
        """Mahalanobis length above which a step is shortened (Hansen 2011)."""
        return float(np.sqrt(self.n) + 2 * self.n / (self.n + 2))


@lru_cache(maxsize=64)
def constants(n: int, lam: int, active: bool, separable: bool) -> Constants:
    """The same numbers again, not computed again."""
    return Constants(n, lam, active, separable)


@dataclass(frozen=True, eq=False)
class Normal:
    """x = m + sigma A C^(1/2) z: the state of the numbers' distribution.

    Attributes
    ----------
    m : (n,) mean.
    sigma : step size.
    C : (n, n) covariance.
    A : (n,) stretch of each coordinate, 1 where no margin was needed.
    p_sigma, p_c : (n,) evolution paths.
    generation : updates so far.
    """

    m: Array
    sigma: float
    C: Array
    A: Array
    p_sigma: Array
    p_c: Array
    generation: int

    @classmethod
    def start(cls, m: Array, sigma: float) -> Normal:
        """Round, at mean ``m`` (n,)."""
        n, zero = len(m), np.zeros(len(m))
        return cls(m, sigma, np.eye(n), np.ones(n), zero, zero, 0)

    @property
    def deviation(self) -> Array:
        """(n,) standard deviation of each coordinate."""
        return np.asarray(self.sigma * self.A * np.sqrt(np.diag(self.C)))

    @cached_property
    def _axes(self) -> tuple[Array, Array]:
        """B (n, n) and the square roots of the eigenvalues (n,): C = B D^2 B^T (eq. 38)."""
        diagonal = np.diag(self.C)
        if np.count_nonzero(self.C) == np.count_nonzero(diagonal):
            return np.eye(len(self.C)), np.sqrt(np.maximum(diagonal, _SMALLEST * max(diagonal.max(), _SMALLEST)))
        values, B = np.linalg.eigh(self.C)
        return B, np.sqrt(np.maximum(values, _SMALLEST * max(values[-1], _SMALLEST)))

    def sample(self, rng: np.random.Generator) -> Array:
        """(n,) one draw (eq. 38 to 40)."""
        B, D = self._axes
        return np.asarray(self.m + self.sigma * self.A * (B @ (D * rng.standard_normal(len(self.m)))))

    def updated(self, X: Array, k: Constants) -> Normal:
        """After the points ``X`` (lam, n), best first."""
        B, D = self._axes
        Y = self._steps(X, k)
        y_w = k.weights @ Y[: k.mu]  # eq. 41, with c_m = 1 in eq. 42
        m = self.m + self.sigma * self.A * y_w
        p_sigma = (1 - k.c_sigma) * self.p_sigma
        p_sigma += np.sqrt(k.c_sigma * (2 - k.c_sigma) * k.mu_eff) * (B @ ((B.T @ y_w) / D))  # eq. 43
        length = float(np.linalg.norm(p_sigma))
        sigma = self.sigma * float(np.exp(min(1.0, k.c_sigma / k.d_sigma * (length / k.chi - 1))))  # eq. 44
        settled = length / np.sqrt(1 - (1 - k.c_sigma) ** (2 * (self.generation + 1)))
        h = 1.0 if settled < (1.4 + 2 / (k.n + 1)) * k.chi else 0.0
        p_c = (1 - k.c_c) * self.p_c + h * np.sqrt(k.c_c * (2 - k.c_c) * k.mu_eff) * y_w  # eq. 45
        w = self._weights(Y, k)
        kept = 1 - k.c_1 - k.c_mu * (1 + k.negative.sum()) + (1 - h) * k.c_1 * k.c_c * (2 - k.c_c)
        C = kept * self.C + k.c_1 * np.outer(p_c, p_c) + k.c_mu * (Y.T * w) @ Y  # eq. 47
        C = np.diag(np.diag(C)) if k.separable else (C + C.T) / 2
        return Normal(m, sigma, C, self.A, p_sigma, p_c, self.generation + 1)

    def _weights(self, Y: Array, k: Constants) -> Array:
        """(lam,) weights of steps in the covariance; a negative one takes the same off any step (eq. 46)."""
        B, D = self._axes
        lengths = np.sum(((Y[k.mu :] @ B) / D) ** 2, axis=1)
        return np.concatenate([k.weights, k.negative * k.n / np.maximum(lengths, _SMALLEST)])

    def _steps(self, X: Array, k: Constants) -> Array:
        """(lam, n) steps y from the mean, none longer than the distribution could well have made."""
        B, D = self._axes
        Y = (X - self.m) / (self.sigma * self.A)
        lengths = np.linalg.norm((Y @ B) / D, axis=1)
        return np.asarray(Y * np.minimum(1.0, k.longest / np.maximum(lengths, _SMALLEST))[:, None])

    def with_margin(self, low: Array, high: Array, alpha: float) -> Normal:
        """The other cells of a grid stay in reach with probability `alpha` (Hamano 2022).

        ``low`` and ``high`` (n,) are the borders of the cell that holds the mean: infinite where the grid ends,
        NaN in coordinates without a grid.
        """
        s, grid = self.deviation, ~np.isnan(low)
        below, above = ndtr((low - self.m) / s), ndtr((self.m - high) / s)
        inner, m, A = grid & np.isfinite(low) & np.isfinite(high), self.m.copy(), self.A.copy()
        reach = -ndtri(alpha) * s
        first, last = grid & ~np.isfinite(low), grid & ~np.isfinite(high)
        m = np.where(first & ~last, np.maximum(m, high - reach), m)
        m = np.where(last & ~first, np.minimum(m, low + reach), m)
        if inner.any():
            p_low, p_high = _lifted(below[inner], above[inner], alpha)
            c_low, c_high = -ndtri(p_low), -ndtri(p_high)  # distances to the borders, in deviations
            m[inner] = (low[inner] * c_high + high[inner] * c_low) / (c_low + c_high)
            A[inner] *= (high[inner] - low[inner]) / (c_low + c_high) / s[inner]
        return replace(self, m=m, A=A)


def _lifted(below: Array, above: Array, alpha: float) -> tuple[Array, Array]:
    """Probabilities of leaving a cell downwards and upwards, each at least alpha / 2 (Hamano 2022)."""
    middle = 1 - below - above
    p_low, p_high, p_mid = (np.maximum(p, alpha / 2) for p in (below, above, middle))
    total = p_low + p_high + p_mid
    share = (1 - total) / np.maximum(total - 1.5 * alpha, _SMALLEST)
    return p_low + share * (p_low - alpha / 2), p_high + share * (p_high - alpha / 2)


@dataclass(frozen=True, eq=False)
class Categories:
    """Independent probabilities of the categories of each categorical parameter.

    Attributes
    ----------
    q : for each parameter its (levels,) probabilities.
    """

    q: tuple[Array, ...]

    @classmethod
    def start(cls, levels: list[int]) -> Categories:
        """All categories alike."""
        return cls(tuple(np.full(k, 1.0 / k) for k in levels))

    def sample(self, rng: np.random.Generator) -> Array:
        """One category of each parameter."""
        return np.array([float(rng.choice(len(q), p=q)) for q in self.q])

    def updated(self, X: Array, k: Constants) -> Categories:
        """After the categories ``X`` (lam, parameters), best first; NaN says nothing.

        The natural gradient of Hamano (2024) with a fixed rate; none falls below the margin given there.
        """
        free = sum(len(q) - 1 for q in self.q)
        rate = k.mu_eff / (k.mu_eff + free + 2)
        best = X[: k.mu]
        return Categories(tuple(self._moved(q, best[:, j], k, rate) for j, q in enumerate(self.q)))

    def _moved(self, q: Array, chosen: Array, k: Constants, rate: float) -> Array:
        active = ~np.isnan(chosen)
        if not active.any() or len(q) == 1:
            return q
        votes = np.bincount(chosen[active].astype(np.int64), k.weights[active], len(q))
        q = (1 - rate * votes.sum()) * q + rate * votes
        least = (1 - 0.73 ** (1 / len(self.q))) / (len(q) - 1)
        q = np.maximum(q, min(least, 0.5 / len(q)))
        spare = q - q.min()
        excess = q.sum() - 1.0
        q = q - excess * spare / max(float(spare.sum()), _SMALLEST)
        return np.asarray(q / q.sum())
