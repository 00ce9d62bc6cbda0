"""The run function: train a network with one hidden layer (Keras 3 on PyTorch), return its validation R^2.

``python model_run.py`` trains with a good configuration, ``python model_run.py best.json`` with the best one
of a search, as ``hypersonde topk results.csv -o best.json`` writes it.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")  # before Keras is imported

import keras
import torch

if __package__:
    from .load_data import load_data
else:
    from load_data import load_data

GOOD = {"units": 80, "activation": "sigmoid", "lr": 0.05}


def run(point):
    """Validation R^2, at most 1, of the network that the hyperparameters `point` give: the search maximizes it."""
    torch.set_num_threads(1)  # several workers share the machine
    keras.utils.set_random_seed(0)
    (train_X, train_y), (valid_X, valid_y) = load_data()
    model = keras.Sequential(
        [
            keras.Input((train_X.shape[1],)),
            keras.layers.Dense(point["units"], activation=point["activation"]),
            keras.layers.Dense(1),
        ]
    )
    model.compile(
        loss="mse",
        optimizer=keras.optimizers.Adam(learning_rate=point["lr"]),
        metrics=[keras.metrics.R2Score(name="r2")],
    )
    history = model.fit(
        train_X,
        train_y,
        batch_size=256,
        epochs=40,
        verbose=0,
        callbacks=[keras.callbacks.EarlyStopping(monitor="val_r2", mode="max", patience=8)],
        validation_data=(valid_X, valid_y),
        validation_batch_size=len(valid_X),
    )
    return float(max(history.history["val_r2"]))


if __name__ == "__main__":
    best = json.loads(Path(sys.argv[1]).read_text())["0"] if len(sys.argv) > 1 else GOOD
    print("objective: ", round(run(best), 4))
