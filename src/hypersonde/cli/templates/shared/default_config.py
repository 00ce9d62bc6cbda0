"""Train once with the starting point of the search: the baseline to beat."""

if __package__:
    from .model_run import run
    from .problem import Problem
else:
    from model_run import run
    from problem import Problem

if __name__ == "__main__":
    print(f"objective: {run(Problem.starting_point):.3f}")
