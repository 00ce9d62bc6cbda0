"""Densities of good and of bad points as mixtures of product kernels: the model of TPE.

Bergstra, Bardenet, Bengio and Kegl (2011), "Algorithms for hyper-parameter optimization"; Watanabe (2023),
arXiv 2304.11127. Letters of the latter: ``l`` density of the good, ``g`` of the bad, ``gamma`` the share of the good.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import logsumexp, ndtr, ndtri

from hypersonde.columns import Array, Columns, Mask

__all__ = ["DensityRatio", "Parzen", "Tpe"]

_BLOCK = 1 << 20
"""Numbers in memory at once when kernels meet rows."""
_SMALLEST = 1e-300


@dataclass(frozen=True, eq=False)
class Parzen:
    """A mixture of k product kernels and one that is flat (the prior), which weighs as much as one point.

    A numeric column has normal kernels truncated to [0, 1], summed over the cell of a gridded one; a categorical one
    the point's category, and all others a little. An inactive value says nothing of the column.

    Attributes
    ----------
    points : (k, D) encoded rows, k >= 0.
    columns : what they mean.
    widths : (k, D) standard deviations of the normal kernels.
    """

    points: Array
    columns: Columns
    widths: Array

    @classmethod
    def of(cls, points: Array, columns: Columns, width: float, narrowest: float) -> Parzen:
        """Widths ``width * k^(-1 / (D + 4))`` (Scott 1992), not below `narrowest` or half a cell of the grid."""
        k, D = max(len(points), 1), len(columns)
        half_cell = (columns.shifted(points, 0.5) - columns.shifted(points, -0.5)) / 2.0
        return cls(points, columns, np.fmax(half_cell, max(width * k ** (-1.0 / (D + 4)), narrowest)))

    def log(self, X: Array) -> Array:
        """Log density (n,) of the rows of ``X`` (n, D), up to a constant that all mixtures on the columns share."""
        rows = max(1, _BLOCK // (len(self.points) + 1))
        return np.concatenate([self._log(X[i : i + rows]) for i in range(0, max(len(X), 1), rows)])

    def _log(self, X: Array) -> Array:
        kernels = np.zeros((len(X), len(self.points) + 1))
        for j in range(len(self.columns)):
            x, mu = X[:, j, None], self.points[None, :, j]
            log = self._category(x, mu, j) if self.columns.categorical[j] else self._normal(X, mu, j)
            flat = self._flat(X, j)
            kernels[:, :-1] += np.where(np.isnan(log), flat, log)
            kernels[:, -1:] += flat
        mixture: Array = logsumexp(kernels, axis=1) - np.log(kernels.shape[1])
        return mixture

    def _flat(self, X: Array, j: int) -> Array:
        """Log of the flat kernel (n, 1): the probability of the level at each row (n, D), or 0 for a continuum."""
        width = np.full((len(X), 1), 1.0 / max(self.columns.levels[j], 1))
        if self.columns.levels[j] and not self.columns.categorical[j]:
            lower, upper = self._cells(X, j)
            width = np.where(np.isnan(upper), width, upper - lower)
        return np.asarray(np.log(width))

    def _cells(self, X: Array, j: int) -> tuple[Array, Array]:
        """Borders (n, 1) of the cells of a gridded column in rows ``X`` (n, D)."""
        return self.columns.shifted(X, -0.5)[:, j, None], self.columns.shifted(X, 0.5)[:, j, None]

    def _category(self, x: Array, mu: Array, j: int) -> Array:
        """Log kernels (n, k) in a categorical column; NaN where inactive."""
        same, other = self._affinity(j)
        log = np.where(x == mu, np.float64(np.log(same)), np.float64(np.log(other)))
        return np.where(np.isnan(x) | np.isnan(mu), np.nan, log)

    def _affinity(self, j: int) -> tuple[float, float]:
        """Probabilities of the kernel's own category and of each other one."""
        k, levels = max(len(self.points), 1), int(self.columns.levels[j])
        return (1.0 + 1.0 / k) / (1.0 + levels / k), (1.0 / k) / (1.0 + levels / k)

    def _normal(self, X: Array, mu: Array, j: int) -> Array:
        """Log kernels (n, k) of the rows ``X`` (n, D) in a numeric column; NaN where inactive."""
        s, x = self.widths[:, j], X[:, j, None]
        low, high = self._bounds[0][:, j], self._bounds[1][:, j]
        if not self.columns.levels[j]:
            return np.asarray(-0.5 * ((x - mu) / s) ** 2 - np.log(np.sqrt(2 * np.pi) * s * (high - low)))
        _, first, place = np.unique(x[:, 0], return_index=True, return_inverse=True)
        lower, upper = self._cells(X[first], j)
        mass = ndtr((upper - mu) / s) - ndtr((lower - mu) / s)
        log: Array = np.log(np.maximum(mass / (high - low), _SMALLEST))
        return log[place]

    @cached_property
    def _bounds(self) -> tuple[Array, Array]:
        """Probabilities (k, D) of each kernel below 0 and below 1, before truncation."""
        return ndtr(-self.points / self.widths), ndtr((1.0 - self.points) / self.widths)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """(n, D) rows drawn from the mixture, every column with a value; numbers are not yet on their grids."""
        kernel, U = rng.integers(0, len(self.points) + 1, n), rng.random((n, len(self.columns)))
        chosen = np.concatenate((self.points, np.full((1, len(self.columns)), np.nan)))[kernel]
        X = np.where(np.isnan(chosen), U, 0.0)
        for j, levels in enumerate(self.columns.levels):
            near, mu = ~np.isnan(chosen[:, j]), chosen[:, j]
            if self.columns.categorical[j]:
                X[:, j] = _draw_category(U[:, j], mu, near, int(levels), self._affinity(j)[0])
            else:
                low, high = self._bounds[0][kernel[near], j], self._bounds[1][kernel[near], j]
                X[near, j] = mu[near] + self.widths[kernel[near], j] * ndtri(low + U[near, j] * (high - low))
        X[:, ~self.columns.categorical] = np.clip(X[:, ~self.columns.categorical], 0.0, 1.0)
        return X


def _draw_category(u: Array, own: Array, near: Mask, levels: int, same: float) -> Array:
    """(n,) the own category with probability `same`, else one of the others, from uniform `u`; any if not near."""
    anywhere = np.minimum(np.floor(u * levels), levels - 1)
    rest = np.floor((u - same) / max(1.0 - same, _SMALLEST) * (levels - 1))
    rest = np.clip(rest, 0, max(levels - 2, 0))
    rest = rest + (rest >= own)
    return np.where(near, np.where((u < same) | (levels == 1), own, rest), anywhere)


@dataclass(frozen=True, slots=True, eq=False)
class DensityRatio:
    """What distinguishes good points from bad ones.

    Attributes
    ----------
    good, bad : l and g.
    """

    good: Parzen
    bad: Parzen

    def log(self, X: Array) -> Array:
        """log l(x) - log g(x), (n,), at the rows of ``X`` (n, D): the larger, the more the expected improvement."""
        return self.good.log(X) - self.bad.log(X)


@dataclass(frozen=True, slots=True)
class Tpe:
    """Settings of the tree-structured Parzen estimator.

    Attributes
    ----------
    gamma : share of the points that count as good, rounded up.
    most_good : not more than this many are good.
    most_bad : the bad ones are represented by this many, spread evenly over their losses.
    width : of the kernels of one point.
    narrowest : no kernel is narrower.
    """

    gamma: float = 0.1
    most_good: int = 25
    most_bad: int = 200
    width: float = 0.12
    narrowest: float = 0.01

    def fit(self, X: Array, losses: Array, columns: Columns, pending: Array | None = None) -> DensityRatio:
        """The densities of the better and the worse rows of ``X`` (n, D) by `losses` (n,), LOWER IS BETTER.

        Rows without a loss (NaN) are bad, and so are the `pending` ones (p, D): new points keep away from them.
        """
        order = np.argsort(losses, kind="stable")
        known = len(losses) - int(np.isnan(losses).sum())
        good = min(int(np.ceil(self.gamma * len(losses))), self.most_good, known)
        worse = order[good:]
        kept = worse[np.unique(np.linspace(0, len(worse) - 1, min(len(worse), self.most_bad)).astype(np.int64))]
        bad = X[kept] if pending is None else np.concatenate((X[kept], pending[-self.most_bad :]))
        shape = self.width, self.narrowest
        return DensityRatio(Parzen.of(X[order[:good]], columns, *shape), Parzen.of(bad, columns, *shape))
