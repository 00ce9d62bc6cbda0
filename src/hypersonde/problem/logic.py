"""Conditions and forbidden clauses of a ConfigSpace, compiled to masks over encoded rows."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ConfigSpace as cs
import numpy as np

from hypersonde.columns import Array, Mask
from hypersonde.errors import InvalidInput
from hypersonde.problem.codec import Codec

Rule = Callable[[Array], Mask]
"""(n, D) encoded rows -> (n,) mask. A comparison with an inactive parameter is False, "not equal" included."""

_COMPARE = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}


class Compiler:
    """Builds rules for one space: knows each parameter's column and codec."""

    def __init__(self, codecs: Mapping[str, Codec]) -> None:
        self._codecs = codecs
        self._column = {name: j for j, name in enumerate(codecs)}

    def active_when(self, conditions: Iterable[Any]) -> Rule:
        """True where all the conditions of a parameter hold."""
        return _all([self._condition(c) for c in conditions])

    def _condition(self, c: Any) -> Rule:
        if isinstance(c, cs.AndConjunction):
            return _all([self._condition(part) for part in c.components])
        if isinstance(c, cs.OrConjunction):
            return _any([self._condition(part) for part in c.components])
        if isinstance(c, cs.InCondition):
            return self._among(c.parent.name, c.values)
        if isinstance(c, cs.EqualsCondition):
            return self._among(c.parent.name, [c.value])
        if isinstance(c, cs.NotEqualsCondition):
            return self._other_than(c.parent.name, c.value)
        if isinstance(c, cs.LessThanCondition):
            return self._compare(c.parent.name, "<", c.value)
        if isinstance(c, cs.GreaterThanCondition):
            return self._compare(c.parent.name, ">", c.value)
        raise InvalidInput(f"condition {c}: a {type(c).__name__} is not supported.")

    def forbidden(self, clause: Any) -> Rule:
        """True where a forbidden clause applies."""
        if isinstance(clause, cs.ForbiddenAndConjunction):
            return _all([self.forbidden(part) for part in clause.components])
        if isinstance(clause, cs.ForbiddenOrConjunction):
            return _any([self.forbidden(part) for part in clause.components])
        if isinstance(clause, cs.ForbiddenInClause):
            return self._among(clause.hyperparameter.name, clause.values)
        if isinstance(clause, cs.ForbiddenEqualsClause):
            return self._among(clause.hyperparameter.name, [clause.value])
        sign = _SIGNS.get(type(clause).__name__)
        if sign is not None and hasattr(clause, "left"):
            return self._relation(clause.left.name, sign, clause.right.name)
        if sign is not None:
            return self._compare(clause.hyperparameter.name, sign, clause.value)
        raise InvalidInput(f"forbidden clause {clause}: a {type(clause).__name__} is not supported.")

    def _among(self, name: str, values: Iterable[Any]) -> Rule:
        j = self._column[name]
        targets = self._codecs[name].encode(list(values))
        return lambda X: np.any(np.abs(X[:, j, None] - targets) < 1e-12, axis=1)

    def _other_than(self, name: str, value: Any) -> Rule:
        j, equal = self._column[name], self._among(name, [value])
        return lambda X: ~np.isnan(X[:, j]) & ~equal(X)

    def _compare(self, name: str, sign: str, value: Any) -> Rule:
        j, compare = self._column[name], _COMPARE[sign]
        target = float(self._codecs[name].encode([value])[0])
        slack = 1e-12 if sign.startswith("<") else -1e-12
        target += slack if sign.endswith("=") else -slack
        return lambda X: compare(X[:, j], target)

    def _relation(self, left: str, sign: str, right: str) -> Rule:
        i, j = self._column[left], self._column[right]
        a, b = self._codecs[left], self._codecs[right]
        compare = operator.eq if sign == "==" else _COMPARE[sign]

        def rule(X: Array) -> Mask:
            out = np.zeros(len(X), dtype=np.bool_)
            both = ~np.isnan(X[:, i]) & ~np.isnan(X[:, j])
            pairs = zip(a.decode(X[both, i]), b.decode(X[both, j]), strict=True)
            out[both] = [compare(p, q) for p, q in pairs]
            return out

        return rule


_SIGNS = {
    "ForbiddenLessThanRelation": "<",
    "ForbiddenLessThanEqualsRelation": "<=",
    "ForbiddenGreaterThanRelation": ">",
    "ForbiddenGreaterThanEqualsRelation": ">=",
    "ForbiddenEqualsRelation": "==",
    "ForbiddenLessThanClause": "<",
    "ForbiddenLessThanEqualsClause": "<=",
    "ForbiddenGreaterThanClause": ">",
    "ForbiddenGreaterThanEqualsClause": ">=",
}


def _all(rules: list[Rule]) -> Rule:
    return lambda X: np.logical_and.reduce([rule(X) for rule in rules])


def _any(rules: list[Rule]) -> Rule:
    return lambda X: np.logical_or.reduce([rule(X) for rule in rules])
