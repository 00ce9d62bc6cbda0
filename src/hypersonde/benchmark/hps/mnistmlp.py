"""Handwritten digits read by a perceptron with several hidden layers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from hypersonde.benchmark import data
from hypersonde.benchmark.networks import accuracy, activation, network_problem, torch

Problem = network_problem({"nhidden": (1, 100), "nunits": (1, 1000)}, {"nhidden": 1, "nunits": 1})


def run(config: Mapping[str, Any], data_source: str | None = None) -> float:
    """Accuracy in [0, 1] on the test images."""
    nn = torch().nn
    train, test = data.mnist(data_source)
    classes = int(train.y.max()) + 1

    def build() -> Any:
        widths = [train.X[0].size, *[config["nunits"]] * (config["nhidden"] + 1)]
        layers: list[Any] = [nn.Flatten()]
        for a, b in pairwise(widths):
            layers += [nn.Linear(a, b), activation(config["activation"]), nn.Dropout(config["dropout"])]
        return nn.Sequential(*layers, nn.Linear(widths[-1], classes))

    return accuracy(build, (train.X, train.y), (test.X, test.y), config)
