"""What an evaluator itself costs: tasks per second with a call that does nothing, beside what it stands on.

    python benchmarks/evaluators.py [--tasks 5000] [--workers 2] [--engines dask,ray,parsl,mpi]

Local evaluators beside concurrent.futures; with --engines, those too, each beside the bare engine with the same tasks
(Dask's Client.submit, Ray's remote tasks, Parsl's apps, mpi4py.futures), one after the other.

Prints one JSON object: tasks per second with everything submitted at once (queued) and with a new task only when
one has ended (refilled, as a search does it), and seconds to the first result of a new evaluator (start).
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, ThreadPoolExecutor, wait
from pathlib import Path

from hypersonde import evaluators
from hypersonde.evaluators import Ended, ProcessEvaluator, SerialEvaluator, SubprocessEvaluator, Task, ThreadEvaluator

CONFIG = {"lr": 1e-3, "units": 64, "dropout": 0.1, "activation": "relu", "layers": 3}


def nothing(config, channel=None):
    return config["lr"]


def ours(make, tasks, at_once):
    """Seconds for so many tasks, never more than `at_once` of them submitted and not ended; for the first one."""
    with make() as evaluator:
        return driven(evaluator, tasks, at_once)


def driven(evaluator, tasks, at_once, key=0):
    evaluator.submit(Task(key, nothing, CONFIG))
    start = time.perf_counter()
    assert evaluator.collect()[0].value == CONFIG["lr"]
    first = time.perf_counter() - start
    start = time.perf_counter()
    submitted = ended = 0
    while ended < tasks:
        while submitted < tasks and submitted - ended < at_once:
            submitted += 1
            evaluator.submit(Task(key + submitted, nothing, CONFIG))
        ended += sum(isinstance(message, Ended) for message in evaluator.collect())
    return time.perf_counter() - start, first


def theirs(make, tasks, at_once):
    """The same with an executor of the standard library."""
    with make() as executor:
        start = time.perf_counter()
        assert executor.submit(nothing, CONFIG).result() == CONFIG["lr"]
        first = time.perf_counter() - start
        start = time.perf_counter()
        pending, submitted = set(), 0
        while submitted < tasks or pending:
            while submitted < tasks and len(pending) < at_once:
                pending.add(executor.submit(nothing, CONFIG))
                submitted += 1
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
        return time.perf_counter() - start, first


def queued_in_futures(make, tasks):
    """All submitted, then read in order: the cheapest way there is."""
    with make() as executor:
        executor.submit(nothing, CONFIG).result()
        start = time.perf_counter()
        for future in [executor.submit(nothing, CONFIG) for _ in range(tasks)]:
            future.result()
        return time.perf_counter() - start


def measure(tasks, workers):
    results = {}
    for name, make in {
        "serial": SerialEvaluator,
        "thread": lambda: ThreadEvaluator(workers),
        "process": lambda: ProcessEvaluator(workers),
        "subprocess": lambda: SubprocessEvaluator(workers),
    }.items():
        count = tasks // 50 if name == "subprocess" else tasks
        queued, start = ours(make, count, count)
        refilled, _ = ours(make, count, workers)
        results[name] = rates(count, queued, refilled, start)
    for name, make in {
        "concurrent.futures thread": lambda: ThreadPoolExecutor(workers),
        "concurrent.futures process": lambda: ProcessPoolExecutor(workers),
    }.items():
        refilled, start = theirs(make, tasks, workers)
        results[name] = rates(tasks, queued_in_futures(make, tasks), refilled, start)
    return results


class DaskFutures(contextlib.AbstractContextManager):
    """Dask as an executor of futures."""

    def __init__(self, workers):
        import distributed

        self.cluster = distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        )
        self.client = distributed.Client(self.cluster)

    def submit(self, call, *arguments):
        return self.client.submit(call, *arguments, pure=False)

    @staticmethod
    def wait(pending):
        import distributed

        done, rest = distributed.wait(list(pending), return_when="FIRST_COMPLETED")
        return done, rest

    def __exit__(self, *_):
        self.client.close()
        self.cluster.close()


class RayFutures(contextlib.AbstractContextManager):
    """Ray as an executor: references are its futures."""

    class Reference:
        def __init__(self, ref):
            self.ref = ref

        def result(self):
            import ray

            return ray.get(self.ref)

    def __init__(self, workers):
        import ray

        ray.init(num_cpus=workers, include_dashboard=False, object_store_memory=200 * 2**20, logging_level="ERROR")

    def submit(self, call, *arguments):
        import ray

        self.remote = getattr(self, "remote", None) or ray.remote(call)
        return self.Reference(self.remote.remote(*arguments))

    @staticmethod
    def wait(pending):
        import ray

        by_ref = {each.ref: each for each in pending}
        done, _ = ray.wait(list(by_ref), num_returns=1)
        return {by_ref[ref] for ref in done}, set(pending) - {by_ref[ref] for ref in done}

    def __exit__(self, *_):
        import ray

        ray.shutdown()


class ParslFutures(contextlib.AbstractContextManager):
    """Parsl as an executor."""

    def __init__(self, workers):
        import parsl

        from hypersonde.evaluators.parsl_ import local_config

        self.home = tempfile.TemporaryDirectory()
        self.kernel = parsl.DataFlowKernel(local_config(workers, Path(self.home.name)))
        self.app = parsl.python_app(nothing, data_flow_kernel=self.kernel)

    def submit(self, call, *arguments):
        return self.app(*arguments)

    @staticmethod
    def wait(pending):
        return wait(pending, return_when=FIRST_COMPLETED)

    def __exit__(self, *_):
        self.kernel.cleanup()
        self.home.cleanup()


def engine(name, tasks, workers):
    """Ours and the bare engine; how many times more tasks per second ours does."""
    if name == "mpi":
        here, launcher = str(Path(__file__)), [str(Path(sys.executable).with_name("mpirun")), "-n", str(workers + 1)]
        parts = {}
        for part, program in {"ours": [here], "bare": ["-m", "mpi4py.futures", here]}.items():
            line = [*launcher, sys.executable, *program, "--mpi-part", part, "--tasks", str(tasks)]
            shown = subprocess.run([*line, "--workers", str(workers)], capture_output=True, text=True, check=True)
            parts[part] = json.loads(shown.stdout)
        mine, bare = parts["ours"], parts["bare"]
    else:
        make = {
            "dask": lambda: evaluators.DaskEvaluator(workers),
            "ray": lambda: evaluators.RayEvaluator(workers),
            "parsl": lambda: evaluators.ParslEvaluator(workers),
        }[name]
        mine = once(lambda: placed(make(), workers), tasks, workers)
        bare = bare_rates({"dask": DaskFutures, "ray": RayFutures, "parsl": ParslFutures}[name], tasks, workers)
    ratio = {k: round(mine[k] / bare[k], 2) for k in ("queued_tasks_per_s", "refilled_tasks_per_s")}
    return {"ours": mine, "bare": bare, "ours / bare": ratio}


def placed(evaluator, workers):
    evaluator.await_workers(workers)
    return evaluator


def once(make, tasks, workers):
    """Both ways with one evaluator after the other."""
    queued, start = ours(make, tasks, tasks)
    refilled, _ = ours(make, tasks, workers)
    return rates(tasks, queued, refilled, start)


def bare_rates(make, tasks, workers):
    with make(workers) as executor:
        start = time.perf_counter()
        executor.submit(nothing, CONFIG).result()
        first = time.perf_counter() - start
        start = time.perf_counter()
        for future in [executor.submit(nothing, CONFIG) for _ in range(tasks)]:
            future.result()
        queued = time.perf_counter() - start
        start = time.perf_counter()
        pending, submitted = set(), 0
        while submitted < tasks or pending:
            while submitted < tasks and len(pending) < workers:
                pending.add(executor.submit(nothing, CONFIG))
                submitted += 1
            done, pending = executor.wait(pending)
            pending = set(pending)
            for future in done:
                future.result()
        return rates(tasks, queued, time.perf_counter() - start, first)


def mpi_part(part, tasks, workers):
    """What runs under mpirun: our evaluator, or mpi4py's pool."""
    if part == "ours":
        with evaluators.MpiEvaluator() as evaluator:
            queued, start = driven(evaluator, tasks, tasks)
            refilled, _ = driven(evaluator, tasks, workers, key=tasks + 1)
        return rates(tasks, queued, refilled, start)
    from mpi4py.futures import MPIPoolExecutor

    class Pool(MPIPoolExecutor):
        wait = staticmethod(lambda pending: wait(pending, return_when=FIRST_COMPLETED))

    return bare_rates(Pool, tasks, workers)


def rates(tasks, queued, refilled, start):
    return {
        "queued_tasks_per_s": round(tasks / queued),
        "refilled_tasks_per_s": round(tasks / refilled),
        "start_s": round(start, 4),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--engines", default="", help="of dask, ray, parsl, mpi; separated by commas")
    parser.add_argument("--mpi-part", choices=["ours", "bare"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.mpi_part:
        print(json.dumps(mpi_part(given.mpi_part, given.tasks, given.workers)))
        sys.exit()
    shown = {"tasks": given.tasks, "workers": given.workers, **measure(given.tasks, given.workers)}
    for name in filter(None, given.engines.split(",")):
        shown[name] = engine(name, given.tasks, given.workers)
    print(json.dumps(shown, indent=1))
