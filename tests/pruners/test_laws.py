"""Every pruner keeps the laws."""

import pytest

from hypersonde.pruners import Hyperband, Median, Percentile, SuccessiveHalving
from hypersonde.testing.pruners import MakePruner, PrunerLaws

MAKERS = {
    "median": lambda: Median(startup=2),
    "percentile": lambda: Percentile(keep=70, startup=2, warmup=3),
    "halving": lambda: SuccessiveHalving(reduction_factor=3),
    "halving late": lambda: SuccessiveHalving(min_resource=2, reduction_factor=2.5, min_early_stopping_rate=1),
    "hyperband": lambda: Hyperband(max_resource=27),
}


class TestEveryPruner(PrunerLaws):
    @pytest.fixture(params=MAKERS)
    def make(self, request: pytest.FixtureRequest) -> MakePruner:
        return MAKERS[request.param]
