"""Suggestions take linear algebra in one thread, and leave the number of threads as it was."""

from __future__ import annotations

import subprocess
import sys

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from hypersonde import HpProblem, Study
from hypersonde.evaluators.serial import SerialEvaluator
from hypersonde.evaluators.thread import ThreadEvaluator
from hypersonde.samplers import Random
from hypersonde.study.one_thread import one_thread


def threads():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


class Counting(Random):
    """Random search that looks how many threads BLAS has while it suggests."""

    def suggest(self, history, count, rng):
        self.seen.append(threads())
        return super().suggest(history, count, rng)


@pytest.fixture
def study():
    sampler = Counting()
    sampler.seen = []
    found = []

    def run(config):
        found.append(threads())
        return config["x"]

    study = Study(HpProblem({"x": (0.0, 1.0)}), run, sampler=sampler, log_dir=None)
    with threadpool_limits(2, user_api="blas"):
        yield study, sampler.seen, found


def test_a_search_asks_in_one_thread_and_works_in_as_many_as_before(study):
    study, asking, working = study
    study.run(4, evaluator=SerialEvaluator())
    assert asking == 4 * [{1}]
    assert working == 4 * [{2}]
    assert threads() == {2}


def test_whoever_asks_and_tells_gets_it_too(study):
    study, asking, _ = study
    study.ask(3)
    assert asking == [{1}]
    assert threads() == {2}


def test_work_in_threads_of_the_process_keeps_the_number_it_has(study):
    study, asking, working = study
    study.run(4, evaluator=ThreadEvaluator(2))
    assert {2} == set.union(*asking, *working)


def test_it_ends_with_an_error_too():
    with threadpool_limits(2, user_api="blas"):
        with pytest.raises(ZeroDivisionError), one_thread():
            1 / 0  # noqa: B018
        assert threads() == {2}


LATER = """
import numpy
from threadpoolctl import threadpool_info, threadpool_limits
from hypersonde.study.one_thread import one_thread

def threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

with one_thread():
    assert threads() == [1], threads()
import scipy.linalg
with threadpool_limits(2, user_api="blas"):
    with one_thread():
        assert set(threads()) == {1}, threads()
    assert set(threads()) == {2}, threads()
"""


def test_a_library_that_is_loaded_later_is_found():
    subprocess.run([sys.executable, "-c", LATER], check=True)
