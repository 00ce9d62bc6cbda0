"""What a suggestion may cost, by how many trials there are."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Budget"]

_EASY = 256
"""Trials up to which a model is so small that more can be asked of it."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Sizes that keep a suggestion at some milliseconds however long the search.

    Attributes
    ----------
    most : rows that a model holds while there are fewer than `many` trials; half of it from then on.
    many : trials from which speed counts for more than one model's detail.
    share : of the workers' time that suggestions may cost, as CPU time.
    load : of the time between two ends of trials that choosing a suggestion may take.
    unhurried : trials up to which quality alone counts: a search that short is over before the cost matters.
    growth : part by which trials grow from one fit of the hyperparameters to the next, that of a `Learner`.
    """

    most: int = 300
    many: int = 2_000
    share: float = 0.02
    load: float = 0.5
    unhurried: int = 300
    growth: float = 0.2

    def rows(self, n: int) -> int:
        """Rows that a model holds at most, of ``n``."""
        return self.most if n < self.many else self.most // 2

    def candidates(self, n: int) -> int:
        """Candidates for one suggestion."""
        return 512 if n <= _EASY else 320 if n < self.many else 256

    def refined(self, n: int) -> int:
        """Candidates that are refined; one is enough once a step is dear or suggestions are very many."""
        return 2 if n <= _EASY else 1

    def refined_of_batch(self, n: int) -> int:
        """Rows of every hundred asked at once that are refined; the others come from a pool."""
        return 4 if n <= _EASY else 1

    def pool(self, n: int) -> int:
        """Candidates for every row that comes from a pool."""
        return 12 if n <= _EASY else 6

    def steps(self, n: int) -> int:
        """Mutations by which a row of a batch looks for the minimum of its function."""
        return 30 if n <= _EASY else 12

    def cost(self, n: int, count: int) -> float:
        """Seconds per suggestion by a model when ``count`` are asked for at once, about, on a core of today."""
        one = 0.020 if n < self.many else 0.015
        return one if count <= 4 else 0.0012 + 4.0 * one / count

    def fit(self, n: int) -> float:
        """Seconds for a fit of the hyperparameters to ``n`` trials, about, on a core of today."""
        return 0.2 * (min(n, self.rows(n)) / 300) ** 2
