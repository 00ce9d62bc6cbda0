"""What the command line asks of evaluators."""

import pytest

from hypersonde.cli.machine import build_evaluator, visible_gpus
from hypersonde.errors import InvalidInput
from hypersonde.evaluators.resources import cores


def test_without_a_number_of_workers_there_are_as_many_as_the_cores_allow():
    with build_evaluator("thread", None, 1, 0) as evaluator:
        assert evaluator.capacity == cores()
    with build_evaluator("process", None, 10_000, 0) as evaluator:
        assert evaluator.capacity == 1


def test_without_a_number_of_workers_there_are_as_many_as_the_gpus_allow(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0, 1,2,3,4")
    with build_evaluator("process", None, 1, 2) as evaluator:
        assert evaluator.capacity == 2
    with pytest.raises(InvalidInput, match="3 workers with 2 each need 6 ids, got 5"):
        build_evaluator("process", 3, 1, 2)


def test_no_gpu_is_an_error_with_a_way_out(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(InvalidInput, match=r"no GPU was found .*CUDA_VISIBLE_DEVICES=0,1"):
        visible_gpus()
