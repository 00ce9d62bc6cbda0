"""Search spaces for the tests: every kind of parameter, conditions and clauses, built from a seed."""

from typing import Any

import ConfigSpace as cs
import numpy as np

from hypersonde.problem import HpProblem


def every_kind() -> list[Any]:
    """One hyperparameter of each kind that has an encoding."""
    return [
        cs.Float("real", (-2.0, 3.0)),
        cs.Float("real_log", (1e-6, 1e2), log=True),
        cs.Integer("whole", (-5, 40)),
        cs.Integer("whole_log", (1, 10_000), log=True),
        cs.Integer("whole_wide", (0, 2**31 - 1)),
        cs.NormalFloatHyperparameter("normal", mu=2.0, sigma=1.0, lower=0.0, upper=10.0),
        cs.NormalIntegerHyperparameter("normal_whole", mu=3, sigma=2, lower=1, upper=9),
        cs.BetaFloatHyperparameter("beta", alpha=2, beta=5, lower=-1.0, upper=3.0),
        cs.BetaIntegerHyperparameter("beta_whole", alpha=2, beta=5, lower=1, upper=64, log=True),
        cs.OrdinalHyperparameter("size", ["s", "m", "l"]),
        cs.OrdinalHyperparameter("width", [16, 64, 256]),
        cs.Categorical("mixed", [None, "relu", 2, 0.5, True]),
        cs.Categorical("weighted", ["a", "b", "c"], weights=[0.1, 0.2, 0.7]),
        cs.Categorical("flag", [True, False]),
        cs.Constant("fixed", "adam"),
        cs.Constant("number", 7),
    ]


def tangled(seed: int) -> HpProblem:
    """A random space with nested conditions and forbidden clauses of all sorts.

    "Not equal" is asked of parents that are always active only: to ConfigSpace an inactive parent differs from every
    value, which it then contradicts when it checks its own default configuration; here it makes the child inactive.
    """
    rng = np.random.default_rng(seed)
    problem = HpProblem()
    names = list("zyxwvutsrq")[: int(rng.integers(5, 11))]
    parents: list[Any] = []
    for name in names:
        part = _parameter(name, rng)
        problem.add(part)
        if parents and rng.random() < 0.6:
            problem.add_condition(_condition(part, parents, problem, rng))
        parents.append(part)
    for _ in range(int(rng.integers(0, 4))):
        clause = _clause(parents, rng)
        if not clause.is_forbidden_value({p.name: p.default_value for p in parents}):
            problem.add_forbidden_clause(clause)
    return problem


def _parameter(name: str, rng: np.random.Generator) -> Any:
    kinds: list[Any] = [
        lambda: cs.Float(name, (0.5, 4.0), log=bool(rng.integers(2))),
        lambda: cs.Integer(name, (1, 6), log=bool(rng.integers(2))),
        lambda: cs.Categorical(name, ["a", "b", None, 3]),
        lambda: cs.OrdinalHyperparameter(name, ["low", "mid", "high"]),
    ]
    return kinds[int(rng.integers(len(kinds)))]()


def _value(part: Any, rng: np.random.Generator) -> Any:
    return HpProblem(cs.ConfigurationSpace([part])).encoding.decode(rng.random((1, 1)) * 3.0)[0][part.name]


def _condition(child: Any, parents: list[Any], problem: HpProblem, rng: np.random.Generator) -> Any:
    always = set(problem.space.unconditional_hyperparameters)
    parts = [
        _one_condition(child, p, p.name in always, rng) for p in rng.permutation(np.array(parents, dtype=object))[:2]
    ]
    if len(parts) < 2 or rng.random() < 0.4:
        return parts[0]
    return (cs.AndConjunction if rng.random() < 0.5 else cs.OrConjunction)(*parts)


def _one_condition(child: Any, parent: Any, always: bool, rng: np.random.Generator) -> Any:
    value = _value(parent, rng)
    kinds: list[Any] = [cs.EqualsCondition, lambda c, p, v: cs.InCondition(c, p, [v])]
    kinds += [cs.NotEqualsCondition] * always
    if not isinstance(parent, cs.CategoricalHyperparameter):
        kinds += [cs.LessThanCondition, cs.GreaterThanCondition] * 2
    return kinds[int(rng.integers(len(kinds)))](child, parent, value)


def _clause(parts: list[Any], rng: np.random.Generator) -> Any:
    clauses = [_one_clause(p, rng) for p in rng.permutation(np.array(parts, dtype=object))[:2]]
    kind = rng.integers(4)
    numbers = [p for p in parts if isinstance(p, cs.UniformFloatHyperparameter | cs.UniformIntegerHyperparameter)]
    if kind == 0 and len(numbers) >= 2:
        relations = [cs.ForbiddenLessThanRelation, cs.ForbiddenGreaterThanRelation, cs.ForbiddenEqualsRelation]
        return relations[int(rng.integers(3))](numbers[0], numbers[1])
    if kind == 1:
        return clauses[0]
    return (cs.ForbiddenAndConjunction if kind == 2 else cs.ForbiddenOrConjunction)(*clauses)


def _one_clause(part: Any, rng: np.random.Generator) -> Any:
    value = _value(part, rng)
    kinds: list[Any] = [cs.ForbiddenEqualsClause, lambda p, v: cs.ForbiddenInClause(p, [v])]
    if not isinstance(part, cs.CategoricalHyperparameter):
        kinds += [
            cs.ForbiddenLessThanClause,
            cs.ForbiddenLessThanEqualsClause,
            cs.ForbiddenGreaterThanClause,
            cs.ForbiddenGreaterThanEqualsClause,
        ]
    return kinds[int(rng.integers(len(kinds)))](part, value)
