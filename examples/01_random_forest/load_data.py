"""Handwritten digits, 8 x 8 pixels, as scikit-learn ships them: 80 % to train on, 20 % to validate."""

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def load_data():
    X, y = load_digits(return_X_y=True)
    train_X, valid_X, train_y, valid_y = train_test_split(X, y, test_size=0.2, random_state=42, stratify=y)
    return (train_X, train_y), (valid_X, valid_y)


if __name__ == "__main__":
    for name, (X, y) in zip(("train", "valid"), load_data(), strict=True):
        print(f"{name}_X shape: {X.shape}")
        print(f"{name}_y shape: {y.shape}")
