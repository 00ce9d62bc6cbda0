"""The run function: trains a network with one hidden layer in Keras, returns R^2 on the validation data."""

import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import torch

if __package__:
    from .load_data import load_data
else:
    from load_data import load_data

ACTIVATIONS = {"identity": None, "relu": "relu", "sigmoid": "sigmoid", "tanh": "tanh"}


def run(point):
    """The validation R^2 of a network with ``point["units"]`` hidden units; to be maximized."""
    torch.set_num_threads(1)  # as many evaluations run at once as there are cores
    keras.utils.set_random_seed(42)
    (train_X, train_y), validation = load_data()
    model = keras.Sequential(
        [
            keras.Input(train_X.shape[1:]),
            keras.layers.Dense(point["units"], activation=ACTIVATIONS[point["activation"]]),
            keras.layers.Dense(1),
        ]
    )
    model.compile(
        loss="mse",
        optimizer=keras.optimizers.RMSprop(learning_rate=point["lr"]),
        metrics=[keras.metrics.R2Score(name="r2")],
    )
    stop = keras.callbacks.EarlyStopping(monitor="val_r2", mode="max", patience=5)
    history = model.fit(
        train_X, train_y, batch_size=128, epochs=40, verbose=0, callbacks=[stop], validation_data=validation
    )
    return history.history["val_r2"][-1]


def main():
    """Train with the best configuration of `hypersonde topk results.csv -o best.json`, or with a good guess."""
    point = {"units": 66, "activation": "relu", "lr": 0.003}
    if len(sys.argv) > 1:
        with open(sys.argv[1]) as file:
            point = json.load(file)["0"]
    print(f"objective:  {run(point):.4f}")


if __name__ == "__main__":
    main()
