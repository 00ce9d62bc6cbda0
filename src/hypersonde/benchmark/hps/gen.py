"""Subjects of papers in a citation graph, told by two graph convolutions. The problem is also known as gcn.

Kipf and Welling 2017, arXiv 1609.02907, equation 9, with the filters of equation 8 (``localpool``) or
Chebyshev polynomials, Defferard et al. 2016, arXiv 1606.09375. The original's range of its own parameters is
not known; here they lie around its defaults. Every step uses the whole graph: ``batch_size`` has no effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from hypersonde.benchmark.hps.citations import Citations, citations
from hypersonde.benchmark.networks import activation, network_problem, optimizer, torch

Problem = network_problem(
    {"nunits": (1, 100), "filter": ["localpool", "chebyshev"], "max_degree": (1, 4), "sys_norm": [True, False]},
    {"nunits": 2, "filter": "localpool", "max_degree": 2, "sys_norm": False},
)

_TRAINED, _TESTED = 140 / 2708, (500 / 2708, 1500 / 2708)
"""Shares of the papers, in their order: the first 140 of Cora are learnt from, 500 to 1,500 measured on."""


def run(config: Mapping[str, Any], data_source: str | None = None) -> float:
    """Accuracy in [0, 1] on papers whose subject was not shown."""
    t = torch()
    papers = citations(data_source)
    n = len(papers.y)
    shown, tested = slice(max(1, round(_TRAINED * n))), slice(*(round(share * n) for share in _TESTED))
    t.manual_seed(1)
    model = _network(papers, config)
    X, y = t.as_tensor(papers.X), t.as_tensor(papers.y)
    step = optimizer(model, config)
    for _ in range(config["epochs"]):
        loss = t.nn.functional.cross_entropy(model.train()(X)[shown], y[shown])
        loss = loss + 5e-4 * (model.W1**2).sum()
        step.zero_grad()
        loss.backward()
        step.step()
    with t.no_grad():
        return float((model.eval()(X)[tested].argmax(1) == y[tested]).float().mean())


def supports(A: npt.NDArray[np.float32], config: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    """(S, n, n) the matrices that a convolution multiplies with: one, or the polynomials of degree 0 to S - 1."""
    eye = np.eye(len(A), dtype=np.float32)
    if config["filter"] == "localpool":
        return _normalised(A + eye, config["sys_norm"])[None]
    L = -_normalised(A, config["sys_norm"])  # 2 L / lambda_max - I with lambda_max = 2
    T = [eye, L]
    while len(T) <= config["max_degree"]:
        T.append(2 * L @ T[-1] - T[-2])
    return np.stack(T[: config["max_degree"] + 1])


def _normalised(A: npt.NDArray[np.float32], symmetric: bool) -> npt.NDArray[np.float32]:
    d = np.maximum(A.sum(axis=1), 1e-12)
    scaled: npt.NDArray[np.float32] = A / np.sqrt(d[:, None] * d) if symmetric else A / d[:, None]
    return scaled


def _network(papers: Citations, config: Mapping[str, Any]) -> Any:
    t = torch()
    S = t.as_tensor(supports(papers.A, config).astype(np.float32))
    units, classes = config["nunits"], int(papers.y.max()) + 1

    class Graph(t.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.W1 = t.nn.Parameter(t.nn.init.xavier_uniform_(t.empty(len(S), papers.X.shape[1], units)))
            self.W2 = t.nn.Parameter(t.nn.init.xavier_uniform_(t.empty(len(S), units, classes)))
            self.dropout, self.function = t.nn.Dropout(config["dropout"]), activation(config["activation"])

        def forward(self, X: Any) -> Any:
            H = self.function((S @ (self.dropout(X) @ self.W1)).sum(0))
            return (S @ (self.dropout(H) @ self.W2)).sum(0)

    return Graph()
