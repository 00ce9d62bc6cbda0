"""The run function: trains a network with one hidden layer in PyTorch, returns R^2 on the validation data."""

import json
import sys

import torch

if __package__:
    from .load_data import load_data
else:
    from load_data import load_data

ACTIVATIONS = {
    "identity": torch.nn.Identity,
    "relu": torch.nn.ReLU,
    "sigmoid": torch.nn.Sigmoid,
    "tanh": torch.nn.Tanh,
}


def run(point, epochs=30, batch=64):
    """The validation R^2 of a network with ``point["units"]`` hidden units; to be maximized."""
    torch.set_num_threads(1)  # as many evaluations run at once as there are cores
    torch.manual_seed(42)
    (train_X, train_y), (valid_X, valid_y) = [(torch.from_numpy(X), torch.from_numpy(y)) for X, y in load_data()]
    model = torch.nn.Sequential(
        torch.nn.Linear(train_X.shape[1], point["units"]),
        ACTIVATIONS[point["activation"]](),
        torch.nn.Linear(point["units"], 1),
    )
    optimizer = torch.optim.RMSprop(model.parameters(), lr=point["lr"])
    for _ in range(epochs):
        for rows in torch.randperm(len(train_X)).split(batch):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(train_X[rows]), train_y[rows]).backward()
            optimizer.step()
    with torch.no_grad():
        error = torch.mean((model(valid_X) - valid_y) ** 2)
    return float(1 - error / torch.var(valid_y, correction=0))


def main():
    """Train with the best configuration of `hypersonde topk results.csv -o best.json`, or with a good guess."""
    point = {"units": 66, "activation": "relu", "lr": 0.003}
    if len(sys.argv) > 1:
        with open(sys.argv[1]) as file:
            point = json.load(file)["0"]
    print(f"objective:  {run(point):.4f}")


if __name__ == "__main__":
    main()
