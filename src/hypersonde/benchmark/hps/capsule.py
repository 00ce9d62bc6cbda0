"""Small colour photographs told apart by convolutions under a layer of capsules.

Sabour, Frosst and Hinton 2017, "Dynamic Routing Between Capsules", arXiv 1710.09829: section 2 for squashing
and routing, equation 4 for the margin loss. The original's range of its own parameters is not known: here
they lie around its defaults (two convolutions, 16 dimensions, 3 routings, shared weights).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypersonde.benchmark import data
from hypersonde.benchmark.hps.convolutions import layer
from hypersonde.benchmark.networks import accuracy, network_problem, torch

Problem = network_problem(
    {"num_conv": (1, 4), "dim_capsule": (2, 32), "routings": (1, 5), "share_weights": [True, False]},
    {"num_conv": 1, "dim_capsule": 2, "routings": 1, "share_weights": True},
    epochs=100,
)


def run(config: Mapping[str, Any], data_source: str | None = None) -> float:
    """Accuracy in [0, 1] on the test images."""
    nn = torch().nn
    train, test = data.cifar10(data_source)
    classes = int(train.y.max()) + 1

    def build() -> Any:
        layers = _convolutions(train.X.shape[1], 64, config)
        layers += [nn.AvgPool2d(2), *_convolutions(64, 128, config)]
        positions = (train.X.shape[2] // 2) * (train.X.shape[3] // 2)
        return capsules(nn.Sequential(*layers), positions, classes, config)

    return accuracy(build, (train.X, train.y), (test.X, test.y), config, margin_loss)


def _convolutions(inputs: int, outputs: int, config: Mapping[str, Any]) -> list[Any]:
    layers: list[Any] = []
    for i in range(config["num_conv"]):
        layers += layer(inputs if i == 0 else outputs, outputs, 3, config["activation"])
        layers.append(torch().nn.Dropout(config["dropout"]))
    return layers


def margin_loss(lengths: Any, targets: Any) -> Any:
    """Equation 4 with m+ = 0.9, m- = 0.1 and lambda = 0.5; lengths (k, classes) of the capsules."""
    t = torch()
    here = t.nn.functional.one_hot(targets, lengths.shape[-1])
    present = here * t.relu(0.9 - lengths) ** 2
    absent = 0.5 * (1 - here) * t.relu(lengths - 0.1) ** 2
    return (present + absent).sum(-1).mean()


def squash(s: Any) -> Any:
    """Equation 1 with 0.5 in place of 1, as the original has it: keeps directions, shortens below length 1."""
    square = (s**2).sum(-1, keepdim=True) + 1e-7
    return s * square.sqrt() / (0.5 + square)


def capsules(images: Any, positions: int, classes: int, config: Mapping[str, Any]) -> Any:
    """A network: images -> lengths of one capsule per class, routed by agreement."""
    t = torch()
    dim, kernels = config["dim_capsule"], 1 if config["share_weights"] else positions

    class Capsules(t.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.images = images
            self.W = t.nn.Parameter(0.05 * t.randn(kernels, 128, classes * dim))

        def forward(self, x: Any) -> Any:
            u = self.images(x).flatten(2).transpose(1, 2)  # (k, positions, 128)
            u_hat = t.einsum("kpi,pio->kpo", u, self.W.expand(positions, -1, -1))
            u_hat = u_hat.reshape(len(x), positions, classes, dim)
            b = t.zeros(u_hat.shape[:3])
            for _ in range(config["routings"]):
                v = squash(t.einsum("kpc,kpcd->kcd", b.softmax(2), u_hat))
                b = b + t.einsum("kcd,kpcd->kpc", v, u_hat)
            return (v**2).sum(-1).add(1e-7).sqrt()

    return Capsules()
