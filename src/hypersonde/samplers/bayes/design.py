"""The first points of a search, before there is anything to learn from: spread evenly over the space."""

from __future__ import annotations

import zlib

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.qmc import halton
from hypersonde.samplers.bayes.novelty import Novelty
from hypersonde.trials import History

__all__ = ["design"]


def design(history: History, novelty: Novelty, count: int, rng: np.random.Generator) -> Array:
    """Up to ``count`` rows (k, D) that go on where the trials of ``history`` stop.

    The first row of a search is drawn; all later ones follow a quasirandom sequence that the first row names:
    searches differ, while one search walks one sequence however its points are asked for.
    """
    encoding = history.problem.encoding
    first = history.X[:1]
    if not len(history):  # as it will stand in the history, to the last bit
        first = encoding.encode(encoding.decode(novelty.draw(1, lambda n: encoding.sample(n, rng))))
    head = first[len(history) : count]
    key = zlib.crc32(np.ascontiguousarray(first).tobytes())
    cursor = max(len(history), 1)

    def walk(n: int) -> Array:
        nonlocal cursor
        cursor += n
        return encoding.from_unit(halton(cursor - n, n, len(encoding.columns), key))

    rows = novelty.draw(count - len(head), walk)
    rest = novelty.draw(count - len(head) - len(rows), lambda n: encoding.sample(n, rng))
    return np.concatenate([head, rows, rest])
