"""Train with the starting point: the score that the search has to beat."""

if __package__:
    from .model_run import run
    from .problem import Problem
else:
    from model_run import run
    from problem import Problem

if __name__ == "__main__":
    print("objective:", round(run(Problem.starting_point), 4))
