"""Asynchronous model-based search: a surrogate, an acquisition function, lies for what is pending."""

from hypersonde.samplers.ambs.acquisitions import (
    LCB,
    Acquisition,
    ExpectedImprovement,
    ProbabilityOfImprovement,
)
from hypersonde.samplers.ambs.liar import Lie, cl_max, cl_mean, cl_min
from hypersonde.samplers.ambs.portfolio import Portfolio
from hypersonde.samplers.ambs.sampler import AMBS

__all__ = [
    "AMBS",
    "LCB",
    "Acquisition",
    "ExpectedImprovement",
    "Lie",
    "Portfolio",
    "ProbabilityOfImprovement",
    "cl_max",
    "cl_mean",
    "cl_min",
]
