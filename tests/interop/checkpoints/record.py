"""Writes these checkpoints again: mpirun -n 2 python record.py NAME DIRECTORY, where propulate 1.2.2 is installed."""

import json
import random
import sys
from pathlib import Path

import numpy as np
from mpi4py import MPI
from propulate import Islands
from propulate.propagators import Conditional
from propulate.propagators.cmaes import ActiveCMA, CMAPropagator
from propulate.propagators.nm import ParallelNelderMead
from propulate.propagators.pso import BasicPSO, InitUniformPSO

LIMITS = {"x": (-5.12, 5.12), "y": (-5.12, 5.12)}
rank = MPI.COMM_WORLD.rank
rng = random.Random(7 + rank)


def swarm(mover):
    return Conditional(2, mover, InitUniformPSO(LIMITS, rng=rng, rank=rank))


PROPAGATORS = {
    "swarm": lambda: swarm(BasicPSO(0.729, 1.49445, 1.49445, rank, LIMITS, rng)),
    "cma": lambda: CMAPropagator(ActiveCMA(), LIMITS, rng=rng),
    "simplex": lambda: ParallelNelderMead(LIMITS, rng=rng, start=np.array([3.0, -2.0])),
}


def sphere(params):
    return params["x"] ** 2 + params["y"] ** 2


name, directory = sys.argv[1], Path(sys.argv[2])
islands = Islands(
    loss_fn=sphere, propagator=PROPAGATORS[name](), rng=rng, generations=12, num_islands=1, checkpoint_path=directory
)
islands.propulate(debug=0)
told = [[ind["x"], ind["y"], float(ind.loss), ind.rank, ind.generation] for ind in islands.propulator.population]
if rank == 0:
    (directory / "individuals.json").write_text(json.dumps(sorted(told, key=lambda row: row[3:])))
