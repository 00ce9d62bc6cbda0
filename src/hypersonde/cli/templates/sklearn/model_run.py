"""The run function: train a network with one hidden layer (scikit-learn), return its validation R^2.

``python model_run.py`` trains with a good configuration, ``python model_run.py best.json`` with the best one
of a search, as ``hypersonde topk results.csv -o best.json`` writes it.
"""

import json
import sys
import warnings
from pathlib import Path

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

if __package__:
    from .load_data import load_data
else:
    from load_data import load_data

ACTIVATIONS = {None: "identity", "relu": "relu", "sigmoid": "logistic", "tanh": "tanh"}
GOOD = {"units": 80, "activation": "sigmoid", "lr": 0.03}


def run(point):
    """Validation R^2, at most 1, of the network that the hyperparameters `point` give: the search maximizes it."""
    (train_X, train_y), (valid_X, valid_y) = load_data()
    model = MLPRegressor(
        hidden_layer_sizes=(point["units"],),
        activation=ACTIVATIONS[point["activation"]],
        learning_rate_init=point["lr"],
        batch_size=200,
        max_iter=40,
        n_iter_no_change=5,
        tol=1e-4,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 40 epochs are meant to be the end
        model.fit(train_X, train_y.ravel())
    return float(model.score(valid_X, valid_y.ravel()))


if __name__ == "__main__":
    best = json.loads(Path(sys.argv[1]).read_text())["0"] if len(sys.argv) > 1 else GOOD
    print("objective: ", round(run(best), 4))
