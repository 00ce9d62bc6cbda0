"""The laws of samplers, over every algorithm of evolution."""

from __future__ import annotations

import pickle
from functools import partial

import numpy as np
import pytest

from hypersonde.samplers.evolution.chain import Chain
from hypersonde.samplers.evolution.differential import DifferentialEvolution
from hypersonde.samplers.evolution.genetic import GA
from hypersonde.samplers.evolution.nelder_mead import NelderMead
from hypersonde.samplers.evolution.nsga2 import NSGA2
from hypersonde.samplers.evolution.pso import PSO, Basic, Clamped, Constriction
from hypersonde.samplers.evolution.regularized import RegularizedEvolution
from hypersonde.samplers.evolution.steps import (
    CrossoverMultiple,
    CrossoverSigmoid,
    IntervalMutation,
    SelectTournament,
    SelectWorst,
)
from hypersonde.testing.histories import folded, random_events
from hypersonde.testing.problems import PROBLEMS
from hypersonde.testing.samplers import MakeSampler, SamplerLaws, ask

MAKES = {
    "differential": DifferentialEvolution,
    "differential, shrinking": partial(DifferentialEvolution, budget=30),
    "swarm": partial(PSO, 4),
    "basic swarm": partial(PSO, 4, Basic()),
    "clamped swarm": partial(PSO, 4, Clamped()),
    "constricted swarm": partial(PSO, 4, Constriction()),
    "simplex": NelderMead,
    "regularized": partial(RegularizedEvolution, 8, 3),
    "fronts": partial(NSGA2, 8),
    "genetic": partial(GA, 8),
    "chain": partial(Chain, 8, [SelectTournament(3), CrossoverMultiple(), IntervalMutation()]),
    "worst first": partial(Chain, 8, [SelectWorst(2), CrossoverSigmoid(), IntervalMutation(0.2, points=3)]),
}


class TestEvolution(SamplerLaws):
    @pytest.fixture(params=MAKES)
    def make(self, request: pytest.FixtureRequest) -> MakeSampler:
        return MAKES[request.param]

    def test_a_pickled_sampler_goes_on_as_the_original_does(self, make: MakeSampler) -> None:
        history = folded(PROBLEMS["mixed"](), random_events(PROBLEMS["mixed"](), 40, np.random.default_rng(0)))
        sampler = make()
        expected = ask(sampler, history, 2)
        assert ask(pickle.loads(pickle.dumps(sampler)), history, 2) == expected
