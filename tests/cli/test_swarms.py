"""The variants of swarms and of CMA-ES on the command line."""

import pytest

from hypersonde.cli.islands import read_samplers
from hypersonde.cli.swarms import read_motion
from hypersonde.errors import InvalidInput
from hypersonde.samplers.evolution.pso import Basic, Canonical, Clamped, Constriction


def test_a_motion_is_a_word_with_settings():
    assert read_motion([]) is None
    assert read_motion(["basic:inertia=0.5"]) == Basic(inertia=0.5)
    assert read_motion(["clamping:v_limits=0.1"]) == Clamped(Basic(), 0.1)
    assert read_motion(["constriction"]) == Constriction()
    assert read_motion(["canonical:c_social=2.5,v_limits=0.3"]) == Canonical(c_social=2.5, v_limits=0.3)


def test_a_swarm_on_an_island_has_its_motion_too():
    (swarm,) = read_samplers(["pso:motion=constriction,particles=5"])
    assert (swarm.motion, swarm.particles) == (Constriction(), 5)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["basics"], "motion"),
        (["basic:v_limits=1"], "setting of motion basic"),
        (["constriction:c_social=1.0"], "c_cognitive \\+ c_social > 4"),
        (["basic", "canonical"], "got 2 of them"),
    ],
)
def test_a_motion_that_is_none_is_one_line(texts, message):
    with pytest.raises(InvalidInput, match=message):
        read_motion(texts)


@pytest.mark.parametrize(
    "words",
    [
        "pso --motion basic",
        "pso --motion clamping:v_limits=0.1",
        "pso --motion constriction",
        "pso --motion canonical --particles 4",
        "cmaes --no-active --no-margin",
        "cmaes --separable --population 5",
        "nelder-mead --scale 0.1",
        "differential-evolution --budget 12",
    ],
)
def test_every_variant_searches(hypersonde, words):
    said = hypersonde(f"hps {words} -p problem.py -r model_run.py --metric objective:minimize --max-evals 12")
    assert said.code == 0, said.err
