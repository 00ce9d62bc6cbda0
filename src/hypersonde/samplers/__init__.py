"""Third floor: what to try next."""

from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.random import Random

__all__ = ["Random", "Sampler", "Suggestion"]
