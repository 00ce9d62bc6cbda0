"""Rosenbrock's valley in 2 dimensions, turned upside down: the maximum is 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypersonde.benchmark.hps.functions import point, rosenbrock, rosenbrock_problem

Problem = rosenbrock_problem(2)


def run(config: Mapping[str, Any]) -> float:
    """-f(x1 ... x2), at most 0."""
    return rosenbrock(point(config, "x", 1))
