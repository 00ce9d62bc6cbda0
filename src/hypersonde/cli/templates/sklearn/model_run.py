"""The run function: trains a network with one hidden layer in scikit-learn, returns R^2 on the validation data."""

import json
import sys
import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

if __package__:
    from .load_data import load_data
else:
    from load_data import load_data

ACTIVATIONS = {"identity": "identity", "relu": "relu", "sigmoid": "logistic", "tanh": "tanh"}


def run(point):
    """The validation R^2 of a network with ``point["units"]`` hidden units; to be maximized."""
    (train_X, train_y), (valid_X, valid_y) = load_data()
    model = MLPRegressor(
        hidden_layer_sizes=(point["units"],),
        activation=ACTIVATIONS[point["activation"]],
        learning_rate_init=point["lr"],
        batch_size=64,
        max_iter=20,
        random_state=42,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 20 epochs are meant to be few
        model.fit(train_X, train_y.ravel())
    return model.score(valid_X, valid_y.ravel())


def main():
    """Train with the best configuration of `hypersonde topk results.csv -o best.json`, or with a good guess."""
    point = {"units": 66, "activation": "relu", "lr": 0.003}
    if len(sys.argv) > 1:
        with open(sys.argv[1]) as file:
            point = json.load(file)["0"]
    print(f"objective:  {run(point):.4f}")


if __name__ == "__main__":
    main()
