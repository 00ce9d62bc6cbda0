"""Which codec belongs to which ConfigSpace hyperparameter."""

from __future__ import annotations

from typing import Any

import ConfigSpace as cs
from ConfigSpace.hyperparameters import Hyperparameter

from hypersonde.errors import InvalidInput
from hypersonde.problem.codec import Codec
from hypersonde.problem.listed import Choice, Steps
from hypersonde.problem.numeric import Continuum, Whole, check_width, prior


def codec(parameter: Hyperparameter[Any, Any]) -> Codec:
    """The codec of one ConfigSpace hyperparameter.

    Raises
    ------
    InvalidInput : a kind of hyperparameter that has no codec, an integer range that is too wide.
    """
    if isinstance(parameter, cs.UniformFloatHyperparameter):
        return Continuum(parameter.lower, parameter.upper, parameter.log)
    if isinstance(parameter, cs.UniformIntegerHyperparameter):
        return _whole(parameter)
    if isinstance(parameter, cs.NormalFloatHyperparameter | cs.BetaFloatHyperparameter):
        return prior(Continuum(parameter.lower, parameter.upper, parameter.log), parameter)
    if isinstance(parameter, cs.NormalIntegerHyperparameter | cs.BetaIntegerHyperparameter):
        return prior(_whole(parameter), parameter)
    if isinstance(parameter, cs.OrdinalHyperparameter):
        return Steps(tuple(parameter.sequence))
    if isinstance(parameter, cs.CategoricalHyperparameter):
        return Choice(tuple(parameter.choices), tuple(float(p) for p in parameter.probabilities))
    if isinstance(parameter, cs.Constant):
        return Choice((parameter.value,), (1.0,))
    raise InvalidInput(
        f"parameter {parameter.name!r}: a {type(parameter).__name__} is not supported. "
        f"Use a float, an integer, an ordinal, a category or a constant."
    )


def _whole(parameter: Any) -> Whole:
    check_width(parameter.name, int(parameter.lower), int(parameter.upper))
    return Whole(int(parameter.lower), int(parameter.upper), parameter.log)
