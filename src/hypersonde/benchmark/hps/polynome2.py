"""A bowl over ten integers: -sum(e_i^2), at most 0, from the start e_i = i."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypersonde.benchmark.hps.functions import point
from hypersonde.problem import HpProblem

_DIMENSIONS = 10

Problem = HpProblem({f"e{i}": (-10, 10) for i in range(_DIMENSIONS)})
Problem.add_starting_point(**{f"e{i}": i for i in range(_DIMENSIONS)})


def run(config: Mapping[str, Any]) -> float:
    """-sum(e_i^2), at most 0."""
    return float(-sum(e**2 for e in point(config, "e", 0)))
