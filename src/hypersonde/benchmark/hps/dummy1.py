"""The three-hump camel around its middle hump, upside down, with a category that costs 2: the maximum is 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypersonde.problem import HpProblem

Problem = HpProblem({"x": (-0.3, 0.3), "y": (-1.0, 1.0), "penalty": ["no", "yes"]})
Problem.add_starting_point(x=0.0, y=0.0, penalty="yes")


def run(config: Mapping[str, Any]) -> float:
    """-(2x^2 - 1.05x^4 + x^6/6 + xy + y^2), less 2 with the penalty; at most 0."""
    x, y = config["x"], config["y"]
    camel = 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y + y**2
    return -float(camel + 2.0 * (config["penalty"] == "yes"))
