"""The bAbI questions about short stories, read from their archive.

Weston et al. 2015, "Towards AI-Complete Question Answering", arXiv 1502.05698.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO

import numpy as np
import numpy.typing as npt

from hypersonde.benchmark.data import find
from hypersonde.errors import InvalidInput

_NAME = "tasks_1-20_v1-2.tar.gz"
_ADDRESS = "https://research.facebook.com/downloads/babi/"

Words = npt.NDArray[np.int64]
"""Words as numbers, 0 where there is none."""
Told = tuple[list[str], list[str], str]
"""A story, a question about it and the answer, as words."""


@dataclass(frozen=True, slots=True, eq=False)
class Stories:
    """n stories (n, s), questions (n, q) and answers (n,), for training and for the test; `words` different numbers."""

    train: tuple[Words, Words, Words]
    test: tuple[Words, Words, Words]
    words: int


def stories(task: str, source: str | None = None) -> Stories:
    """One task, such as ``qa1_single-supporting-fact``, with its 1,000 training stories.

    Raises
    ------
    InvalidInput : the archive is not there, or has no such task.
    """
    path = find(_NAME, _ADDRESS, source)
    with tarfile.open(path) as tar:
        parts = []
        for part in ("train", "test"):
            name = f"tasks_1-20_v1-2/en/{task}_{part}.txt"
            file = tar.extractfile(name) if name in tar.getnames() else None
            if file is None:
                raise InvalidInput(f"{path} has no file {name}. Get it anew from {_ADDRESS}")
            parts.append(list(_parsed(file)))
    told = [*parts[0], *parts[1]]
    vocabulary = sorted({word for story, question, answer in told for word in (*story, *question, answer)})
    number = {word: i for i, word in enumerate(vocabulary, start=1)}
    widths = [max(len(t[i]) for t in told) for i in (0, 1)]
    train, test = (_numbers(part, number, widths) for part in parts)
    return Stories(train, test, len(vocabulary) + 1)


def _parsed(file: IO[bytes]) -> Iterable[Told]:
    story: list[str] = []
    for line in file.read().decode("utf-8").splitlines():
        number, _, text = line.partition(" ")
        if number == "1":
            story = []
        if "\t" in text:
            question, answer, *_ = text.split("\t")
            yield list(story), _split(question), answer
        else:
            story += _split(text)


def _split(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text)


def _numbers(told: Sequence[Told], number: dict[str, int], widths: Sequence[int]) -> tuple[Words, Words, Words]:
    asked = []
    for i, width in enumerate(widths):
        padded = np.zeros((len(told), width), dtype=np.int64)
        for row, words in zip(padded, (t[i] for t in told), strict=True):
            row[width - len(words) :] = [number[word] for word in words]
        asked.append(padded)
    return asked[0], asked[1], np.array([number[t[2]] for t in told], dtype=np.int64)
