"""Many regression trees in a few flat arrays: nodes that never change, edges and beliefs that new points move.

A node tests one column. Numeric: go left if x <= threshold; an inactive value (NaN) goes left if bit 0 of `mask` is
set. Categorical: go left if the bit of the category is set in `mask`; inactive is bit 63. The right child follows the
left one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array

__all__ = ["INACTIVE", "LEAF", "NODE", "Growth", "Ints", "Trees", "join", "settle", "together"]

Ints = npt.NDArray[np.int64]

LEAF: Final = -1
"""The `column` of a node without children."""
INACTIVE: Final = 63
"""The category that stands for an inactive parameter."""

NODE: Final = np.dtype(
    [
        ("column", np.int32),
        ("left", np.int32),
        ("threshold", np.float64),
        ("mask", np.uint64),
        ("seen", np.uint64),  # categories present in the cell; bit 0: NaN present in a numeric one
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """The shape of freshly grown trees.

    Attributes
    ----------
    roots : (T,) node at which each tree starts.
    nodes : (N,) of `NODE`.
    depth : (N,) distance of each node from its root.
    edges : (N, 4) of numeric nodes: lowest value, highest on the left, lowest on the right, highest.
    leaf : (T, m) node in which each row of a tree's bag came to rest.
    """

    roots: Ints
    nodes: npt.NDArray[np.void]
    depth: Ints
    edges: Array
    leaf: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Grown trees and what they believe.

    Attributes
    ----------
    roots, nodes, edges : as in `Growth`.
    beliefs : (N, 3) number of rows, mean and variance of the output in each cell.
    """

    roots: Ints
    nodes: npt.NDArray[np.void]
    edges: Array
    beliefs: Array

    def part(self, first: int, count: int) -> Trees:
        """`count` trees from the `first` one on, sharing all arrays with these."""
        return replace(self, roots=self.roots[first : first + count])

    def copy_to_change(self) -> Trees:
        """The same trees with edges and beliefs of their own."""
        return replace(self, edges=self.edges.copy(), beliefs=self.beliefs.copy())


def join(parts: Sequence[Growth]) -> Growth:
    """Trees that were grown in several parts, as if grown at once."""
    first = np.cumsum([0] + [len(part.nodes) for part in parts[:-1]])
    nodes = np.concatenate([part.nodes for part in parts])
    nodes["left"] += np.repeat(first, [len(part.nodes) for part in parts]).astype(np.int32)
    return Growth(
        roots=np.concatenate([part.roots + f for part, f in zip(parts, first, strict=True)]),
        nodes=nodes,
        depth=np.concatenate([part.depth for part in parts]),
        edges=np.concatenate([part.edges for part in parts]),
        leaf=np.concatenate([part.leaf + f for part, f in zip(parts, first, strict=True)]),
    )


def settle(growth: Growth, output: Array) -> Trees:
    """Trees with the beliefs that the outputs (T, m) of their bags give.

    Leaves are summed directly, inner nodes merged from their children (Chan, Golub and LeVeque 1983).
    """
    size = len(growth.nodes)
    at, y = growth.leaf.ravel(), output.ravel()
    count = np.bincount(at, minlength=size).astype(np.float64)
    mean = np.bincount(at, y, size) / np.maximum(count, 1.0)
    spread = np.bincount(at, (y - mean[at]) ** 2, size)
    inner = np.flatnonzero(growth.nodes["column"] != LEAF)
    inner = inner[np.argsort(-growth.depth[inner], kind="stable")]
    for cells in np.split(inner, np.flatnonzero(np.diff(growth.depth[inner])) + 1):
        left = growth.nodes["left"][cells].astype(np.int64)
        right = left + 1
        n = count[left] + count[right]
        gap = mean[right] - mean[left]
        count[cells] = n
        mean[cells] = mean[left] + gap * count[right] / n
        spread[cells] = spread[left] + spread[right] + gap**2 * count[left] * count[right] / n
    beliefs = np.stack((count, mean, spread / np.maximum(count, 1.0)), axis=1)
    return Trees(growth.roots, growth.nodes, growth.edges, beliefs)


def together(parts: Sequence[Trees]) -> Trees:
    """The trees of all parts, in order."""
    first = np.cumsum([0] + [len(part.nodes) for part in parts[:-1]])
    nodes = np.concatenate([part.nodes for part in parts])
    nodes["left"] += np.repeat(first, [len(part.nodes) for part in parts]).astype(np.int32)
    roots = np.concatenate([part.roots + f for part, f in zip(parts, first, strict=True)])
    edges, beliefs = (np.concatenate([getattr(part, a) for part in parts]) for a in ("edges", "beliefs"))
    return Trees(roots, nodes, edges, beliefs)
