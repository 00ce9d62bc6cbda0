"""Every sampler of the house obeys the laws of a sampler."""

from __future__ import annotations

import pytest

from hypersonde.samplers import AMBS, GA, Grid, QuasiRandom, Random
from hypersonde.testing.samplers import MakeSampler, SamplerLaws

SAMPLERS: dict[str, MakeSampler] = {
    "random": Random,
    "sobol": QuasiRandom,
    "halton": lambda: QuasiRandom("halton", seed=3),
    "lhs": lambda: QuasiRandom("lhs", points=20),
    "grid": lambda: Grid(resolution=100),
    "grid in order": lambda: Grid(resolution=100, scattered=False),
    "ga": lambda: GA(pop_size=8),
}


class TestSamplers(SamplerLaws):
    @pytest.fixture(params=SAMPLERS)
    def make(self, request: pytest.FixtureRequest) -> MakeSampler:
        return SAMPLERS[request.param]


MODELS: dict[str, MakeSampler] = {
    "forest": lambda: AMBS("RF", initial_points=4, candidates=64),
    "extra trees, EI, pessimistic": lambda: AMBS("ET", "EI", liar="cl_min", initial_points=4, candidates=64),
    "boosted trees": lambda: AMBS("GBRT", initial_points=4, candidates=64),
    "dummy, PI": lambda: AMBS("DUMMY", "PI", initial_points=4, candidates=8),
    "process, LCB, mean lie": lambda: AMBS("GP", "LCB", liar="cl_mean", initial_points=4, candidates=64),
}


class TestAMBS(SamplerLaws):
    @pytest.fixture(params=MODELS)
    def make(self, request: pytest.FixtureRequest) -> MakeSampler:
        return MODELS[request.param]
