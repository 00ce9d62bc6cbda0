"""Scripts written for Propulate: change the imports, and they run here.

``from hypersonde.interop.propulate import Islands, Propulator, get_default_propagator``
"""

from hypersonde.interop.propulate.individual import Individual
from hypersonde.interop.propulate.islands import Islands
from hypersonde.interop.propulate.limits import problem_of
from hypersonde.interop.propulate.propagators import (
    Propagator,
    SelectMax,
    SelectMin,
    SelectUniform,
    get_default_propagator,
)
from hypersonde.interop.propulate.propulator import Propulator

__all__ = [
    "Individual",
    "Islands",
    "Propagator",
    "Propulator",
    "SelectMax",
    "SelectMin",
    "SelectUniform",
    "get_default_propagator",
    "problem_of",
]
