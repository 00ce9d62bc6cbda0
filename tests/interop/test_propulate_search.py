"""Scripts written for Propulate run with only their imports changed, with and without mpirun."""

import csv
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hypersonde.errors import InvalidInput
from hypersonde.evaluators import ThreadEvaluator
from hypersonde.interop.propulate import (
    Islands,
    Propagator,
    Propulator,
    SelectMax,
    SelectUniform,
    get_default_propagator,
    problem_of,
)
from hypersonde.interop.propulate.propulator import best_of_islands
from hypersonde.pruners import SuccessiveHalving
from hypersonde.samplers import CMAES
from hypersonde.testing.histories import folded, random_events
from hypersonde.trials import State

LIMITS = {"conv_layers": (2, 10), "activation": ("relu", "sigmoid", "tanh"), "lr": (0.01, 0.0001)}

SCRIPT = """
import random
import sys
import time

from mpi4py import MPI

from hypersonde.interop.propulate import Islands, Propulator, get_default_propagator


def ind_loss(params):
    activation = {"relu": 0.0, "sigmoid": 1.0, "tanh": 0.5}[params["activation"]]
    return abs(params["conv_layers"] - 6) + activation + 100 * abs(params["lr"] - 0.005)


num_generations = 8
pop_size = 2 * MPI.COMM_WORLD.size
limits = {
    "conv_layers": (2, 10),
    "activation": ("relu", "sigmoid", "tanh"),
    "lr": (0.01, 0.0001),
}
rng = random.Random(MPI.COMM_WORLD.rank)
"""

OLD = """
propagator = get_default_propagator(
    pop_size=pop_size, limits=limits, mate_prob=0.7, mut_prob=0.4, random_prob=0.1, rng=rng
)
islands = Islands(
    loss_fn=ind_loss,
    propagator=propagator,
    rng=rng,
    generations=num_generations,
    num_islands=2,
    checkpoint_path=sys.argv[1],
)
best = islands.evolve(top_n=1, logging_interval=1, debug=2)
"""

NEW = """
propagator = get_default_propagator(
    pop_size=pop_size, limits=limits, crossover_prob=0.7, mutation_prob=0.4, random_init_prob=0.1, rng=rng
)
propulator = Propulator(
    loss_fn=ind_loss, propagator=propagator, rng=rng, generations=num_generations, checkpoint_path=sys.argv[1]
)
propulator.propulate(logging_interval=1, debug=2)
best = propulator.summarize(top_n=3, debug=2)
"""

LAST = """
sys.stdout.write(f"best {MPI.COMM_WORLD.rank} {[[round(ind.loss, 3) for ind in island] for island in best]}\\n")
"""


@pytest.mark.parametrize("ranks", [1, 4])
@pytest.mark.parametrize("spelling", [OLD, NEW], ids=["evolve", "propulate"])
def test_a_script_of_theirs_runs_and_every_rank_knows_the_best(tmp_path, spelling, ranks):
    (tmp_path / "script.py").write_text(SCRIPT + spelling + LAST)
    command = [sys.executable, "script.py", "log"]
    if ranks > 1:
        command = [str(Path(sys.executable).parent / "mpirun"), "-n", str(ranks), *command]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    said = sorted(re.findall(r"best (\d) (\[\[.*?\]\])", done.stdout))  # ranks may print into each other's lines
    assert [rank for rank, _ in said] == [str(rank) for rank in range(ranks)]
    assert len({best for _, best in said}) == 1
    with open(tmp_path / "log" / "results.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8 * ranks
    assert {row["state"] for row in rows} == {"COMPLETE"}


def propagator(pop_size=8):
    return get_default_propagator(pop_size, LIMITS)


def loss(individual):
    return abs(individual["conv_layers"] - 6) + 100 * abs(individual["lr"] - 0.005)


def test_a_search_goes_on_where_it_was(tmp_path):
    for generations in (10, 25):
        found = Propulator(loss, propagator(), random.Random(1), generations=generations, checkpoint_path=tmp_path)
        found.propulate()
        assert len(found.history) == generations


def test_islands_have_their_sizes_and_their_own_best(tmp_path):
    search = Islands(
        loss,
        propagator(),
        random.Random(1),
        generations=60,
        island_sizes=np.array([1, 2]),
        migration_topology=np.array([[0, 1], [1, 0]]),
        migration_probability=0.3,
        emigration_propagator=SelectUniform,
        immigration_propagator=SelectMax,
        pollination=False,
        checkpoint_path=tmp_path,
    )
    best = search.evolve(top_n=2)
    assert [len(island) for island in best] == [2, 2]
    assert [ind.island for island in best for ind in island] == [0, 0, 1, 1]
    assert best[0][0].loss <= best[0][1].loss
    assert best[0][0].loss == pytest.approx(loss(best[0][0]))
    assert np.bincount([t.why["island"] for t in search.history]).tolist() == [20, 40]


def test_any_evaluator_and_any_sampler_serve(tmp_path):
    limits = {"x": (-5.0, 5.0), "y": (5.0, -5.0)}
    search = Propulator(
        lambda ind: ind["x"] ** 2 + ind["y"] ** 2,
        Propagator(problem_of(limits), CMAES()),
        generations=40,
        checkpoint_path=tmp_path,
        evaluator=ThreadEvaluator(2),
    )
    ((best,),) = search.evolve()
    assert len(search.history) == 80
    assert best.loss < 1.0


def test_a_loss_function_that_yields_can_be_cut_short(tmp_path):
    def yielding(individual):
        for _ in range(27):
            time.sleep(0.001)
            yield abs(individual["lr"] - 0.005)

    search = Propulator(
        yielding,
        propagator(),
        random.Random(2),
        generations=20,
        checkpoint_path=tmp_path,
        surrogate_factory=lambda: SuccessiveHalving(min_resource=1, reduction_factor=3),
    )
    search.propulate()
    assert search.history.count(State.PRUNED) > 0
    assert search.history.count(State.COMPLETE) > 0
    assert all(len(t.measurements) == 27 for t in search.history if t.state is State.COMPLETE)


def test_ranks_that_evaluate_together_are_handed_their_communicator(tmp_path):
    (tmp_path / "script.py").write_text(
        """
import os
import random
from hypersonde.interop.propulate import Propulator, get_default_propagator

def loss(individual, comm):
    return comm.allreduce(individual["x"]) / comm.size

propulator = Propulator(
    loss, get_default_propagator(4, {"x": (0.0, 1.0)}), random.Random(0), generations=5, ranks_per_worker=2,
    checkpoint_path="log",
)
propulator.propulate()
best = propulator.summarize()
os.write(1, f"best {best is not None}\\n".encode())  # in one piece: ranks print into each other's lines
"""
    )
    mpirun = str(Path(sys.executable).parent / "mpirun")
    done = subprocess.run(
        [mpirun, "-n", "4", sys.executable, "script.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (
        sorted(line for line in done.stdout.splitlines() if line.startswith("best"))
        == ["best False"] * 2 + ["best True"] * 2
    )


class Counted:
    """A history that counts how many trials were looked at."""

    def __init__(self, history):
        self.history, self.looks = history, 0

    def __iter__(self):
        for trial in self.history:
            self.looks += 1
            yield trial

    def __getitem__(self, number):
        self.looks += 1
        return self.history[number]


def test_the_summary_is_one_pass_over_the_trials():
    problem = problem_of({"x": (0.0, 1.0)})
    history = Counted(folded(problem, random_events(problem, 500, np.random.default_rng(1))))
    [best] = best_of_islands(history, 3)
    assert len(best) == 3
    assert history.looks == 500 + 3


def test_limits_that_are_none_are_one_clear_line():
    with pytest.raises(InvalidInput, match="two floats, two whole numbers"):
        problem_of({"x": (1.0, 2.0, 3.0)})


def test_a_reversed_range_is_searched_inside_not_at_its_ends(tmp_path):
    search = Propulator(loss, propagator(), random.Random(3), generations=150, checkpoint_path=tmp_path)
    search.propulate()
    rates = np.array([trial.config["lr"] for trial in search.history])
    assert np.mean(np.isin(rates, LIMITS["lr"])) < 0.02
    assert 0.0001 <= rates.min() < rates.max() <= 0.01


def test_a_loss_that_is_not_a_number_is_never_the_best(tmp_path):
    def sometimes(individual):
        return float("nan") if individual["conv_layers"] == 6 else loss(individual)

    search = Islands(sometimes, propagator(), random.Random(1), generations=80, num_islands=2, checkpoint_path=tmp_path)
    best = search.evolve(top_n=3)
    assert search.history.count(State.FAILED) > 0
    assert all(np.isfinite(individual.loss) for island in best for individual in island)


def test_without_generations_islands_do_nothing_as_there(tmp_path):
    search = Islands(loss, propagator(), random.Random(1), checkpoint_path=tmp_path)
    assert search.evolve() == []
    assert len(search.history) == 0
