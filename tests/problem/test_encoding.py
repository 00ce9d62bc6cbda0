"""The laws of the encoded view: round trips, agreement with ConfigSpace, the right measure."""

import math
from typing import Any

import ConfigSpace as cs
import numpy as np
import pytest
from ConfigSpace.exceptions import ForbiddenValueError
from hypothesis import given, settings
from hypothesis import strategies as st
from spaces import every_kind, tangled

from hypersonde.errors import InvalidInput
from hypersonde.problem import Encoding, HpProblem

KINDS = [pytest.param(part, id=part.name) for part in every_kind()]
ALL = HpProblem(cs.ConfigurationSpace(every_kind()))
seeds = st.integers(0, 2**32 - 1)


def alone(part: Any) -> Encoding:
    return HpProblem(cs.ConfigurationSpace([part])).encoding


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Equal names, types and values; floats up to the rounding of a position in [0, 1]."""
    return list(a) == list(b) and all(
        type(a[k]) is type(b[k])
        and (math.isclose(a[k], b[k], rel_tol=1e-12, abs_tol=1e-14) if type(a[k]) is float else a[k] == b[k])
        for k in a
    )


@settings(max_examples=60, deadline=None)
@given(seed=seeds)
def test_a_configuration_comes_back_from_its_row_as_plain_python(seed: int) -> None:
    ALL.space.seed(seed % 2**31)
    drawn = [dict(c) for c in ALL.space.sample_configuration(8)]
    back = ALL.encoding.decode(ALL.encoding.encode(drawn))
    for config, copy in zip(drawn, back, strict=True):
        plain = ALL.check(config)
        assert plain == config
        assert same(copy, plain)
        assert {type(v) for v in copy.values()} <= {int, float, bool, str, type(None)}


@settings(max_examples=60, deadline=None)
@given(seed=seeds)
def test_a_row_comes_back_from_its_configuration(seed: int) -> None:
    X = ALL.encoding.sample(8, np.random.default_rng(seed))
    back = ALL.encoding.encode(ALL.encoding.decode(X))
    np.testing.assert_allclose(back, X, atol=1e-13)
    on_edge = (np.abs(np.nan_to_num(X) * 1e12 % 1.0 - 0.5) < 1e-3).any(axis=1)  # where rounding to 12 decimals turns
    assert ALL.encoding.keys(back[~on_edge]) == ALL.encoding.keys(X[~on_edge])


@given(low=st.integers(1, 10**6), width=st.integers(1, 10**6), log=st.booleans(), data=st.data())
def test_every_integer_of_a_range_has_a_position_of_its_own(low: int, width: int, log: bool, data: Any) -> None:
    encoding = HpProblem({"x": (low, low + width, "log-uniform" if log else "uniform")}).encoding
    x = data.draw(st.integers(low, low + width))
    assert encoding.decode(encoding.encode([{"x": x}])) == [{"x": x}]
    assert 0.0 < encoding.encode([{"x": x}])[0, 0] < 1.0


@given(
    ends=st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)).filter(lambda e: e[0] + 1e-3 < e[1]),
    u=st.floats(0.0, 1.0),
)
def test_a_real_number_stays_in_its_range(ends: tuple[float, float], u: float) -> None:
    low, high = ends
    encoding = HpProblem({"x": (low, high)}).encoding
    value = encoding.decode(np.array([[u]]))[0]["x"]
    assert low - 1e-6 <= value <= high + 1e-6  # ConfigSpace rounds the ends
    assert math.isclose(encoding.encode([{"x": value}])[0, 0], u, abs_tol=1e-6)
    np.testing.assert_allclose(encoding.encode([{"x": low}, {"x": high}])[:, 0], [0.0, 1.0], atol=1e-9)


@pytest.mark.parametrize("seed", range(80))
def test_what_is_active_and_allowed_is_what_configspace_says(seed: int) -> None:
    problem = tangled(seed)
    encoding = problem.encoding
    X = encoding.from_unit(np.random.default_rng(seed).random((40, len(encoding.columns))))
    for config, allowed in zip(encoding.decode(X), encoding.allowed(X), strict=True):
        try:
            cs.Configuration(problem.space, values=config).check_valid_configuration()
        except ForbiddenValueError:
            assert not allowed, config
        else:
            assert allowed, config
        assert (encoding.complaint(config) is None) == allowed


@pytest.mark.parametrize("seed", range(0, 80, 4))
def test_a_configuration_with_conditions_comes_back_from_its_row(seed: int) -> None:
    encoding = tangled(seed).encoding
    X = encoding.sample(20, np.random.default_rng(seed))
    configs = encoding.decode(X)
    back = encoding.decode(encoding.encode(configs))
    assert all(same(a, b) for a, b in zip(configs, back, strict=True))
    np.testing.assert_array_equal(encoding.active(X), ~np.isnan(X))


@pytest.mark.parametrize("seed", range(0, 80, 4))
def test_snapping_and_activating_twice_equals_once(seed: int) -> None:
    encoding = tangled(seed).encoding
    X = np.random.default_rng(seed).random((30, len(encoding.columns))) * np.maximum(encoding.columns.levels, 1)
    X = np.where(encoding.columns.categorical, X, np.clip(X, 0, 1))
    X[::5, 0] = np.nan
    snapped = encoding.snap(X)
    np.testing.assert_allclose(encoding.snap(snapped), snapped, atol=1e-15)
    active = encoding.activate(snapped)
    np.testing.assert_array_equal(encoding.activate(active), active)
    assert all(encoding.complaint(c) in (None, FORBIDDEN) for c in encoding.decode(active))


FORBIDDEN = "a forbidden clause or constraint rules it out"


@pytest.mark.parametrize("part", KINDS)
def test_decoding_snaps_first(part: Any) -> None:
    encoding = alone(part)
    X = np.linspace(0, max(1, encoding.columns.levels[0] - 1) if encoding.columns.categorical[0] else 1, 201)[:, None]
    assert all(same(a, b) for a, b in zip(encoding.decode(X), encoding.decode(encoding.snap(X)), strict=True))


def distance(a: list[Any], b: list[Any]) -> float:
    """The greatest difference of two samples' cumulative shares, whatever the values' type."""
    order = {v: i for i, v in enumerate(sorted({*a, *b}, key=lambda v: (str(type(v)), v)))}
    p, q = (np.bincount([order[v] for v in s], minlength=len(order)) / len(s) for s in (a, b))
    return float(np.abs(np.cumsum(p - q)).max())


@pytest.mark.parametrize("part", [p for p in KINDS if not (p.id or "").endswith(("whole_log", "beta_whole"))])
def test_samples_are_distributed_as_those_of_configspace(part: Any) -> None:
    """Two samples of 4,000: a distance of 0.044 has a chance of less than 0.001 when both laws are equal."""
    encoding, n = alone(part), 4_000
    ours = [c[part.name] for c in encoding.decode(encoding.sample(n, np.random.default_rng(1)))]
    theirs = part.sample_value(n, seed=np.random.RandomState(2)).tolist()
    assert distance(ours, theirs) < 0.044


def test_a_narrow_prior_in_a_wide_range_is_met() -> None:
    part = cs.NormalIntegerHyperparameter("n", mu=300, sigma=2, lower=1, upper=10**9)
    encoding = alone(part)
    drawn = np.array([c["n"] for c in encoding.decode(encoding.sample(2_000, np.random.default_rng(0)))])
    assert abs(drawn.mean() - 300) < 1
    assert abs(drawn.std() - 2) < 0.5


def test_a_log_integer_is_uniform_in_its_logarithm() -> None:
    encoding = HpProblem({"n": (1, 1000, "log-uniform")}).encoding
    drawn = np.array([c["n"] for c in encoding.decode(encoding.sample(9_000, np.random.default_rng(0)))])
    edges = np.log(np.array([0.5, 5.5, 50.5, 1000.5]))
    shares = np.histogram(drawn, [0.5, 5.5, 50.5, 1000.5])[0] / 9_000
    np.testing.assert_allclose(shares, np.diff(edges) / (edges[-1] - edges[0]), atol=0.02)


def test_samples_are_uniform_over_what_is_allowed() -> None:
    problem = HpProblem({"x": (0.0, 1.0), "y": (0.0, 1.0)})
    problem.add_constraint(lambda c: c["x"] + c["y"] < 0.2)
    X = problem.encoding.sample(4_000, np.random.default_rng(0))
    assert problem.encoding.allowed(X).all()
    np.testing.assert_allclose(X.mean(axis=0), 0.2 / 3, atol=0.004)


def test_a_rare_part_of_the_space_is_found() -> None:
    problem = HpProblem({"x": (0.0, 1.0)})
    problem.add_constraint(lambda c: c["x"] < 3e-4)
    assert len(problem.encoding.sample(3, np.random.default_rng(0))) == 3


def test_constraints_and_clauses_hold_together() -> None:
    problem = HpProblem({"a": (1, 4), "b": ["x", "y"]})
    problem.add_constraint(lambda c: c["a"] != 3)
    problem.add(
        cs.ForbiddenAndConjunction(
            cs.ForbiddenEqualsClause(problem.space["a"], 4), cs.ForbiddenEqualsClause(problem.space["b"], "y")
        )
    )
    drawn = problem.encoding.decode(problem.encoding.sample(300, np.random.default_rng(0)))
    assert {(c["a"], c["b"]) for c in drawn} == {(1, "x"), (1, "y"), (2, "x"), (2, "y"), (4, "x")}


def test_equal_configurations_have_equal_keys_and_others_have_not() -> None:
    encoding = HpProblem({"x": (0.0001, 1.0, "log-uniform"), "n": (1, 10**9)}).encoding
    configs = [{"x": 0.01, "n": 5}, {"x": 0.01, "n": 6}, {"x": 0.02, "n": 5}, {"x": 0.01, "n": 5}]
    keys = encoding.keys(encoding.encode(configs))
    assert keys[0] == keys[3]
    assert len(set(keys)) == 3
    assert encoding.keys(np.array([[np.nan, 0.0]])) == encoding.keys(np.array([[-np.nan, -0.0]]))


@pytest.mark.parametrize(
    ("space", "count"),
    [({"a": (1, 4), "b": ["x", "y", None]}, 12.0), ({"a": (1, 4), "b": (0.0, 1.0)}, math.inf), ({"c": 7}, 1.0)],
)
def test_the_size_of_a_space(space: dict[str, Any], count: float) -> None:
    assert HpProblem(space).encoding.cardinality() == count


def test_a_condition_leaves_an_inactive_parameter_out_and_a_new_one_at_its_default() -> None:
    problem = HpProblem({"kind": ["svm", "forest"], "depth": (1, 9)})
    problem.add_condition(cs.EqualsCondition(problem.space["depth"], problem.space["kind"], "forest"))
    encoding = problem.encoding
    X = encoding.encode([{"kind": "svm"}, {"kind": "forest", "depth": 2}])
    X[0, 0], X[1, 0] = X[1, 0], X[0, 0]
    assert encoding.decode(encoding.activate(X)) == [{"kind": "forest", "depth": 5}, {"kind": "svm"}]
    with pytest.raises(InvalidInput, match="'depth' is given but its condition does not hold"):
        problem.add_starting_point(kind="svm", depth=3)
    with pytest.raises(InvalidInput, match="'depth' is missing"):
        problem.add_starting_point(kind="forest")
