"""The steps that a chain of evolution is made of: settings of the operators, applied one after the other.

A step takes parents and gives parents; what the last one gives first is the child. Rows are complete (no NaN) and
may lie between legal positions on the way.
"""

from hypersonde.samplers.evolution.steps.base import Parents, Step, check_share
from hypersonde.samplers.evolution.steps.crossing import (
    CrossoverMultiple,
    CrossoverSigmoid,
    CrossoverSimulatedBinary,
    CrossoverUniform,
)
from hypersonde.samplers.evolution.steps.mutating import (
    IntervalMutation,
    OneMutation,
    PointMutation,
    PolynomialMutation,
    RandomInit,
)
from hypersonde.samplers.evolution.steps.selecting import SelectBest, SelectTournament, SelectUniform, SelectWorst

__all__ = [
    "CrossoverMultiple",
    "CrossoverSigmoid",
    "CrossoverSimulatedBinary",
    "CrossoverUniform",
    "IntervalMutation",
    "OneMutation",
    "Parents",
    "PointMutation",
    "PolynomialMutation",
    "RandomInit",
    "SelectBest",
    "SelectTournament",
    "SelectUniform",
    "SelectWorst",
    "Step",
    "check_share",
]
