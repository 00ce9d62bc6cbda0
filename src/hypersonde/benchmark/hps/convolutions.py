"""The space and the layers that the image problems share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hypersonde.benchmark.networks import activation, torch

OWN: Final[Mapping[str, Any]] = {
    "f1_size": [1, 3, 5, 7],
    "f2_size": [1, 3, 5, 7],
    "f1_units": [8, 16, 32, 64],
    "f2_units": [8, 16, 32, 64],
    "p_size": [2, 3, 4],
    "nunits": (1, 1000),
}
START: Final[Mapping[str, Any]] = {
    "f1_size": 1,
    "f2_size": 1,
    "f1_units": 8,
    "f2_units": 8,
    "p_size": 2,
    "nunits": 1,
}


def layer(inputs: int, outputs: int, size: int, function: str) -> list[Any]:
    """A convolution that keeps the image's size, with its activation."""
    return [torch().nn.Conv2d(inputs, outputs, size, padding="same"), activation(function)]


def head(config: Mapping[str, Any], classes: int) -> list[Any]:
    """The dense layers after the convolutions: images of any size -> scores of the classes."""
    nn = torch().nn
    return [
        nn.Flatten(),
        nn.LazyLinear(config["nunits"]),
        activation(config["activation"]),
        nn.Dropout(config["dropout"]),
        nn.Linear(config["nunits"], classes),
    ]
