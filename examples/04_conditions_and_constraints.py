"""A space where some parameters exist only beside others, and some combinations are ruled out."""

from ConfigSpace import EqualsCondition, InCondition

from hypersonde import HpProblem, Study
from hypersonde.evaluators import SerialEvaluator

problem = HpProblem()
problem.add_hyperparameter(["linear", "rbf", "poly"], "kernel")
problem.add_hyperparameter((1e-3, 1e3, "log-uniform"), "C")
problem.add_hyperparameter((1e-4, 1e1, "log-uniform"), "gamma")
problem.add_hyperparameter((2, 5), "degree")
problem.add(
    InCondition(problem.space["gamma"], problem.space["kernel"], ["rbf", "poly"]),
    EqualsCondition(problem.space["degree"], problem.space["kernel"], "poly"),
)
problem.add_constraint(lambda config: config["C"] * config.get("gamma", 1.0) < 100)


def run(config):
    from sklearn.datasets import load_iris
    from sklearn.model_selection import cross_val_score
    from sklearn.svm import SVC

    return cross_val_score(SVC(max_iter=2000, **config), *load_iris(return_X_y=True), cv=3).mean()


study = Study(problem, run, seed=2)
study.run(max_evals=20, evaluator=SerialEvaluator())
print(f"accuracy {study.best.value:.3f} with {study.best.config}")
