"""Whether `hypersonde explain` tells the truth: what it says of a model, beside what fresh points say.

    python benchmarks/diagnostics.py [--seeds 5] [--near]

Four functions of 3 to 6 parameters, without noise and with noise of 0.3 standard deviations, after 15, 30 and 60
evaluations: drawn at random, or with --near half of them around the best, as a search leaves them. Truth is the same
model's prediction of 300 fresh random points. Prints the means over everything.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np

from hypersonde import HpProblem
from hypersonde.columns import Array, Columns
from hypersonde.models.calibration import Agreement
from hypersonde.models.gp import Embedding, Posterior, Prior, most_plausible
from hypersonde.models.outputs import Warp
from hypersonde.study.explanation import model_quality
from hypersonde.trials import Finished, History, Metric, Started, State


def valley(X: Array) -> Array:
    Z = 4.0 * X - 2.0
    return np.asarray(np.log1p(np.sum(100.0 * (Z[:, 1:] - Z[:, :-1] ** 2) ** 2 + (1.0 - Z[:, :-1]) ** 2, axis=1)))


TASKS: dict[str, tuple[int, Callable[[Array], Array]]] = {
    "bowl": (4, lambda X: ((X - 0.3) ** 2) @ np.array([3.0, 2.0, 1.0, 0.1])),
    "waves": (3, lambda X: np.sin(7.0 * X[:, 0]) * np.cos(5.0 * X[:, 1]) + X[:, 2]),
    "valley": (4, valley),
    "product": (6, lambda X: np.prod(np.abs(4.0 * X - 2.0) + 0.3, axis=1)),
}


def study(X: Array, y: Array) -> History:
    names = [f"x{d}" for d in range(X.shape[1])]
    history = History(HpProblem(dict.fromkeys(names, (0.0, 1.0))), [Metric("loss", "minimize")])
    for i, (x, loss) in enumerate(zip(X.tolist(), y.tolist(), strict=True)):
        config = dict(zip(names, x, strict=True))
        history.extend([Started(i, 2.0 * i, config), Finished(i, 2.0 * i + 1.0, State.COMPLETE, (loss,))])
    return history


def truth(X: Array, y: Array, fresh: Array, values: Array) -> Agreement:
    warp, t = Warp.of(y)
    embedding = Embedding.of(Columns.continuous(X.shape[1]))
    posterior = Posterior.given(embedding, most_plausible(embedding, embedding.embed(X), t, Prior()), X, t)
    mean, variance = posterior.predict(fresh)
    slope = (warp.warped[-1] - warp.warped[0]) / (warp.losses[-1] - warp.losses[0])
    beyond = values - np.clip(values, warp.losses[0], warp.losses[-1])
    measured = np.interp(values, warp.losses, warp.warped) + slope * beyond
    return Agreement.of(measured, mean, np.sqrt(variance + posterior.hyperparameters.noise))


def compare(task: str, noise: float, n: int, seed: int, near: bool) -> list[list[float]]:
    count, f = TASKS[task]
    rng = np.random.default_rng([seed, n])
    X, fresh = rng.random((n, count)), rng.random((300, count))
    if near:
        best = X[np.argmin(f(X[: n // 2]))]
        X[n // 2 :] = np.clip(best + 0.12 * rng.normal(size=(n - n // 2, count)), 0.0, 1.0)
    scale = noise * float(f(fresh).std())
    y, values = (f(Z) + scale * rng.normal(size=len(Z)) for Z in (X, fresh))
    quality = model_quality(study(X, y))
    assert quality is not None
    judged = (quality.agreement, quality.refitted, truth(X, y, fresh, values))
    return [[a.r_squared, a.rank_correlation, *(c.share for c in a.coverage)] for a in judged]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--near", action="store_true")
    options = parser.parse_args()
    print(f"{'evaluations':<12}{'said by':<10}{'R2':>6}{'rank':>6}{'50 %':>6}{'80 %':>6}{'90 %':>6}")
    for n in (15, 30, 60):
        cells = [(task, noise, seed) for task in TASKS for noise in (0.0, 0.3) for seed in range(options.seeds)]
        found = np.mean([compare(task, noise, n, seed, options.near) for task, noise, seed in cells], axis=0)
        for name, row in zip(("left out", "refitted", "truth"), found.tolist(), strict=True):
            print(f"{n:<12}{name:<10}" + "".join(f"{value:>6.2f}" for value in row))


if __name__ == "__main__":
    main()
