"""Report on the way, and stop early what is hopeless."""

import time

from hypersonde import HpProblem, State, Study
from hypersonde.evaluators import ThreadEvaluator
from hypersonde.pruners import Median

problem = HpProblem({"lr": (1e-4, 1.0, "log-uniform"), "decay": (0.0, 0.5)})


def run(trial):
    quality = 1 - abs(trial["lr"] - 0.01) ** 0.5 - trial["decay"] / 2
    accuracy = 0.0
    for epoch in range(30):
        time.sleep(0.01)  # an epoch of training
        accuracy += (quality - accuracy) * 0.2
        trial.report(accuracy, step=epoch)
        if trial.should_stop():
            break
    return accuracy


study = Study(problem, run, pruner=Median(), seed=1)
history = study.run(max_evals=40, evaluator=ThreadEvaluator(2)).history
epochs = sum(len(trial.measurements) for trial in history)
print(f"accuracy {study.best.value:.3f} with {study.best.config}")
print(f"{history.count(State.PRUNED)} of 40 trials were pruned; {epochs} epochs instead of {40 * 30}")
