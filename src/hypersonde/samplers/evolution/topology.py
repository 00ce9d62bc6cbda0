"""Between which islands trials move: a matrix, or one of a few by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from hypersonde.errors import InvalidInput, unknown

__all__ = ["TOPOLOGIES", "Matrix", "topology"]

Matrix = npt.NDArray[np.int64]
"""(k, k) how many trials go from the island of the row to that of the column in one migration."""


def ring(k: int) -> Matrix:
    """To the next one.

    >>> ring(3).tolist()
    [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    """
    return np.roll(np.eye(k, dtype=np.int64), 1, axis=1) if k > 1 else none(k)


def star(k: int) -> Matrix:
    """From the first one to all others, and from these to the first.

    >>> star(3).tolist()
    [[0, 1, 1], [1, 0, 0], [1, 0, 0]]
    """
    matrix = none(k)
    matrix[0, 1:] = matrix[1:, 0] = 1
    return matrix


def full(k: int) -> Matrix:
    """From each to each other."""
    return 1 - np.eye(k, dtype=np.int64)


def none(k: int) -> Matrix:
    """Islands that never meet."""
    return np.zeros((k, k), dtype=np.int64)


TOPOLOGIES: Final[dict[str, Callable[[int], Matrix]]] = {"ring": ring, "star": star, "full": full, "none": none}


def topology(given: str | Sequence[Sequence[int]] | npt.ArrayLike, k: int) -> Matrix:
    """The matrix of a name, of a matrix as JSON, or of a matrix, for k islands.

    Raises
    ------
    InvalidInput : no such name; not k x k whole numbers from 0 up with a diagonal of zeros.
    """
    if isinstance(given, str) and given in TOPOLOGIES:
        return TOPOLOGIES[given](k)
    if isinstance(given, str) and not given.lstrip().startswith("["):
        raise unknown("topology", given, TOPOLOGIES)
    try:
        found = np.array(json.loads(given) if isinstance(given, str) else given, dtype=np.float64)
    except ValueError as error:
        raise InvalidInput(f"topology: got {given!r}, expected a {k} x {k} matrix: {error}.") from None
    fits = found.shape == (k, k) and bool(np.all((found >= 0) & (found == np.floor(found))))
    if not fits or np.any(np.diag(found)):
        raise InvalidInput(
            f"topology: got {found.tolist()!r}, expected {k} rows of {k} whole numbers from 0 up, 0 on the diagonal: "
            f"how many trials go from the island of the row to that of the column."
        )
    return found.astype(np.int64)
