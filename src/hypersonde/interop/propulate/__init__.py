"""Scripts written for Propulate: change the imports, and they run here.

``from hypersonde.interop.propulate import Islands, Propulator, get_default_propagator``
"""

from hypersonde.interop.propulate import propagators
from hypersonde.interop.propulate.checkpoints import read_checkpoints
from hypersonde.interop.propulate.default import Propagator, get_default_propagator
from hypersonde.interop.propulate.individual import Individual
from hypersonde.interop.propulate.islands import Islands
from hypersonde.interop.propulate.limits import problem_of
from hypersonde.interop.propulate.logs import set_logger_config
from hypersonde.interop.propulate.operators import (
    Compose,
    Conditional,
    CrossoverMultiple,
    CrossoverSigmoid,
    CrossoverUniform,
    InitUniform,
    IntervalMutationNormal,
    PointMutation,
    RandomPointMutation,
    SelectMax,
    SelectMin,
    SelectUniform,
)
from hypersonde.interop.propulate.propulator import Propulator
from hypersonde.interop.propulate.variants import (
    ActiveCMA,
    BasicCMA,
    BasicPSO,
    CanonicalPSO,
    CMAPropagator,
    ConstrictionPSO,
    InitUniformPSO,
    ParallelNelderMead,
    StatelessPSO,
    VelocityClampingPSO,
)

__all__ = [
    "ActiveCMA",
    "BasicCMA",
    "BasicPSO",
    "CMAPropagator",
    "CanonicalPSO",
    "Compose",
    "Conditional",
    "ConstrictionPSO",
    "CrossoverMultiple",
    "CrossoverSigmoid",
    "CrossoverUniform",
    "Individual",
    "InitUniform",
    "InitUniformPSO",
    "IntervalMutationNormal",
    "Islands",
    "ParallelNelderMead",
    "PointMutation",
    "Propagator",
    "Propulator",
    "RandomPointMutation",
    "SelectMax",
    "SelectMin",
    "SelectUniform",
    "StatelessPSO",
    "VelocityClampingPSO",
    "get_default_propagator",
    "problem_of",
    "propagators",
    "read_checkpoints",
    "set_logger_config",
]
