"""The hyperparameters of a random forest classifier."""

from hypersonde import HpProblem

Problem = HpProblem()
Problem.add_hyperparameter((10, 300), "n_estimators")
Problem.add_hyperparameter(["gini", "entropy"], "criterion")
Problem.add_hyperparameter((1, 50), "max_depth")
Problem.add_hyperparameter((2, 10), "min_samples_split")

# scikit-learn's own defaults are good on average: start there.
Problem.add_starting_point(n_estimators=100, criterion="gini", max_depth=50, min_samples_split=2)

if __name__ == "__main__":
    print(Problem)
