"""Predictions by folds know nothing of what they predict."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Columns
from hypersonde.models.gp import Embedding, Prior
from hypersonde.models.gp.folds import predict_by_folds


def test_a_prediction_does_not_change_with_the_output_that_it_is_for() -> None:
    rng = np.random.default_rng(0)
    X = rng.random((20, 2))
    t = np.sin(5.0 * X[:, 0])
    changed = t.copy()
    changed[7] += 3.0
    embedding = Embedding.of(Columns.continuous(2))
    before, after = (predict_by_folds(embedding, X, outputs, Prior()) for outputs in (t, changed))
    assert before[0][7] == after[0][7]
    assert before[1][7] == after[1][7]
    assert np.sum(before[0] != after[0]) == 16
    assert np.all(before[1] > 0.0)


def test_two_rows_are_enough() -> None:
    embedding = Embedding.of(Columns.continuous(1))
    mean, variance = predict_by_folds(embedding, np.array([[0.1], [0.9]]), np.array([-1.0, 1.0]), Prior())
    assert np.isfinite(mean).all()
    assert np.isfinite(variance).all()
