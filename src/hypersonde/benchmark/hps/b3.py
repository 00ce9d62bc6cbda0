"""Questions about stories, answered by two recurrent networks (bAbI task 2, two supporting facts).

One reads the question, the other the story with the question added to each word. In the original only the
width of the embedding has an effect; here the widths of both readers are what their names say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypersonde.benchmark.hps.recurrent import RNN_TYPES, recurrent
from hypersonde.benchmark.hps.stories import stories
from hypersonde.benchmark.networks import accuracy, network_problem, torch

_WIDTHS = ("embed_hidden_size", "sent_hidden_size", "query_hidden_size")

Problem = network_problem(
    {"rnn_type": list(RNN_TYPES), **dict.fromkeys(_WIDTHS, (1, 100))},
    {"rnn_type": "LSTM", **dict.fromkeys(_WIDTHS, 1)},
)


def run(config: Mapping[str, Any], data_source: str | None = None) -> float:
    """Share in [0, 1] of the test questions that are answered right."""
    told = stories("qa2_two-supporting-facts", data_source)
    return accuracy(lambda: _network(told.words, config), told.train, told.test, config)


def _network(words: int, config: Mapping[str, Any]) -> Any:
    t = torch()
    embed, sent, query = (config[name] for name in _WIDTHS)
    kind, function = config["rnn_type"], config["activation"]

    class Readers(t.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.words, self.asked = t.nn.Embedding(words, embed), t.nn.Embedding(words, embed)
            self.question = recurrent(kind, embed, query, function)
            self.match = t.nn.Linear(query, embed)
            self.story = recurrent(kind, embed, sent, function)
            self.dropout = t.nn.Dropout(config["dropout"])
            self.out = t.nn.Linear(sent, words)

        def forward(self, story: Any, question: Any) -> Any:
            q = self.match(self.question(self.dropout(self.asked(question)))[:, -1:])
            h = self.story(self.dropout(self.words(story)) + q)[:, -1]
            return self.out(self.dropout(h))

    return Readers()
