"""Data for a regression: y = -(x_1^2 + ... + x_10^2) at random points; 80 % to train on, 20 % to validate."""

import numpy as np


def load_data(size=10_000, dimensions=10, low=-1.0, high=1.0, train=0.8, seed=42):
    """``(train_X, train_y), (valid_X, valid_y)``: X of shape (n, dimensions), y of shape (n, 1)."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(low, high, (size, dimensions)).astype(np.float32)
    y = -np.sum(X**2, axis=1, keepdims=True)
    split = int(train * size)
    return (X[:split], y[:split]), (X[split:], y[split:])


if __name__ == "__main__":
    for name, (X, y) in zip(("train", "valid"), load_data(), strict=True):
        print(f"{name}_X shape: {X.shape}")
        print(f"{name}_y shape: {y.shape}")
