"""Data of a regression: y = -(x_0^2 + ... + x_9^2), 10,000 points x drawn uniformly from [-1, 1]^10."""

import numpy as np

DIMENSIONS = 10
SIZE = 10_000
TRAINING_SHARE = 0.8


def load_data():
    """Return ``(train_X, train_y), (valid_X, valid_y)``, the same at every call."""
    rng = np.random.default_rng(2018)
    X = rng.uniform(-1.0, 1.0, (SIZE, DIMENSIONS))
    y = -np.sum(X**2, axis=1, keepdims=True)
    n = int(TRAINING_SHARE * SIZE)
    return (X[:n], y[:n]), (X[n:], y[n:])


if __name__ == "__main__":
    (train_X, train_y), (valid_X, valid_y) = load_data()
    print("train_X shape:", train_X.shape)
    print("train_y shape:", train_y.shape)
    print("valid_X shape:", valid_X.shape)
    print("valid_y shape:", valid_y.shape)
