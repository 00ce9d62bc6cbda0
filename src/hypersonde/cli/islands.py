"""Reads the islands of the command line: what searches there, and how large they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from hypersonde.cli.choices import SAMPLERS
from hypersonde.cli.spelled import settings_of, word_of
from hypersonde.errors import InvalidInput, unknown
from hypersonde.samplers import Sampler


def read_sizes(texts: Sequence[str]) -> list[float]:
    """Sizes of islands.

    Raises
    ------
    InvalidInput : one is no number.
    """
    try:
        return [float(text) for text in texts]
    except ValueError as error:
        raise InvalidInput(f"--size: {error}. Give a number for each island: --size 3 --size 1.") from None


def read_samplers(texts: Sequence[str]) -> list[Sampler]:
    """The samplers that texts like ``ga:pop_size=32,mate_prob=0.9`` stand for.

    Raises
    ------
    InvalidInput : no such sampler or setting, or a value that it refuses.
    """
    return [_sampler(text) for text in texts]


def _sampler(text: str) -> Sampler:
    word = word_of(text)
    if word not in SAMPLERS:
        raise unknown("sampler", word, SAMPLERS)
    if word == "islands":
        raise InvalidInput("--sampler islands: an island holds no islands. Choose another sampler.")
    values = settings_of("--sampler", text, SAMPLERS[word].load())
    for flag in SAMPLERS[word].flags:
        if flag.reader and flag.parameter in values:
            values[flag.parameter] = [str(values[flag.parameter])]
    try:
        return cast(Sampler, SAMPLERS[word].build(values))
    except TypeError as error:
        raise InvalidInput(f"--sampler {text}: {error}.") from None
