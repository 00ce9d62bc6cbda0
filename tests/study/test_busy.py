"""The benchmark of utilization, small: one manager, its real costs, virtual workers."""

import runpy
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "utilization.py"


@pytest.mark.parametrize("sampler", ["auto", "random"])
def test_one_manager_keeps_workers_of_a_minute_busy(sampler):
    figures = runpy.run_path(str(BENCHMARK))["utilization"](32, 96, 60.0, sampler)
    assert figures["evals"] == 96
    assert figures["busy"] > 0.99
    assert sum(figures["proposers"].values()) == 96
