"""Small colour photographs told apart by two blocks of two convolutions each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypersonde.benchmark import data
from hypersonde.benchmark.hps.convolutions import OWN, START, head, layer
from hypersonde.benchmark.networks import accuracy, network_problem, torch

Problem = network_problem(OWN, START)


def run(config: Mapping[str, Any], data_source: str | None = None) -> float:
    """Accuracy in [0, 1] on the test images."""
    train, test = data.cifar10(data_source)

    def build() -> Any:
        return torch().nn.Sequential(
            *_block(train.X.shape[1], config["f1_units"], config["f1_size"], config),
            *_block(config["f1_units"], config["f2_units"], config["f2_size"], config),
            *head(config, int(train.y.max()) + 1),
        )

    return accuracy(build, (train.X, train.y), (test.X, test.y), config)


def _block(inputs: int, outputs: int, size: int, config: Mapping[str, Any]) -> list[Any]:
    nn = torch().nn
    return [
        *layer(inputs, outputs, size, config["activation"]),
        *layer(outputs, outputs, size, config["activation"]),
        nn.MaxPool2d(config["p_size"], ceil_mode=True),
        nn.Dropout(config["dropout"]),
    ]
