"""The contract between surrogates and whoever asks them: settings fit arrays, fitted models predict.

Letters, everywhere in this folder: ``X`` (n, D) encoded rows in the words of `Columns`, NaN = inactive;
``y`` (n,) outputs, finite, LOWER IS BETTER. A `Surrogate` is a frozen record of settings, a `Model` is what
fitting it to data gives. Neither changes after it was built.
"""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable

import numpy as np

from hypersonde.columns import Array, Columns

__all__ = ["Draws", "Explains", "Model", "Surrogate", "Updatable"]


class Model(Protocol):
    """A fitted regression: what it believes at any row."""

    def predict(self, X: Array) -> tuple[Array, Array]:
        """Mean (n,) and standard deviation (n,) of the objective at rows ``X`` (n, D), in units of y."""
        ...


class Surrogate(Protocol):
    """Settings of a model, as a frozen dataclass: `Forest(trees=100, splitter="random")`."""

    def fit(self, X: Array, y: Array, columns: Columns, rng: np.random.Generator) -> Model:
        """The model of ``y`` (n,) at ``X`` (n, D), n >= 1. Pure: same arrays and `rng` state, same model."""
        ...


@runtime_checkable
class Updatable(Protocol):
    """A model that takes in further points faster than a refit would."""

    def add(self, X: Array, y: Array) -> Self:
        """A new model that has also seen ``X`` (m, D) and ``y`` (m,); this one stays as it is."""
        ...


@runtime_checkable
class Explains(Protocol):
    """A model that can say how well it would have predicted the points it was fitted to."""

    def held_out(self) -> tuple[Array, Array]:
        """Mean (n,) and standard deviation (n,) at each training row, as if that row had not been seen.

        Leave-one-out for a Gaussian process, out-of-bag for a forest. A row that cannot be left out is NaN.
        """
        ...


@runtime_checkable
class Draws(Protocol):
    """A model that can imagine what the objective may look like as a whole."""

    def draw(self, X: Array, count: int, rng: np.random.Generator) -> Array:
        """(count, n) values at the rows of ``X`` (n, D) of `count` functions that the model deems possible."""
        ...
