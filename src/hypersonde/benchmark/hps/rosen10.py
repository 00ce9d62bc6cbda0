"""Rosenbrock's valley in 10 dimensions, turned upside down: the maximum is 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypersonde.benchmark.hps.functions import point, rosenbrock, rosenbrock_problem

Problem = rosenbrock_problem(10)


def run(config: Mapping[str, Any]) -> float:
    """-f(x1 ... x10), at most 0."""
    return rosenbrock(point(config, "x", 1))
