"""What the command line asks of evaluators."""

import pytest

from hypersonde.cli.machine import build_evaluator, visible_gpus
from hypersonde.cli.options import SearchOptions
from hypersonde.errors import InvalidInput
from hypersonde.evaluators.resources import cores


def asked(evaluator, workers=None, cpus=1, gpus=0, **more):
    return build_evaluator(
        SearchOptions(
            problem="problem.py",
            evaluator=evaluator,
            num_workers=workers,
            num_cpus_per_task=cpus,
            num_gpus_per_task=gpus,
            **more,
        )
    )


def test_without_a_number_of_workers_there_are_as_many_as_the_cores_allow():
    with asked("thread") as evaluator:
        assert evaluator.capacity == cores()
    with asked("process", cpus=10_000) as evaluator:
        assert evaluator.capacity == 1


def test_without_a_number_of_workers_there_are_as_many_as_the_gpus_allow(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0, 1,2,3,4")
    with asked("process", gpus=2) as evaluator:
        assert evaluator.capacity == 2
    with pytest.raises(InvalidInput, match="3 workers with 2 each need 6 ids, got 5"):
        asked("process", 3, gpus=2)


def test_no_gpu_is_an_error_with_a_way_out(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(InvalidInput, match=r"no GPU was found .*CUDA_VISIBLE_DEVICES=0,1"):
        visible_gpus()


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"evaluator": "process", "address": "auto"}, "--address: the process evaluator joins no cluster. Try --eval"),
        ({"evaluator": "ray", "num_ranks_per_eval": 2}, "--num-ranks-per-eval: the ray evaluator has no ranks"),
        ({"evaluator": "mpi", "workers": 3}, "--num-workers 3: the mpi evaluator has as many as MPI gives it ranks"),
        ({"evaluator": "mpi", "gpus": 1}, "--num-gpus-per-task: the mpi evaluator hands out no GPUs"),
        ({"evaluator": "mpi"}, "needs one rank to manage and 1 to evaluate, got 1 in all. Start it under MPI: mpirun"),
        (
            {"evaluator": "thread", "evaluator_option": ["worker=3"]},
            "unknown option .* 'worker'. Did you mean",
        ),
        ({"evaluator": "dask", "evaluator_option": ["slurm"]}, "-O slurm: expected NAME=VALUE"),
        (
            {"evaluator": "dask", "evaluator_option": ["cluster=slrm"]},
            "unknown Dask cluster 'slrm'. Did you mean",
        ),
        ({"evaluator": "dask", "evaluator_option": ["cluster=slurm"]}, "needs a number of workers: --num-workers 8"),
        ({"evaluator": "parsl", "evaluator_option": ["provider=lurm"]}, "unknown Parsl provider 'lurm'"),
        ({"evaluator": "parsl", "evaluator_option": ["provider=slurm"]}, "needs a number of workers: --num-workers 8"),
        ({"evaluator": "parsl", "evaluator_option": ["queue=x"]}, "Parsl's provider for local: .*'queue'"),
        ({"evaluator": "dask", "address": "tcp://127.0.0.1:1"}, "no Dask scheduler answers at 'tcp://127.0.0.1:1'"),
    ],
)
def test_what_an_engine_cannot_do_is_one_line_with_a_way_out(wanted, message):
    with pytest.raises(InvalidInput, match=message):
        asked(**wanted)
