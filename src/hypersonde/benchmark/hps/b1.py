"""Addition learnt from text: "535+61" read by a recurrent network that writes "596" (sequence to sequence).

Sutskever et al. 2014, arXiv 1409.3215; the reversed question helps, Zaremba and Sutskever 2014, arXiv
1410.4615. The data are made, 50,000 different questions with numbers of up to three digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from hypersonde.benchmark.hps.recurrent import RNN_TYPES, recurrent
from hypersonde.benchmark.networks import accuracy, network_problem, torch

_CHARACTERS = " +0123456789"
_DIGITS = 3
_QUESTION, _ANSWER = 2 * _DIGITS + 1, _DIGITS + 1

Problem = network_problem(
    {"rnn_type": list(RNN_TYPES), "nhidden": (1, 100), "nlayers": (1, 30)},
    {"rnn_type": "LSTM", "nhidden": 1, "nlayers": 1},
)


def run(config: Mapping[str, Any], questions: int = 50_000) -> float:
    """Share in [0, 1] of the characters of unseen answers that are right."""
    X, y = addition(questions)
    n = len(X) - len(X) // 10
    return accuracy(lambda: _network(config), (X[:n], y[:n]), (X[n:], y[n:]), config)


def addition(questions: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """One-hot reversed questions (n, 7, 12), and the characters' numbers of the answers (n, 4).

    >>> X, y = addition(2)
    >>> X.shape, y.shape
    ((2, 7, 12), (2, 4))
    """
    rng = np.random.default_rng(1)
    pairs: dict[tuple[int, int], None] = {}
    while len(pairs) < questions:
        a, b = sorted(int(rng.integers(10 ** int(rng.integers(1, _DIGITS + 1)))) for _ in range(2))
        pairs[a, b] = None
    asked = [f"{a}+{b}".ljust(_QUESTION)[::-1] for a, b in pairs]
    answered = [str(a + b).ljust(_ANSWER) for a, b in pairs]
    return np.eye(len(_CHARACTERS), dtype=np.float32)[_numbers(asked)], _numbers(answered)


def _numbers(lines: list[str]) -> npt.NDArray[np.int64]:
    return np.array([[_CHARACTERS.index(c) for c in line] for line in lines], dtype=np.int64)


def _network(config: Mapping[str, Any]) -> Any:
    t = torch()
    kind, units, function = config["rnn_type"], config["nhidden"], config["activation"]

    class Adder(t.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.reader = recurrent(kind, len(_CHARACTERS), units, function)
            self.writers = t.nn.ModuleList(recurrent(kind, units, units, function) for _ in range(config["nlayers"]))
            self.dropout = t.nn.Dropout(config["dropout"])
            self.out = t.nn.Linear(units, len(_CHARACTERS))

        def forward(self, x: Any) -> Any:
            h = self.reader(self.dropout(x))[:, -1:].expand(-1, _ANSWER, -1)
            for writer in self.writers:
                h = writer(self.dropout(h))
            return self.out(h)

    return Adder()
