"""The laws of evaluators on Dask, Ray and Parsl: real clusters on this machine, one for each."""

import subprocess
import sys
from pathlib import Path

import pytest

from hypersonde.testing.evaluators import EvaluatorLaws


def placed(evaluator, workers):
    assert evaluator.await_workers(workers)
    return evaluator


class TestDask(EvaluatorLaws):
    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def cluster(cls):
        import distributed

        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            cls.client = client
            yield

    def make(self, workers):
        from hypersonde.evaluators import DaskEvaluator

        return placed(DaskEvaluator(workers, cluster=self.client), workers)


class TestRay(EvaluatorLaws):
    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def cluster(cls, tmp_path_factory):
        import ray

        with pytest.MonkeyPatch.context() as patch:  # what a later test starts is not to inherit this
            patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
            patch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
            ray.init(
                num_cpus=2,
                include_dashboard=False,
                object_store_memory=200 * 2**20,
                logging_level="ERROR",
                _temp_dir=str(tmp_path_factory.mktemp("ray")),
            )
            yield
            ray.shutdown()

    def make(self, workers):
        from hypersonde.evaluators import RayEvaluator

        return placed(RayEvaluator(workers), workers)


class TestParsl(EvaluatorLaws):
    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def kernel(cls, tmp_path_factory):
        import parsl

        from hypersonde.evaluators.parsl_ import local_config

        kernel = parsl.DataFlowKernel(local_config(2, tmp_path_factory.mktemp("parsl")))
        cls.shared = kernel
        yield
        kernel.cleanup()

    def make(self, workers):
        from hypersonde.evaluators import ParslEvaluator

        return placed(ParslEvaluator(workers, config=self.shared, host="127.0.0.1"), workers)


def test_the_laws_hold_under_mpirun():
    mpirun = Path(sys.executable).with_name("mpirun")
    program = Path(__file__).with_name("laws_under_mpi.py")
    ran = subprocess.run(
        [mpirun, "-n", "3", sys.executable, program], capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-2000:]
    assert " passed" in ran.stdout
    assert "failed" not in ran.stdout
