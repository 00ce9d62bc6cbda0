"""Gaussian processes on mixed, conditional columns."""

from hypersonde.models.gp.embedding import Embedding
from hypersonde.models.gp.fit import most_plausible
from hypersonde.models.gp.functions import Functions
from hypersonde.models.gp.hyperparameters import Hyperparameters, Prior
from hypersonde.models.gp.posterior import MeanFunction, Posterior
from hypersonde.models.gp.process import FittedProcess, GaussianProcess

__all__ = [
    "Embedding",
    "FittedProcess",
    "Functions",
    "GaussianProcess",
    "Hyperparameters",
    "MeanFunction",
    "Posterior",
    "Prior",
    "most_plausible",
]
