"""The Cora papers: their words, their subjects, and who cites whom. Sen et al. 2008, AI Magazine 29(3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hypersonde.benchmark.data import find

_ADDRESS = "https://linqs.org/datasets/#cora (cora.content and cora.cites)"


@dataclass(frozen=True, slots=True, eq=False)
class Citations:
    """n papers: words X (n, D), each row summing to 1; subjects y (n,); symmetric 0/1 links A (n, n)."""

    X: npt.NDArray[np.float32]
    y: npt.NDArray[np.int64]
    A: npt.NDArray[np.float32]


def citations(source: str | None = None) -> Citations:
    """All papers, in the order of the file.

    Raises
    ------
    InvalidInput : a file is not there.
    """
    content = [line.split() for line in find("cora.content", _ADDRESS, source).read_text().splitlines()]
    cites = [line.split() for line in find("cora.cites", _ADDRESS, source).read_text().splitlines()]
    row = {paper[0]: i for i, paper in enumerate(content)}
    X = np.array([paper[1:-1] for paper in content], dtype=np.float32)
    A = np.zeros((len(content), len(content)), dtype=np.float32)
    for cited, citing in cites:
        if cited in row and citing in row:
            A[row[cited], row[citing]] = A[row[citing], row[cited]] = 1.0
    subjects = np.unique([paper[-1] for paper in content], return_inverse=True)[1]
    return Citations(X / np.maximum(X.sum(axis=1, keepdims=True), 1.0), subjects.astype(np.int64), A)
