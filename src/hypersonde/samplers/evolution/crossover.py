"""Crossover: encoded rows, mixed.

Parents are complete rows (no NaN, see `mutation.complete`): a gene of an inactive parameter travels along.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from hypersonde.columns import Array, Columns
from hypersonde.samplers.evolution.mutation import reflect

__all__ = ["multiple", "sigmoid", "simulated_binary", "uniform"]


def uniform(A: Array, B: Array, rng: np.random.Generator, share: float = 0.5) -> Array:
    """(n, D) children that take each gene from the row in ``B`` with probability ``share``, else from that in ``A``.

    >>> uniform(np.zeros((1, 3)), np.ones((1, 3)), np.random.default_rng(0), share=1.0)
    array([[1., 1., 1.]])
    """
    return np.where(rng.random(A.shape) < share, B, A)


def multiple(parents: Array, n: int, rng: np.random.Generator) -> Array:
    """(n, D) children that take each gene from any of the ``parents`` (p, D), all equally likely."""
    donor: npt.NDArray[np.int64] = rng.integers(len(parents), size=(n, parents.shape[1]))
    return parents[donor, np.arange(parents.shape[1])]


def sigmoid(
    A: Array, B: Array, loss_a: Array, loss_b: Array, rng: np.random.Generator, temperature: float = 1.0
) -> Array:
    """(n, D) children that take each gene from ``B`` the more likely, the better it is: lower losses (n,) win.

    The probability is 1 / (1 + exp((loss_b - loss_a) / temperature)), temperature > 0 in units of the loss.
    """
    share = expit((loss_a - loss_b) / temperature)
    return np.where(rng.random(A.shape) < share[:, None], B, A)


def simulated_binary(A: Array, B: Array, columns: Columns, rng: np.random.Generator, eta: float = 20.0) -> Array:
    """(n, D) children spread about both parents: c = ((1 + beta) a + (1 - beta) b) / 2, and a for b by chance (SBX).

    The larger ``eta``, the closer to the parents: beta = (2 u)^(1 / (eta + 1)) for u < 1/2, else the inverse of
    (2 - 2 u)^(1 / (eta + 1)) (Deb and Agrawal 1995). Numbers are reflected at the ends of their range; half of the
    columns stay as in ``A``, and a category comes from either parent.
    """
    u, half, other = rng.random((3, *A.shape))
    swap, spread = half < 0.5, other < 0.5
    A, B = np.where(swap, B, A), np.where(swap, A, B)
    beta = np.where(u < 0.5, 2.0 * u, 0.5 / (1.0 - u)) ** (1.0 / (eta + 1.0))
    child = reflect((A + B + beta * (A - B)) / 2.0)
    if columns.mixed:
        spread &= ~columns.categorical
    return np.where(spread, child, A)
