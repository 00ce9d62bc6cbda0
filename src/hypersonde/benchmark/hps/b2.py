"""Questions about stories, answered by a memory network (bAbI task 1, one supporting fact).

Sukhbaatar et al. 2015, "End-To-End Memory Networks", arXiv 1503.08895: each word of the story is a memory
that the question addresses (section 2.1); a recurrent layer reads what comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypersonde.benchmark.hps.recurrent import RNN_TYPES, recurrent
from hypersonde.benchmark.hps.stories import stories
from hypersonde.benchmark.networks import accuracy, network_problem, torch

_WIDTH = 64

Problem = network_problem(
    {"rnn_type": list(RNN_TYPES), "nhidden": (1, 100)}, {"rnn_type": "LSTM", "nhidden": 1}, epochs=30
)


def run(config: Mapping[str, Any], data_source: str | None = None) -> float:
    """Share in [0, 1] of the test questions that are answered right."""
    told = stories("qa1_single-supporting-fact", data_source)
    lengths = told.train[0].shape[1], told.train[1].shape[1]
    return accuracy(lambda: _network(told.words, lengths, config), told.train, told.test, config)


def _network(words: int, lengths: tuple[int, int], config: Mapping[str, Any]) -> Any:
    t = torch()
    (story_length, question_length), units = lengths, config["nhidden"]

    class Memory(t.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.m, self.u = t.nn.Embedding(words, _WIDTH), t.nn.Embedding(words, _WIDTH)
            self.c = t.nn.Embedding(words, question_length)
            self.reader = recurrent(config["rnn_type"], story_length + _WIDTH, units, config["activation"])
            self.dropout = t.nn.Dropout(config["dropout"])
            self.out = t.nn.Linear(units, words)

        def forward(self, story: Any, question: Any) -> Any:
            u = self.dropout(self.u(question))
            p = (self.dropout(self.m(story)) @ u.transpose(1, 2)).softmax(1)  # eq. 1, (k, story, question)
            o = (p + self.dropout(self.c(story))).transpose(1, 2)  # (k, question, story)
            return self.out(self.dropout(self.reader(t.cat([o, u], dim=2))[:, -1]))

    return Memory()
