"""First floor: the search space, and its view as arrays."""

from hypersonde.problem.encoding import Config, Constraint, Encoding
from hypersonde.problem.problem import HpProblem

__all__ = ["Config", "Constraint", "Encoding", "HpProblem"]
