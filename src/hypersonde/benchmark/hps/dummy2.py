"""A line fitted by gradient descent: how many steps, how large, and a penalty to set to 0.

The original reads points of a file that was never published; here they are 200 points of y = x/2 + 3 with a
little noise, and the descent starts from a fixed line, so that the same configuration has the same value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hypersonde.problem import HpProblem

Problem = HpProblem({"epochs": (2, 500), "learning_rate": (1e-4, 0.05), "penalty": (0.0, 3.0)})
Problem.add_starting_point(epochs=10, learning_rate=0.01, penalty=0.5)


def run(config: Mapping[str, Any]) -> float:
    """-(half the mean squared error + penalty), below 0."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0.0, 5.0, 200)
    y = 0.5 * x + 3.0 + 0.1 * rng.standard_normal(200)
    a, b = 0.0, 0.5
    for _ in range(config["epochs"]):
        error = a * x + b - y
        a -= config["learning_rate"] * float(np.mean(error * x))
        b -= config["learning_rate"] * float(np.mean(error))
    return -0.5 * float(np.mean((a * x + b - y) ** 2)) - float(config["penalty"])
