"""Functions with a known maximum of 0, and the spaces that they are searched on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from hypersonde.problem import HpProblem


def rosenbrock(x: Sequence[float]) -> float:
    """-sum(100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2); 0 at (1, ..., 1). Rosenbrock 1960.

    >>> rosenbrock([1.0, 1.0, 1.0]), rosenbrock([0.0, 0.0])
    (-0.0, -1.0)
    """
    return -sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def rosenbrock_problem(dimensions: int) -> HpProblem:
    """x1 ... xN in [-3, 4], from the fixed start x = (-2, ..., -2)."""
    problem = HpProblem({f"x{i}": (-3.0, 4.0) for i in range(1, dimensions + 1)})
    problem.add_starting_point(**dict.fromkeys(problem.names, -2.0))
    return problem


def point(config: Mapping[str, Any], letter: str, first: int) -> list[float]:
    """The coordinates ``letter + number`` of a configuration, in the order of the numbers."""
    return [config[f"{letter}{i}"] for i in range(first, first + len(config))]
