"""Points that fill the unit cube more evenly than random ones: a randomised Halton sequence."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array

__all__ = ["halton"]

_DIGITS = 48
"""Digits in base 2 that are worked out; larger bases need fewer for the same 2^-48."""


def halton(start: int, count: int, width: int, key: int) -> Array:
    """Points ``start`` .. ``start + count - 1`` of the sequence that ``key`` stands for, (count, width) in [0, 1).

    Each coordinate is a radical inverse in its own prime base, every digit under a random permutation of its
    own, leading zeros included: uniform in distribution, any stretch of it is well spread (Owen 2017,
    arXiv 1706.02808). Any number of points in any width, without tables.

    >>> halton(0, 4, 1, key=0).shape, sorted(np.floor(4 * halton(0, 4, 1, key=0)[:, 0]).tolist())
    ((4, 1), [0.0, 1.0, 2.0, 3.0])
    """
    rng = np.random.default_rng([key, 0x4A17])
    return np.column_stack([_radical_inverse(start, count, base, rng) for base in _primes(width)])


def _radical_inverse(start: int, count: int, base: int, rng: np.random.Generator) -> Array:
    rest = np.arange(start, start + count)
    u = np.zeros(count)
    place = 1.0 / base
    for _ in range(max(2, int(np.ceil(_DIGITS / np.log2(base))))):
        rest, digit = np.divmod(rest, base)
        u += rng.permutation(base)[digit] * place
        place /= base
    return u


def _primes(count: int) -> list[int]:
    """The first ``count`` primes."""
    primes: list[int] = []
    candidate = 2
    while len(primes) < count:
        if all(candidate % p for p in primes if p * p <= candidate):
            primes.append(candidate)
        candidate += 1
    return primes
