"""The cells of one depth of many trees, with their rows side by side, so that one numpy call serves them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from hypersonde.columns import Array, Mask
from hypersonde.models.forest.draws import LEFT, RIGHT, UInts, mix
from hypersonde.models.forest.trees import INACTIVE, Ints

UNIT: Final = 2.0**32
"""Integer outputs count in standard deviations of y divided by this."""

__all__ = ["Cut", "Level", "Table", "goes_left"]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What trees are grown from, by columns.

    Attributes
    ----------
    values : (D, n) numbers, or codes 0 .. 62 where `categorical`; NaN = inactive.
    categorical : (D,) bool.
    output : (n,) integers, so that sums are exact in any order.
    """

    values: Array
    categorical: Mask
    output: Ints

    @classmethod
    def of(cls, values: Array, categorical: Mask, z: Array) -> Table:
        """Columns (D, n) with outputs ``z`` (n,) of mean 0 and variance 1 or less, counted in `UNIT`."""
        return cls(np.ascontiguousarray(values), categorical, np.rint(z * UNIT).astype(np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """One way to split each of c cells; all (c,). A score of -inf means that there is none."""

    score: Array
    column: Ints
    threshold: Array
    mask: UInts
    seen: UInts

    @classmethod
    def none(cls, cells: int) -> Cut:
        """No way to split any of `cells` cells."""
        bits = np.zeros(cells, dtype=np.uint64)
        return cls(np.full(cells, -np.inf), np.zeros(cells, dtype=np.int64), np.zeros(cells), bits, bits)

    def improve(self, cells: Ints, other: Cut) -> Cut:
        """This cut, replaced in `cells` (k,) by those of `other` (k cells) that score higher."""
        source = np.arange(len(self.score))
        better = np.flatnonzero(other.score > self.score[cells])
        source[cells[better]] = len(source) + better
        return self._with(other).at(source)

    def at(self, cells: Ints | Mask) -> Cut:
        """The cuts of some cells, given by number or marked."""
        return Cut(self.score[cells], self.column[cells], self.threshold[cells], self.mask[cells], self.seen[cells])

    def _with(self, other: Cut) -> Cut:
        """The cuts of these cells and of others behind them."""
        return Cut(
            np.concatenate((self.score, other.score)),
            np.concatenate((self.column, other.column)),
            np.concatenate((self.threshold, other.threshold)),
            np.concatenate((self.mask, other.mask)),
            np.concatenate((self.seen, other.seen)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Cells of one depth and their rows, grouped by cell.

    Attributes
    ----------
    node, key : (c,) number of each cell among all nodes, its random key.
    row, slot : (R,) row of the table, place in the bags.
    count : (c,) rows of each cell.
    """

    node: Ints
    key: UInts
    row: Ints
    slot: Ints
    count: Ints

    @property
    def start(self) -> Ints:
        """(c,) where the rows of each cell begin."""
        first: Ints = np.cumsum(self.count) - self.count
        return first

    @property
    def cell(self) -> Ints:
        """(R,) the cell of each row."""
        return np.repeat(np.arange(len(self.count)), self.count)

    def only(self, keep: Mask) -> Level:
        """The level without the cells that are not marked in (c,)."""
        if keep.all():
            return self
        rows = np.repeat(keep, self.count)
        return Level(self.node[keep], self.key[keep], self.row[rows], self.slot[rows], self.count[keep])

    def impure(self, output: Ints) -> Mask:
        """(c,) True where the outputs of a cell differ."""
        if not len(self.count):
            return np.zeros(0, dtype=np.bool_)
        q, start = output[self.row], self.start
        differ: Mask = np.minimum.reduceat(q, start) < np.maximum.reduceat(q, start)
        return differ

    def children(self, left: Mask, first: int) -> Level:
        """The cells one deeper: rows marked in (R,) to the left; nodes numbered from `first` in pairs."""
        start, cell = self.start, self.cell
        lefts = np.add.reduceat(left.astype(np.int64), start)
        rank_left = np.cumsum(left) - left - np.repeat(np.cumsum(lefts) - lefts, self.count)
        rank = np.arange(len(left)) - start[cell]
        place = start[cell] + np.where(left, rank_left, lefts[cell] + rank - rank_left)
        row, slot = np.empty_like(self.row), np.empty_like(self.slot)
        row[place], slot[place] = self.row, self.slot
        return Level(
            node=first + np.arange(2 * len(self.node)),
            key=np.stack((mix(self.key ^ LEFT), mix(self.key ^ RIGHT)), axis=1).ravel(),
            row=row,
            slot=slot,
            count=np.stack((lefts, self.count - lefts), axis=1).ravel(),
        )


def goes_left(value: Array, categorical: Mask | bool, threshold: Array, mask: UInts) -> Mask:
    """(k,) True where a value belongs to the left child of a node; arguments (k,) or one for all."""
    missing = np.isnan(value)
    code = np.where(missing, INACTIVE, np.nan_to_num(value)).astype(np.uint64)
    by_set = (mask >> np.where(categorical, code, np.uint64(0))) & np.uint64(1) == 1
    left: Mask = np.where(categorical | missing, by_set, value <= threshold)
    return left
