"""By how much a point may be expected to raise the hypervolume of a front, exactly, in logarithms.

All objectives are LOWER IS BETTER. What no point of the front dominates, below the reference, is cut into disjoint
boxes [l, u). A point y takes from each box the product over objectives of (u - max(l, y))+, which is
(u - y)+ - (l - y)+; so with independent normal predictions the expectation is a sum over boxes of products of
differences of expected improvements (Yang et al. 2019, "Efficient computation of expected hypervolume improvement using
box decomposition algorithms"). Logarithms keep a slope where it underflows (Ament et al. 2023, arXiv 2310.20708).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from hypersonde.columns import Array
from hypersonde.models.acquisition import log_h
from hypersonde.models.hypervolume import Staircase, Strip, pareto_mask

__all__ = ["Boxes"]

_Indices = npt.NDArray[np.int64]
_NEGLIGIBLE = 30.0
_LOG_SQRT_2PI = 0.5 * float(np.log(2.0 * np.pi))


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """What a front of two or three objectives leaves open.

    Attributes
    ----------
    lower, upper : (K, m) corners of K disjoint boxes; lower ones may be -inf.
    """

    lower: Array
    upper: Array

    @classmethod
    def around(cls, front: Array, reference: Array) -> Boxes:
        """Beside rows ``front`` (n, m), m = 2 or 3, below ``reference`` (m,); dominated rows do not matter.

        >>> boxes = Boxes.around(np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([3.0, 3.0]))
        >>> boxes.upper.tolist()
        [[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]]
        """
        inside = front[np.less(front, reference).all(axis=1)]
        kept = np.unique(inside[pareto_mask(inside)], axis=0)
        found = _flat(kept, reference) if len(reference) == 2 else _deep(kept, reference)
        corners = np.array(found).reshape(-1, 2, len(reference))
        return cls(corners[:, 0], corners[:, 1])

    def improvement(self, Y: Array) -> Array:
        """(n,) by how much each point of ``Y`` (n, m) alone raises the hypervolume."""
        side = self.upper - np.maximum(self.lower, Y[:, None, :])
        return np.asarray(np.maximum(side, 0.0).prod(axis=2).sum(axis=1))

    def log_expected(self, mean: Array, std: Array) -> Array:
        """(n,) logarithms of the expected improvement at points with predictions ``mean`` and ``std`` (n, m) > 0."""
        return _log_sum(self._logs(mean, std))

    def near(self, mean: Array, std: Array) -> Boxes:
        """Those that matter at one point with predictions (m,): all but a share of exp(-30) of its improvement."""
        logs = self._logs(mean[None], std[None])[0]
        kept = logs >= logs.max() - _NEGLIGIBLE
        return Boxes(self.lower[kept], self.upper[kept])

    def with_slopes(self, mean: Array, std: Array) -> tuple[float, Array, Array]:
        """The same at one point with predictions (m,), and its derivatives (m,) by the means and the deviations."""
        logs, by_mean, by_std = (np.zeros(self.upper.shape) for _ in range(3))
        for j in range(len(mean)):
            at, below = ((c[:, j] - mean[j]) / std[j] for c in (self.upper, self.lower))
            closed = np.isfinite(below)
            below = np.where(closed, below, 0.0)
            top, bottom = log_h(at), np.where(closed, log_h(below), -np.inf)
            logs[:, j] = _log_difference(top, bottom) + np.log(std[j])
            q = np.exp(bottom - top)
            rest = np.maximum(-np.expm1(bottom - top), 1e-300) * std[j]
            shift = np.where(closed, np.exp(log_ndtr(below) - log_h(below)), 0.0)
            spread = np.where(closed, np.exp(_log_density(below) - log_h(below)), 0.0)
            by_mean[:, j] = -(np.exp(log_ndtr(at) - top) - q * shift) / rest
            by_std[:, j] = (np.exp(_log_density(at) - top) - q * spread) / rest
        total = logs.sum(axis=1)
        value = float(_log_sum(total[None])[0])
        shares = np.exp(total - value)
        return value, shares @ by_mean, shares @ by_std

    def _logs(self, mean: Array, std: Array) -> Array:
        """(n, K) what each box adds, in logarithms."""
        total = np.zeros((len(mean), len(self.upper)))
        for j in range(self.upper.shape[1]):
            corners, low, high = self._corners(j)
            log_psi = log_h((corners - mean[:, [j]]) / std[:, [j]]) + np.log(std[:, [j]])
            total += _log_difference(log_psi[:, high], np.where(low < 0, -np.inf, log_psi[:, low]))
        return total

    def _corners(self, j: int) -> tuple[Array, _Indices, _Indices]:
        """Different coordinates of objective j, and where each box has its lower (-1: nowhere) and upper one."""
        corners = np.unique(np.concatenate([self.lower[:, j], self.upper[:, j]]))
        corners = corners[np.isfinite(corners)]
        low = np.where(np.isfinite(self.lower[:, j]), np.searchsorted(corners, self.lower[:, j]), -1)
        return corners, low, np.searchsorted(corners, self.upper[:, j])


def _log_difference(a: Array, b: Array) -> Array:
    """log(exp(a) - exp(b)) for a >= b, same shape; b may be -inf."""
    with np.errstate(divide="ignore"):
        return np.asarray(a + np.log(-np.expm1(np.minimum(b - a, 0.0))))


def _log_sum(logs: Array) -> Array:
    """log of the sums (n,) of exp(logs) (n, K); -inf where all of a row are."""
    highest = np.maximum(logs.max(axis=1), -1e300)
    with np.errstate(divide="ignore"):
        return np.asarray(highest + np.log(np.exp(logs - highest[:, None]).sum(axis=1)))


def _log_density(u: Array) -> Array:
    return -0.5 * u**2 - _LOG_SQRT_2PI


def _flat(front: Array, reference: Array) -> list[list[list[float]]]:
    """Strips along the first objective; rows of a front, in ascending order of it."""
    stairs = Staircase((float(reference[0]), float(reference[1])))
    for x, y in front.tolist():
        stairs.insert(x, y)
    return [[[left, -np.inf], [right, ceiling]] for left, right, ceiling in stairs.strips]


def _deep(front: Array, reference: Array) -> list[list[list[float]]]:
    """Slices along the third objective, strips in each; a strip that goes on through several slices is one box."""
    stairs = Staircase((float(reference[0]), float(reference[1])))
    begun = dict.fromkeys(stairs.strips, -np.inf)
    found: list[list[list[float]]] = []

    def close(strip: Strip, at: float) -> None:
        left, right, ceiling = strip
        since = begun.pop(strip)
        if since < at:
            found.append([[left, -np.inf, since], [right, ceiling, at]])

    for x, y, z in front[np.argsort(front[:, 2], kind="stable")].tolist():
        gone, fresh = stairs.insert(x, y)
        for strip in gone:
            if strip not in fresh:
                close(strip, z)
        for strip in fresh:
            begun.setdefault(strip, z)
    for strip in list(begun):
        close(strip, float(reference[2]))
    return found
