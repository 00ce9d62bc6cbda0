"""The propagators of Propulate's scripts, by their names and with their arguments."""

import logging
import random

import numpy as np
import pytest

from hypersonde.errors import InvalidInput
from hypersonde.interop import propulate
from hypersonde.interop.propulate import (
    ActiveCMA,
    BasicCMA,
    BasicPSO,
    CanonicalPSO,
    CMAPropagator,
    Compose,
    Conditional,
    ConstrictionPSO,
    CrossoverMultiple,
    CrossoverSigmoid,
    CrossoverUniform,
    InitUniform,
    InitUniformPSO,
    IntervalMutationNormal,
    ParallelNelderMead,
    PointMutation,
    Propulator,
    RandomPointMutation,
    SelectMax,
    SelectMin,
    SelectUniform,
    StatelessPSO,
    VelocityClampingPSO,
    set_logger_config,
)
from hypersonde.samplers.evolution.pso import Basic, Clamped, Constriction

THEIRS = {
    *(
        "ActiveCMA",
        "BasicCMA",
        "BasicPSO",
        "CMAPropagator",
        "CanonicalPSO",
        "Compose",
        "Conditional",
        "ConstrictionPSO",
    ),
    *("CrossoverMultiple", "CrossoverSigmoid", "CrossoverUniform", "InitUniform", "IntervalMutationNormal"),
    *("ParallelNelderMead", "PointMutation", "Propagator", "RandomPointMutation", "SelectMax", "SelectMin"),
    *("SelectUniform", "StatelessPSO", "VelocityClampingPSO"),
}
SPHERE = {"x": (-5.0, 5.0), "y": (5.0, -5.0)}
MIXED = {"n": (1, 9), "kind": ("a", "b", "c"), "x": (0.0, 1.0)}
RNG = random.Random(1)


def sphere(individual):
    return individual["x"] ** 2 + individual["y"] ** 2


def mixed(individual):
    return abs(individual["n"] - 4) + (individual["kind"] != "b") + (individual["x"] - 0.3) ** 2


def test_every_name_is_where_a_script_looks_for_it():
    assert all(hasattr(propulate, name) and hasattr(propulate.propagators, name) for name in THEIRS)


SWARM = (0.729, 1.49445, 1.49445, 0, SPHERE, RNG)
NUMBERS = {
    "BasicPSO": BasicPSO(*SWARM),
    "VelocityClampingPSO": VelocityClampingPSO(*SWARM, v_limits=0.3),
    "ConstrictionPSO": ConstrictionPSO(2.49445, 2.49445, 0, SPHERE, RNG),
    "CanonicalPSO": CanonicalPSO(2.49445, 2.49445, 0, SPHERE, RNG),
    "StatelessPSO": StatelessPSO(1.49445, 1.49445, 0, SPHERE, RNG),
    "Conditional": Conditional(6, BasicPSO(*SWARM), InitUniformPSO(SPHERE, rng=RNG, rank=0)),
    "BasicCMA": CMAPropagator(BasicCMA(), SPHERE, rng=RNG),
    "ActiveCMA": CMAPropagator(ActiveCMA(), SPHERE, pop_size=8, rng=RNG),
    "ParallelNelderMead": ParallelNelderMead(SPHERE, RNG, start=np.array([4.0, -4.0])),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_it_searches_numbers_within_their_limits(tmp_path, name):
    search = Propulator(sphere, NUMBERS[name], random.Random(1), generations=120, checkpoint_path=tmp_path)
    search.propulate()
    ((best,),) = search.summarize(top_n=1)
    assert best.loss < 0.5
    assert all(-5.0 <= value <= 5.0 for trial in search.history for value in trial.config.values())


def chain(*operators):
    return Compose([SelectMin(8), SelectUniform(2, rng=RNG), *operators, InitUniform(MIXED, 1, 0.1, RNG)])


CHAINS = {
    "uniform": chain(CrossoverUniform(0.5, 0.7, RNG), PointMutation(MIXED, 1, 0.4, RNG)),
    "multiple": chain(CrossoverMultiple(2, 0.7, RNG), RandomPointMutation(MIXED, 1, 2, 0.6, RNG)),
    "sigmoid": chain(CrossoverSigmoid(1.0, 0.7, RNG), PointMutation(MIXED), IntervalMutationNormal(MIXED, 0.1)),
    "conditional": Conditional(
        12, chain(CrossoverUniform(), PointMutation(MIXED), IntervalMutationNormal(MIXED)), InitUniform(MIXED)
    ),
    "worst": Compose([SelectMin(8), SelectMax(1), PointMutation(MIXED, points=2, probability=1.0)]),
}


@pytest.mark.parametrize("name", CHAINS)
def test_operators_put_together_search_every_kind_of_parameter(tmp_path, name):
    search = Propulator(mixed, CHAINS[name], random.Random(1), generations=150, checkpoint_path=tmp_path)
    search.propulate()
    ((best,),) = search.summarize(top_n=1)
    assert best["kind"] == "b"
    assert best.loss < 0.5


def test_what_was_asked_for_is_what_searches():
    assert NUMBERS["BasicPSO"].sampler.motion == Basic(0.729, 1.49445, 1.49445)
    assert NUMBERS["VelocityClampingPSO"].sampler.motion == Clamped(Basic(0.729, 1.49445, 1.49445), 0.3)
    assert NUMBERS["CanonicalPSO"].sampler.motion == Clamped(Constriction(2.49445, 2.49445), 1.0)
    assert (NUMBERS["BasicCMA"].sampler.active, NUMBERS["ActiveCMA"].sampler.active) == (False, True)
    assert NUMBERS["ActiveCMA"].sampler.population == 8
    assert NUMBERS["ParallelNelderMead"].problem.starting_points == ({"x": 4.0, "y": -4.0},)
    assert (CHAINS["uniform"].sampler.pop_size, CHAINS["conditional"].sampler.pop_size) == (8, 12)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Compose([SelectUniform(2), PointMutation(MIXED)]), "got SelectUniform first, expected SelectMin"),
        (lambda: Compose([SelectMin(4), CrossoverUniform()]), "no operator has limits"),
        (lambda: RandomPointMutation(MIXED, 3, 2), "got 3 to 2"),
    ],
)
def test_what_cannot_be_put_together_is_one_line(wrong, message):
    with pytest.raises(InvalidInput, match=message):
        wrong()


def test_the_log_is_shown_as_a_script_asks_for(tmp_path, capsys):
    logger, handlers, level = logging.getLogger("hypersonde"), [], logging.getLogger("hypersonde").level
    handlers[:] = logger.handlers
    try:
        set_logger_config(logging.INFO, tmp_path / "logs" / "file.log", log_rank=True, colors=False)
        logger.info("said")
    finally:
        for handler in set(logger.handlers) - set(handlers):
            logger.removeHandler(handler)
            handler.close()
        logger.setLevel(level)
    assert "said" in (tmp_path / "logs" / "file.log").read_text()
