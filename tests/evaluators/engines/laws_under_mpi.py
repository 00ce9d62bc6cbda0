"""Under ``mpirun -n 3``: rank 0 runs the laws, the other ranks work for one evaluator after the other."""

import sys
from pathlib import Path

import pytest
from mpi4py import MPI

from hypersonde.evaluators.mpi import MpiEvaluator
from hypersonde.testing.evaluators import EvaluatorLaws

RANKS = MPI.COMM_WORLD


class TestMpi(EvaluatorLaws):
    def make(self, workers):
        RANKS.bcast(True, root=0)
        return MpiEvaluator()


if __name__ == "__main__":
    if RANKS.rank == 0:
        code = pytest.main([str(Path(__file__)), "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", "/dev/null"])
        RANKS.bcast(False, root=0)
        sys.exit(code)
    while RANKS.bcast(None, root=0):
        try:
            MpiEvaluator()
        except SystemExit:
            continue
