"""What the benchmark networks share: the space of their training, and the training itself, on PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy.typing as npt

from hypersonde.errors import missing_extra
from hypersonde.problem import HpProblem

_OPTIMIZERS: Final = {
    "sgd": "SGD",
    "rmsprop": "RMSprop",
    "adagrad": "Adagrad",
    "adadelta": "Adadelta",
    "adam": "Adam",
    "adamax": "Adamax",
    "nadam": "NAdam",
}
_ACTIVATIONS: Final = {"relu": "ReLU", "elu": "ELU", "selu": "SELU", "tanh": "Tanh"}
_START: Final = {
    "epochs": 5,
    "activation": "relu",
    "batch_size": 8,
    "dropout": 0.0,
    "optimizer": "sgd",
    "learning_rate": 1e-4,
}


def network_problem(own: Mapping[str, Any], start: Mapping[str, Any], epochs: int = 500) -> HpProblem:
    """The parameters of one network, `own`, beside those of every training; the start is a poor one on purpose.

    The ranges are those of DeepHyper's benchmark problems, linear scales included.
    """
    problem = HpProblem({"epochs": (5, epochs), **own})
    problem.add_hyperparameter(list(_ACTIVATIONS), "activation")
    problem.add_hyperparameter((8, 1024), "batch_size")
    problem.add_hyperparameter((0.0, 1.0), "dropout")
    problem.add_hyperparameter(list(_OPTIMIZERS), "optimizer")
    problem.add_hyperparameter((1e-4, 10.0), "learning_rate")
    problem.add_starting_point(**_START, **start)
    return problem


def torch() -> Any:
    """PyTorch, loaded when a network is to be trained.

    Raises
    ------
    MissingExtra : it is not installed.
    """
    try:
        import torch
    except ImportError:
        raise missing_extra("torch", "torch", "a benchmark network") from None
    return torch


def activation(name: str) -> Any:
    """A new layer that applies the activation."""
    return getattr(torch().nn, _ACTIVATIONS[name])()


def optimizer(model: Any, config: Mapping[str, Any]) -> Any:
    """The optimizer that a configuration names, over the parameters of a model."""
    return getattr(torch().optim, _OPTIMIZERS[config["optimizer"]])(model.parameters(), lr=config["learning_rate"])


Arrays = Sequence[npt.NDArray[Any]]
"""The inputs of a network and, last, its targets (class numbers), all with n rows."""


def accuracy(
    build: Callable[[], Any],
    train: Arrays,
    valid: Arrays,
    config: Mapping[str, Any],
    loss: Callable[[Any, Any], Any] | None = None,
) -> float:
    """Train a network and return the share of the targets that it gets right on `valid`.

    ``build()`` makes the network: inputs -> scores whose last axis is the class. `loss` compares scores (k,
    classes) with targets (k,); cross entropy by default. The same configuration gives the same answer.
    """
    t = torch()
    t.manual_seed(1)
    model, criterion = build(), loss or t.nn.functional.cross_entropy
    step = optimizer(model, config)
    tensors = [t.as_tensor(a) for a in train]
    for _ in range(config["epochs"]):
        model.train()
        for rows in t.randperm(len(tensors[0])).split(config["batch_size"]):
            *inputs, targets = (a[rows] for a in tensors)
            scores = model(*inputs)
            value = criterion(scores.reshape(-1, scores.shape[-1]), targets.reshape(-1))
            step.zero_grad()
            value.backward()
            step.step()
    return _share_right(model, [t.as_tensor(a) for a in valid])


def _share_right(model: Any, tensors: Sequence[Any]) -> float:
    t = torch()
    model.eval()
    right = 0
    with t.no_grad():
        for rows in t.arange(len(tensors[0])).split(1024):
            *inputs, targets = (a[rows] for a in tensors)
            right += int((model(*inputs).argmax(-1) == targets).sum())
    return right / int(tensors[-1].numel())
