"""Small search spaces of every kind, for the laws to be run over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import ConfigSpace as cs
from hypothesis import strategies as st

from hypersonde.problem import HpProblem

__all__ = ["PROBLEMS", "TINY", "any_problem"]


def continuous() -> HpProblem:
    """Real numbers, one of them on a log scale."""
    return HpProblem({"x": (-5.0, 5.0), "y": (0.0, 1.0), "rate": (1e-6, 1.0, "log-uniform")})


def single() -> HpProblem:
    """One real number."""
    return HpProblem({"x": (0.0, 1.0)})


def mixed() -> HpProblem:
    """Numbers, integers on both scales, an ordinal, categories of all types, a constant."""
    problem = HpProblem(
        {
            "units": (1, 1000, "log-uniform"),
            "layers": (1, 8),
            "rate": (1e-5, 1e-1, "log-uniform"),
            "activation": ["relu", "tanh", None],
            "bias": [True, False],
            "version": 7,
        }
    )
    problem.add(cs.OrdinalHyperparameter("batch", [16, 32, 64, 128, 256]))
    return problem


def conditional() -> HpProblem:
    """A choice of two optimizers, each with parameters of its own, one of which depends on another in turn."""
    problem = HpProblem(
        {
            "optimizer": ["sgd", "adam"],
            "momentum": (0.0, 0.99),
            "beta": (0.5, 0.999),
            "schedule": ["constant", "cosine"],
            "restarts": (1, 5),
        }
    )
    space = problem.space
    problem.add_condition(cs.EqualsCondition(space["momentum"], space["optimizer"], "sgd"))
    problem.add_condition(cs.EqualsCondition(space["beta"], space["optimizer"], "adam"))
    problem.add_condition(cs.EqualsCondition(space["schedule"], space["optimizer"], "adam"))
    problem.add_condition(cs.EqualsCondition(space["restarts"], space["schedule"], "cosine"))
    return problem


def forbidden() -> HpProblem:
    """A forbidden combination and a constraint function that rules out half of the rest."""
    problem = HpProblem({"kernel": ["linear", "rbf", "poly"], "degree": (1, 6), "a": (0.0, 1.0), "b": (0.0, 1.0)})
    kernel, degree = problem.space["kernel"], problem.space["degree"]
    problem.add_forbidden_clause(
        cs.ForbiddenAndConjunction(cs.ForbiddenEqualsClause(kernel, "linear"), cs.ForbiddenEqualsClause(degree, 6))
    )
    problem.add_constraint(lambda config: bool(config["a"] + config["b"] <= 1.0))
    return problem


def tiny() -> HpProblem:
    """Eleven configurations in all: one is forbidden, one parameter is conditional."""
    problem = HpProblem({"a": ["p", "q", "r"], "b": (1, 2), "c": (0, 1)})
    a, b, c = (problem.space[name] for name in "abc")
    problem.add_forbidden_clause(
        cs.ForbiddenAndConjunction(cs.ForbiddenEqualsClause(a, "q"), cs.ForbiddenEqualsClause(b, 2))
    )
    problem.add_condition(cs.NotEqualsCondition(c, a, "r"))
    return problem


PROBLEMS: Final[dict[str, Callable[[], HpProblem]]] = {
    "continuous": continuous,
    "single": single,
    "mixed": mixed,
    "conditional": conditional,
    "forbidden": forbidden,
    "tiny": tiny,
}

TINY: Final = 8
"""How many configurations `tiny` allows."""


_integers = st.tuples(st.integers(1, 9), st.integers(1, 400)).map(lambda pair: (pair[0], pair[0] + pair[1]))
_reals = st.tuples(st.floats(1e-6, 1.0), st.floats(1e-3, 1e3)).map(lambda pair: (pair[0], pair[0] + pair[1]))
_logs = st.one_of(_integers, _reals).map(lambda ends: (*ends, "log-uniform"))
_choices = st.lists(st.sampled_from(["a", "b", "c", None, True, 7, 2.5]), min_size=1, max_size=5, unique_by=repr)
_parameters = st.one_of(_integers, _reals, _logs, _choices)


@st.composite
def any_problem(draw: st.DrawFn) -> HpProblem:
    """One to six parameters of any kind, some of which are active only under a condition on the first."""
    spellings: list[Any] = draw(st.lists(_parameters, min_size=1, max_size=6))
    problem = HpProblem({f"p{i}": spelling for i, spelling in enumerate(spellings)})
    first = problem.space["p0"]
    for i in range(1, len(spellings)):
        if isinstance(first, cs.CategoricalHyperparameter) and draw(st.booleans()):
            value = draw(st.sampled_from(list(first.choices)))
            problem.add_condition(cs.EqualsCondition(problem.space[f"p{i}"], first, value))
    return problem
