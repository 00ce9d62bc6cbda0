"""What a problem promises its reader."""

from typing import Any

import ConfigSpace as cs
import numpy as np
import pytest

from hypersonde.problem import HpProblem

PRINTED = """\
Configuration space object:
  Hyperparameters:
    activation, Type: Categorical, Choices: {None, relu, sigmoid, tanh}, Default: None
    lr, Type: UniformFloat, Range: [0.0001, 1.0], Default: 0.50005
    units, Type: UniformInteger, Range: [1, 100], Default: 50

Starting Point:
{0: {'activation': None, 'lr': 0.01, 'units': 10}}"""


def seed_problem() -> HpProblem:
    problem = HpProblem()
    problem.add_dim("units", (1, 100))
    problem.add_dim("activation", [None, "relu", "sigmoid", "tanh"])
    problem.add_dim("lr", (0.0001, 1.0))
    problem.add_starting_point(units=10, activation=None, lr=0.01)
    return problem


def test_printing_shows_the_space_and_the_starting_points() -> None:
    assert str(seed_problem()) == PRINTED


def test_both_argument_orders_make_the_same_problem() -> None:
    ours, theirs = HpProblem(), HpProblem()
    for name, value in {"units": (1, 100), "activation": [None, "relu"], "optimizer": "adam"}.items():
        ours.add_hyperparameter(value, name)
        theirs.add_dim(name, value)
    swapped = HpProblem()
    swapped.add_hyperparameter("units", (1, 100))
    swapped.add_dim([None, "relu"], "activation")
    swapped.add_hyperparameter("adam", "optimizer")
    assert str(ours) == str(theirs) == str(swapped) == str(HpProblem(_as_mapping()))


def _as_mapping() -> dict[str, Any]:
    return {"units": (1, 100), "activation": [None, "relu"], "optimizer": "adam"}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ((1, 10), cs.UniformIntegerHyperparameter),
        ((1, 10, "log-uniform"), cs.UniformIntegerHyperparameter),
        ((np.int64(1), np.int64(10)), cs.UniformIntegerHyperparameter),
        ((0.0, 1.0), cs.UniformFloatHyperparameter),
        ((0, 1.0), cs.UniformFloatHyperparameter),
        ((1e-5, 1e-1, "log-uniform"), cs.UniformFloatHyperparameter),
        (["a", 2, 2.5, True, None], cs.CategoricalHyperparameter),
        ([np.str_("a"), np.int64(3)], cs.CategoricalHyperparameter),
        ("adam", cs.Constant),
        (np.float64(3), cs.Constant),
        (cs.NormalFloatHyperparameter("x", mu=0, sigma=1, lower=-3, upper=3), cs.NormalFloatHyperparameter),
    ],
)
def test_short_spellings_stand_for_their_kind(value: Any, kind: type) -> None:
    assert type(HpProblem().add_hyperparameter(value, "x")) is kind


def test_a_configspace_hyperparameter_brings_its_own_name() -> None:
    problem = HpProblem()
    problem.add_hyperparameter(cs.Float("lr", (0, 1)))
    assert problem.names == ("lr",)


def test_none_as_default_means_none_given_unless_none_is_a_category() -> None:
    problem = HpProblem()
    assert problem.add_hyperparameter((1, 10), "a", default_value=None).default_value == 6
    assert problem.add_dim("b", ["x", "y"], None).default_value == "x"
    assert problem.add_dim("c", ["x", None], None).default_value is None


def test_starting_points_keep_their_order_and_their_exact_values() -> None:
    problem = HpProblem({"lr": (0.0001, 1.0), "n": (1, 10)})
    problem.add_starting_point(n=np.int64(3), lr=0.1 + 0.2)
    problem.add_starting_point(n=4.0, lr=np.float32(0.5))
    assert problem.starting_points == ({"lr": 0.1 + 0.2, "n": 3}, {"lr": 0.5, "n": 4})
    assert [type(v) for point in problem.starting_points for v in point.values()] == [float, int] * 2
    assert problem.starting_point == {"lr": 0.1 + 0.2, "n": 3}


def test_who_holds_a_starting_point_cannot_change_it() -> None:
    problem = seed_problem()
    point = problem.starting_point
    assert point is not None
    point["units"] = 99
    problem.starting_points[0]["units"] = 98
    assert problem.starting_points[0]["units"] == 10


def test_a_problem_without_starting_points_says_none() -> None:
    problem = HpProblem({"x": (1, 3)})
    assert problem.starting_point is None
    assert "Starting Point" not in str(problem)


def test_the_encoding_follows_what_is_added() -> None:
    problem = HpProblem({"x": (1, 3)})
    assert len(problem.encoding.columns) == 1
    problem.add_dim("y", (0.0, 1.0))
    assert len(problem.encoding.columns) == 2
    problem.add_constraint(lambda config: config["x"] < 3)
    assert problem.encoding.constrained
    assert "Constraints: 1" in problem.describe()
