"""Forests as surrogates: extremely randomised trees (ET) and random forests (RF) with an honest uncertainty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from hypersonde.columns import Array, Columns
from hypersonde.models.forest.backend import backend
from hypersonde.models.forest.codes import Codes
from hypersonde.models.forest.grow import Recipe
from hypersonde.models.forest.level import Table
from hypersonde.models.forest.pooling import pool, some, stretch, unseen
from hypersonde.models.forest.trees import Ints, Trees, settle

__all__ = ["FittedForest", "Forest", "extra_trees", "random_forest"]


@dataclass(frozen=True, slots=True)
class Forest:
    """Settings of a forest.

    Attributes
    ----------
    trees : how many trees.
    splitter : "random": thresholds at random in the box of the cell (ET). "best": the best cut (RF).
    columns : share of the varying columns that each cell looks at, 0 < columns <= 1.
    bag : share of the rows that each tree is grown on; drawn with replacement for RF, without for ET.
    smallest : cells with fewer rows are not split.
    most : rows per tree are never more than this.
    """

    trees: int = 100
    splitter: Literal["random", "best"] = "random"
    columns: float = 1.0
    bag: float = 0.8
    smallest: int = 3
    most: int = 20_000

    def fit(self, X: Array, y: Array, columns: Columns, rng: np.random.Generator) -> FittedForest:
        """A forest of ``y`` (n,) at ``X`` (n, D), calibrated on the rows that each tree has not seen."""
        codes = Codes.of(columns)
        rows = codes.encode(X)
        centre, unit = float(np.mean(y)), float(np.std(y)) or 1.0
        z = (y - centre) / unit
        bags = self._bags(len(y), rng)
        keys = rng.integers(0, 2**64, size=self.trees, dtype=np.uint64)
        table = Table.of(rows.T, codes.categorical, z)
        looked = max(1, round(self.columns * rows.shape[1]))
        growth = backend().grow(table, bags, keys, Recipe(self.splitter == "random", looked, self.smallest))
        trees = settle(growth, z[bags])
        return FittedForest(trees, codes, centre, unit, 1.0, rows, z, bags).calibrated()

    def _bags(self, n: int, rng: np.random.Generator) -> Ints:
        """(T, m) rows of each tree."""
        m = min(self.most, max(1, round(self.bag * n)))
        if self.splitter == "best":
            return rng.integers(0, n, size=(self.trees, m))
        return np.stack([rng.permutation(n)[:m] for _ in range(self.trees)])


def extra_trees(trees: int = 100) -> Forest:
    """ET: thresholds at random, every column looked at, each tree on four fifths of the rows."""
    return Forest(trees=trees, splitter="random", columns=1.0, bag=0.8)


def random_forest(trees: int = 100) -> Forest:
    """RF: the best cut of seven tenths of the columns, each tree on a bootstrap sample."""
    return Forest(trees=trees, splitter="best", columns=0.7, bag=1.0)


@dataclass(frozen=True, slots=True, eq=False)
class FittedForest:
    """Trees, and what turns their answers into means and standard deviations in units of y."""

    trees: Trees
    codes: Codes
    centre: float
    unit: float
    stretch: float
    rows: Array
    outputs: Array
    bags: Ints

    def predict(self, X: Array) -> tuple[Array, Array]:
        """Mean (n,) and standard deviation (n,) by the law of total variance over the trees."""
        return self._pooled(self.codes.encode(X), np.ones((len(self.bags), len(X))))

    def add(self, X: Array, y: Array) -> FittedForest:
        """A forest whose cells have also seen ``X`` (m, D) and ``y`` (m,); its cuts stay where they are."""
        z = np.tile((y - self.centre) / self.unit, (len(self.bags), 1))
        trees = self.trees.copy_to_change()
        backend().absorb(trees, self.codes.encode(X), z, self.codes.categorical)
        return replace(self, trees=trees)

    def held_out(self) -> tuple[Array, Array]:
        """Mean (n,) and standard deviation (n,) at the rows of the fit, by the trees that have not seen them."""
        return self.held_out_at(np.arange(len(self.rows)))

    def draw(self, X: Array, count: int, rng: np.random.Generator) -> Array:
        """(count, n) values at the rows of ``X`` (n, D): each function is a tree, raised or lowered as a whole."""
        rows, chosen = self.codes.encode(X), rng.integers(0, len(self.bags), count)
        mean, variance = backend().answers(self.trees, rows, self.codes.categorical)
        centre, shift = mean.mean(axis=0), rng.standard_normal((count, 1))
        z = centre + self.stretch * (mean[chosen] - centre + shift * np.sqrt(variance[chosen]))
        return np.asarray(self.centre + self.unit * z)

    def held_out_at(self, rows: Ints) -> tuple[Array, Array]:
        """As `held_out`, at the rows (k,) of the fit."""
        return self._pooled(self.rows[rows], unseen(self.bags, len(self.rows), rows))

    def calibrated(self) -> FittedForest:
        """The same forest with deviations as large as the errors at held-out rows ask for."""
        rows = some(len(self.rows))
        mean, deviation = self.held_out_at(rows)
        error = self.centre + self.unit * self.outputs[rows] - mean
        return replace(self, stretch=self.stretch * stretch(error, deviation))

    def _pooled(self, rows: Array, weight: Array) -> tuple[Array, Array]:
        """Mean and deviation (k,) at coded rows (k, D') by trees with weights (T, k)."""
        mean, deviation = pool(*backend().answers(self.trees, rows, self.codes.categorical), weight)
        return self.centre + self.unit * mean, self.unit * self.stretch * deviation
