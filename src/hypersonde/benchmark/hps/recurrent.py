"""The recurrent layers that the text problems choose from."""

from __future__ import annotations

from typing import Any, Final

from hypersonde.benchmark.networks import activation, torch

RNN_TYPES: Final = {"LSTM": "LSTM", "GRU": "GRU", "SimpleRNN": "RNN"}
"""Names of the original, and PyTorch's."""


def recurrent(kind: str, inputs: int, units: int, function: str) -> Any:
    """A recurrent layer: (k, steps, inputs) -> (k, steps, units).

    PyTorch's cells have their activation built in, so the chosen one is applied to what they put out.
    """
    t = torch()

    class Recurrent(t.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.cells = getattr(t.nn, RNN_TYPES[kind])(inputs, units, batch_first=True)
            self.function = activation(function)

        def forward(self, x: Any) -> Any:
            return self.function(self.cells(x)[0])

    return Recurrent()
