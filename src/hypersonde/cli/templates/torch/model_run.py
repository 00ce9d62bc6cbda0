"""The run function: train a network with one hidden layer (PyTorch), return its validation R^2.

``python model_run.py`` trains with a good configuration, ``python model_run.py best.json`` with the best one
of a search, as ``hypersonde topk results.csv -o best.json`` writes it.
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn

if __package__:
    from .load_data import load_data
else:
    from load_data import load_data

ACTIVATIONS = {None: nn.Identity, "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}
GOOD = {"units": 80, "activation": "sigmoid", "lr": 0.03}
BATCH_SIZE = 128
EPOCHS = 50
PATIENCE = 10


def run(point):
    """Validation R^2, at most 1, of the network that the hyperparameters `point` give: the search maximizes it."""
    torch.set_num_threads(1)  # several workers share the machine
    torch.manual_seed(0)
    (train_X, train_y), (valid_X, valid_y) = tensors()
    model = nn.Sequential(
        nn.Linear(train_X.shape[1], point["units"]),
        ACTIVATIONS[point["activation"]](),
        nn.Linear(point["units"], 1),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=point["lr"])
    best, best_epoch = -float("inf"), 0
    for epoch in range(EPOCHS):
        train(model, optimizer, train_X, train_y)
        score = r2(model, valid_X, valid_y)
        if score > best:
            best, best_epoch = score, epoch
        if epoch - best_epoch >= PATIENCE:
            break
    return best


def tensors():
    """The training and the validation data as tensors."""
    return [[torch.tensor(a, dtype=torch.float32) for a in pair] for pair in load_data()]


def train(model, optimizer, X, y):
    """One epoch of mini-batches."""
    for rows in torch.randperm(len(X)).split(BATCH_SIZE):
        loss = nn.functional.mse_loss(model(X[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@torch.no_grad()
def r2(model, X, y):
    """The share of the variance of y that the model explains."""
    return 1.0 - float(((y - model(X)) ** 2).sum() / ((y - y.mean()) ** 2).sum())


if __name__ == "__main__":
    best = json.loads(Path(sys.argv[1]).read_text())["0"] if len(sys.argv) > 1 else GOOD
    print("objective: ", round(run(best), 4))
