"""The scripts of jobs: bash takes each of them, and they say what was asked for."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from batch.test_run import a_run

from hypersonde.batch import MODES, SCHEDULERS, Allocation, Layout
from hypersonde.batch.script import job_script, write_scripts


@pytest.mark.parametrize("nodes", [1, 3])
@pytest.mark.parametrize("scheduler", list(SCHEDULERS))
@pytest.mark.parametrize("mode", list(MODES))
def test_bash_takes_every_script(tmp_path: Path, mode: str, scheduler: str, nodes: int) -> None:
    run = a_run(tmp_path / "it's here", mode=mode, allocation=Allocation(scheduler, 5, nodes))
    write_scripts(run, "export A='b c'\n")
    for path in (run.script, run.directory / "node.sh", run.directory / "environment.sh"):
        said = subprocess.run(["bash", "-n", path], capture_output=True, text=True, check=False)
        assert said.stderr == "", path.read_text()
    assert "{" not in run.script.read_text().replace("${", "").replace("() {", "").replace("() { ", "")


def test_the_number_of_workers_follows_the_cores_unless_it_is_given(tmp_path: Path) -> None:
    run = a_run(tmp_path / "first", mode="mpi")
    assert "workers=$((cpus < 4 ? 1 : cpus / 4))" in job_script(replace(run, layout=Layout(cpus_per_task=4)))
    assert "workers=7\n" in job_script(replace(run, layout=Layout(workers_per_node=7)))


def test_a_node_with_gpus_counts_itself(tmp_path: Path) -> None:
    run = a_run(tmp_path / "first", mode="serial")
    assert "--num-workers" not in job_script(replace(run, layout=Layout(gpus_per_task=1)))
    assert '--num-workers "$workers"' in job_script(run)


def test_islands_under_mpi_have_no_manager(tmp_path: Path) -> None:
    run = a_run(tmp_path / "first", mode="mpi", search=("islands",))
    assert "--evaluator" not in job_script(run)


def test_a_site_may_start_mpi_its_own_way(tmp_path: Path) -> None:
    run = a_run(tmp_path / "first", mode="mpi")
    assert 'srun --mpi=pmi2 -n "$ranks" hypersonde hps' in job_script(
        replace(run, layout=Layout(mpirun="srun --mpi=pmi2 -n {ranks}"))
    )


def test_only_a_run_that_is_to_go_on_asks_for_its_continuation(tmp_path: Path) -> None:
    run = a_run(tmp_path / "first")
    assert "hypersonde resume" in job_script(run)
    assert "hypersonde resume" not in job_script(replace(run, requeue=False))
