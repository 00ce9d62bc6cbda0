"""A mistake in a space is one line that says what, got, expected, and the way out."""

from collections.abc import Callable
from typing import Any

import ConfigSpace as cs
import numpy as np
import pytest

from hypersonde.errors import InvalidInput
from hypersonde.problem import HpProblem

ADDITIONS: list[tuple[Any, str]] = [
    ((10, 1), "parameter 'x': a range needs low < high, got (10, 1). Use (1, 10)."),
    ((3, 3), "parameter 'x': a range needs low < high, got (3, 3). Use the constant 3."),
    ((0.0, 1.0, "log-uniform"), 'a log scale needs low > 0, got 0.0. Use (1e-6, 1.0, "log-uniform")'),
    ((1e-15, 1.0, "log-uniform"), "a log scale starts at 1e-12 or above, got 1e-15. Use (1e-12, 1.0)."),
    ((1, 10, "lg"), "unknown scale of parameter 'x': 'lg'"),
    ((1, 10, 2), "unknown scale of parameter 'x': 2. Known:"),
    ((1,), "a range is (low, high) or (low, high, scale), got 1 items: (1,)."),
    ((), "a range is (low, high) or (low, high, scale), got 0 items: ()."),
    (("a", "b"), "the bounds of a range are numbers, got 'a'. For categories write a list: ['a', 'b']."),
    ((False, True), "the bounds of a range are numbers, got False. For categories write a list: [False, True]."),
    ((0.0, float("inf")), "the bounds of a range are finite, got inf."),
    ((float("nan"), 1.0), "the bounds of a range are finite, got nan."),
    ((0, 2**63), "an integer range has at most 10,000,000,000 values"),
    ((-1e308, 1e308), "too wide for floating-point numbers"),
    ((1.0, 1.0 + 1e-15), "too narrow for floating-point numbers"),
    ([], "parameter 'x': the list of categories is empty. Give at least one."),
    (["a", "b", "a"], "parameter 'x': the categories 'a' and 'a' are equal. Leave one out."),
    ([1, True], "parameter 'x': the categories 1 and True are equal. Leave one out."),
    ([float("nan")], "NaN cannot be a category"),
    (["a", ["b"]], "a category is a string, a number, a boolean or None, got list ['b']. Use names and look"),
    ({1, 2}, "expected a tuple (low, high), a list of categories, a constant or a ConfigSpace hyperparameter, got set"),
    (None, "expected a tuple (low, high), a list of categories"),
    (cs.Float("y", (0, 1)), "the ConfigSpace hyperparameter is named 'y'. Give both the same name"),
]


def says(act: Callable[[], object]) -> str:
    with pytest.raises(InvalidInput) as caught:
        act()
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(("value", "expected"), ADDITIONS, ids=lambda v: str(v)[:30])
def test_a_bad_range_is_refused_with_the_way_out(value: Any, expected: str) -> None:
    assert expected in says(lambda: HpProblem().add_hyperparameter(value, "x"))
    assert expected in says(lambda: HpProblem().add_dim("x", value))
    assert expected in says(lambda: HpProblem({"x": value}))


@pytest.mark.parametrize(
    ("value", "default", "expected"),
    [
        ((1, 10), 11, "the default 11 is not an integer in [1, 10]."),
        ((1, 10), 2.5, "the default 2.5 is not an integer in [1, 10]."),
        ((0.0, 1.0), "half", "the default 'half' is not a number in [0.0, 1.0]."),
        ((0.0, 1.0), True, "the default True is not a number in [0.0, 1.0]."),
        (["a", "b"], "c", "the default 'c' is not one of ['a', 'b']."),
        ("adam", "sgd", "'adam' takes no default beside it, got 'sgd'. Leave it out."),
        (cs.Float("x", (0, 1)), 0.5, "takes no default beside it, got 0.5. Leave it out."),
    ],
)
def test_a_default_outside_the_range_is_refused(value: Any, default: Any, expected: str) -> None:
    assert expected in says(lambda: HpProblem().add_hyperparameter(value, "x", default))


@pytest.mark.parametrize(
    ("value", "name"), [((1, 10), 5), ((1, 10), (2, 3)), (["a"], None), ((1, 10), ""), ((1, 10), None)]
)
def test_a_parameter_without_a_name_is_a_clear_error_in_both_orders(value: Any, name: Any) -> None:
    expected = "a parameter needs a name, a string that is not empty, beside its range: add_hyperparameter((1, 10)"
    assert expected in says(lambda: HpProblem().add_hyperparameter(value, name))
    assert expected in says(lambda: HpProblem().add_dim(name, value))


def test_a_name_is_taken_once() -> None:
    problem = HpProblem({"x": (1, 10)})
    assert "parameter 'x' exists already." in says(lambda: problem.add_dim("x", (0.0, 1.0)))


SPACE = {"units": (1, 100), "activation": [None, "relu"], "lr": (0.0001, 1.0)}


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ({"units": 0}, "'units' is 0, expected an integer in [1, 100]."),
        ({"units": 2.5}, "'units' is 2.5, expected an integer in [1, 100]."),
        ({"units": True}, "'units' is True, expected an integer in [1, 100]."),
        ({"units": "ten"}, "'units' is 'ten', expected an integer in [1, 100]."),
        ({"units": np.arange(2)}, "'units' is array([0, 1]), expected an integer in [1, 100]."),
        ({"lr": float("nan")}, "'lr' is nan, expected a number in [0.0001, 1]."),
        ({"lr": None}, "'lr' is None, expected a number in [0.0001, 1]."),
        ({"activation": "rely"}, "'activation' is 'rely', expected one of [None, 'relu']."),
        ({"activation": np.array(["relu", "relu"])}, "expected one of [None, 'relu']."),
        ({"activation": []}, "'activation' is [], expected one of [None, 'relu']."),
        ({"unit": 3}, "unknown parameter 'unit'. Did you mean 'units'? Known: units, "),
    ],
)
def test_a_starting_point_outside_the_space_says_why(point: dict[str, Any], expected: str) -> None:
    problem = HpProblem(SPACE)
    assert expected in says(lambda: problem.add_starting_point(**{"units": 1, "activation": None, "lr": 0.1, **point}))
    assert problem.starting_points == ()


def test_a_missing_parameter_is_named() -> None:
    problem = HpProblem(SPACE)
    assert "'lr' is missing, expected a number in" in says(lambda: problem.add_starting_point(units=1, activation=None))


def test_a_boolean_is_no_number_and_a_number_no_boolean() -> None:
    problem = HpProblem({"flag": [True, False], "count": [0, 1, 2]})
    assert "'flag' is 1, expected one of" in says(lambda: problem.check({"flag": 1, "count": 1}))
    assert "'count' is True, expected one of" in says(lambda: problem.check({"flag": True, "count": True}))


def test_an_empty_space_is_refused_when_it_is_used() -> None:
    assert "the search space is empty. Add a parameter" in says(lambda: HpProblem().encoding)


@pytest.mark.parametrize("space", [3, "x", [("x", (1, 2))]])
def test_a_problem_is_made_from_a_mapping(space: Any) -> None:
    assert "a problem is made from a mapping of names to ranges" in says(lambda: HpProblem(space))


def test_the_space_is_closed_once_there_is_a_starting_point() -> None:
    problem = HpProblem({"x": (1, 10)})
    problem.add_starting_point(x=3)
    expected = "Add parameters, conditions, clauses and constraints first, starting points last."
    assert expected in says(lambda: problem.add_dim("y", (0.0, 1.0)))
    assert expected in says(lambda: problem.add_constraint(lambda c: c["x"] < 5))
    assert problem.names == ("x",)


def test_what_is_refused_leaves_the_problem_as_it_was() -> None:
    problem = HpProblem({"x": (1, 10), "kind": ["a", "b"]})
    before = str(problem)
    clause = cs.ForbiddenEqualsClause(problem.space["kind"], "a")
    assert "rules out the default configuration. Give the parameters" in says(lambda: problem.add(clause))
    stranger = cs.EqualsCondition(cs.Float("z", (0, 1)), problem.space["kind"], "a")
    assert "ConfigSpace refuses it: Could not find child 'z'" in says(lambda: problem.add_condition(stranger))
    assert "3: ConfigSpace refuses it: Unknown type" in says(lambda: problem.add(3))
    assert str(problem) == before
    problem.add_dim("y", (0.0, 1.0))
    assert problem.names == ("kind", "x", "y")


def test_a_constraint_is_a_function_that_answers() -> None:
    problem = HpProblem({"x": (1, 10)})
    assert "a constraint is a function of a configuration, got 3." in says(lambda: problem.add_constraint(3))  # type: ignore[arg-type]

    def small(config: dict[str, Any]) -> bool:
        return bool(config["y"] < 3)

    problem.add_constraint(small)
    message = says(lambda: problem.encoding.sample(3, np.random.default_rng(0)))
    assert "the constraint small raised KeyError: 'y' for {'x': " in message


def test_constraints_that_leave_nothing_are_said_so() -> None:
    problem = HpProblem({"x": (1, 10)})
    problem.add_constraint(lambda config: False)
    message = says(lambda: problem.encoding.sample(1, np.random.default_rng(0)))
    assert "rule out nearly all of the space: 0 allowed configurations in" in message


def test_a_kind_of_parameter_without_an_encoding_is_named() -> None:
    problem = HpProblem(cs.ConfigurationSpace({"n": (1, 10)}))
    problem.add(cs.UniformIntegerHyperparameter("wide", 0, 2**40))
    assert "parameter 'wide': an integer range has at most" in says(lambda: problem.encoding)
