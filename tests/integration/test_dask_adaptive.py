"""A search on an adaptive Dask cluster: workers come with the work, and go when there is less of it."""

import threading
import time

import distributed
import pytest

from hypersonde import HpProblem, State, Study
from hypersonde.evaluators import DaskEvaluator
from hypersonde.samplers import Random

EVALS = 30


def run(trial):
    time.sleep(10.0 if trial.number == EVALS - 1 else 0.5)
    return trial["x"]


class Watch:
    """How many workers the cluster has, as time goes on."""

    def __init__(self, cluster):
        self.counts = []
        self._cluster, self._over = cluster, threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self):
        while not self._over.wait(0.1):
            self.counts.append(len(self._cluster.scheduler.workers))

    def end(self):
        self._over.set()
        return self.counts


@pytest.mark.parametrize("workers", [3, None])
def test_the_cluster_grows_with_the_work_and_shrinks_before_the_last_trial_ends(workers):
    problem = HpProblem({"x": (0.0, 1.0)})
    with (
        distributed.LocalCluster(
            n_workers=0, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
        ) as cluster,
        Study(problem, run, sampler=Random(), seed=1) as study,
    ):
        cluster.adapt(minimum=0, maximum=3, interval="200ms", wait_count=2, target_duration="1s")
        with DaskEvaluator(workers, cluster=cluster) as evaluator:
            watch = Watch(cluster)
            study.run(max_evals=EVALS, evaluator=evaluator)
            counts = watch.end()
    assert counts[0] == 0
    assert max(counts) == 3
    assert counts[-1] < 3, "the last trial takes much longer than the others"
    history = study.history
    assert len(history) == history.count(State.COMPLETE) == EVALS
    assert all(trial.attempt == 1 for trial in history), "no worker with work was taken away"
