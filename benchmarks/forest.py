"""Forests and boosted trees: time, error and calibration, beside scikit-learn where it is installed.

python benchmarks/forest.py speed           CPU milliseconds of fits, predictions and updates
python benchmarks/forest.py calibration     error and coverage of 90 % intervals on held-out points
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from hypersonde.columns import Columns
from hypersonde.models.boosting import Boosting
from hypersonde.models.forest import extra_trees, random_forest
from hypersonde.models.forest import forest as module
from hypersonde.models.forest.backend import Numpy, backend
from hypersonde.models.warm import warm

CANDIDATES = 768


def sphere(X):
    return ((X - 0.4) ** 2).sum(axis=1)


def branin(X):
    x, y = 15 * X[:, 0] - 5, 15 * X[:, 1]
    curve = y - 5.1 / (4 * np.pi**2) * x * x + 5 / np.pi * x - 6
    return curve**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10


def rastrigin(X):
    Z = 5 * (X - 0.5)
    return (Z * Z - 10 * np.cos(2 * np.pi * Z) + 10).sum(axis=1)


def ackley(X):
    Z = 10 * (X - 0.6)
    return -20 * np.exp(-0.2 * np.sqrt((Z * Z).mean(axis=1))) - np.exp(np.cos(2 * np.pi * Z).mean(axis=1))


def ridge(X):
    return np.abs(X[:, :4] @ np.array([1.0, -1.0, 0.5, 0.2]))


def noisy(X):
    return np.sin(5 * X[:, 0]) + X[:, 1] ** 2 + 0.3 * np.random.default_rng(len(X)).normal(size=len(X))


FUNCTIONS = [(sphere, 5), (sphere, 10), (branin, 2), (rastrigin, 3), (ackley, 6), (ridge, 8), (noisy, 5)]
MODELS = {"ET": extra_trees(), "RF": random_forest(), "GBRT": Boosting()}


def cpu_ms(call: Callable[[], object], repeats: int = 5) -> float:
    """Median CPU milliseconds of a call."""
    times = []
    for _ in range(repeats):
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    return 1000 * float(np.median(times))


def speed() -> None:
    warm()
    print(f"{'model':12}{'backend':10}{'rows':>8}{'fit':>10}{f'predict {CANDIDATES}':>14}{'add 1':>9}")
    compiled = backend()
    cases = [(1000, 100, both) for both in (compiled, Numpy())]
    cases += [(4000, 48, compiled), (20_000, 32, compiled), (100_000, 32, compiled)]
    for n, trees, how in cases:
        rng = np.random.default_rng(0)
        X, there = rng.random((n, 10)), rng.random((CANDIDATES, 10))
        y = np.sin(5 * X[:, 0]) + X[:, 1]
        module.backend = lambda how=how: how
        for name, settings in (("ET", extra_trees(trees)), ("RF", random_forest(trees))):
            model = settings.fit(X, y, Columns.continuous(10), rng)
            fit = cpu_ms(lambda s=settings, X=X, y=y: s.fit(X, y, Columns.continuous(10), np.random.default_rng(1)), 3)
            predict = cpu_ms(lambda m=model, there=there: m.predict(there))
            add = cpu_ms(lambda m=model, there=there: m.add(there[:1], there[:1, 0]))
            label = f"{name} {trees}"
            print(f"{label:12}{type(how).__name__:10}{n:8}{fit:10.1f}{predict:14.1f}{add:9.2f}", flush=True)
    sklearn_speed()


def sklearn_speed() -> None:
    try:
        from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
    except ImportError:
        return
    rng = np.random.default_rng(0)
    X, there = rng.random((1000, 10)), rng.random((CANDIDATES, 10))
    y = np.sin(5 * X[:, 0]) + X[:, 1]
    for name, kind in (("ET", ExtraTreesRegressor), ("RF", RandomForestRegressor)):
        model = kind(100, min_samples_split=3).fit(X, y)
        fit, predict = (
            cpu_ms(lambda k=kind: k(100, min_samples_split=3).fit(X, y), 3),
            cpu_ms(lambda m=model: m.predict(there)),
        )
        print(f"{name + ' 100':12}{'sklearn':10}{1000:8}{fit:10.1f}{predict:14.1f}{'-':>9}", flush=True)


def calibration() -> None:
    print(f"{'model':8}{'rows':>6}{'rmse':>8}{'cover 90 %':>12}{'least':>8}{'most':>8}{'-log p':>8}")
    for n in (30, 100, 500):
        for name, settings in MODELS.items():
            scores = np.array([[score(settings, f, d, n, seed) for seed in range(3)] for f, d in FUNCTIONS]).mean(
                axis=1
            )
            rmse, cover, nll = scores.mean(axis=0)
            least, most = scores[:, 1].min(), scores[:, 1].max()
            print(f"{name:8}{n:6}{rmse:8.3f}{cover:12.3f}{least:8.3f}{most:8.3f}{nll:8.3f}", flush=True)


def score(settings, function, dimensions: int, n: int, seed: int) -> tuple[float, float, float]:
    """Error in deviations of y, coverage, and negative log density, at 1,000 held-out points."""
    rng = np.random.default_rng(seed)
    X = rng.random((n + 1000, dimensions))
    y = function(X)
    mean, deviation = settings.fit(X[:n], y[:n], Columns.continuous(dimensions), rng).predict(X[n:])
    error, unit = y[n:] - mean, y[:n].std()
    inside = np.abs(error) < 1.6449 * deviation
    nll = 0.5 * (error / deviation) ** 2 + np.log(deviation / unit) + 0.5 * np.log(2 * np.pi)
    return float(np.sqrt(np.mean(error**2)) / unit), float(inside.mean()), float(nll.mean())


if __name__ == "__main__":
    {"speed": speed, "calibration": calibration}[sys.argv[1]]()
