"""Ask for configurations, measure them yourself, tell what came out: no evaluator, any order."""

from hypersonde import HpProblem, Metric, Study

problem = HpProblem({"temperature": (20.0, 90.0), "minutes": (1, 30), "catalyst": ["none", "A", "B"]})


def measure(config):
    """Stands for an experiment in a laboratory: impurities, to be minimized."""
    base = {"none": 3.0, "A": 1.0, "B": 1.5}[config["catalyst"]]
    return base + (config["temperature"] - 63) ** 2 / 500 + abs(config["minutes"] - 12) / 10


study = Study(problem, metrics=Metric("impurity", "minimize"), seed=3)
study.tell({"temperature": 50.0, "minutes": 10, "catalyst": "none"}, 3.5)  # known from last year
for _ in range(10):
    for trial in reversed(study.ask(3)):
        study.tell(trial, measure(trial.config))

print(f"impurity {study.best.value:.3f} with {study.best.config}")
