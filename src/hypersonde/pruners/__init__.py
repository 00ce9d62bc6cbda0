"""Third floor: which running trials to stop."""

from hypersonde.pruners.base import Pruner
from hypersonde.pruners.hyperband import Hyperband
from hypersonde.pruners.median import Median
from hypersonde.pruners.percentile import Percentile
from hypersonde.pruners.successive_halving import SuccessiveHalving

__all__ = ["Hyperband", "Median", "Percentile", "Pruner", "SuccessiveHalving"]
