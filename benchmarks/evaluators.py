"""What an evaluator itself costs: tasks per second with a call that does nothing, beside concurrent.futures.

    python benchmarks/evaluators.py [--tasks 5000] [--workers 2]

Prints one JSON object: tasks per second with everything submitted at once (queued) and with a new task only when
one has ended (refilled, as a search does it), and seconds to the first result of a new evaluator (start).
"""

import argparse
import json
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, ThreadPoolExecutor, wait

from hypersonde.evaluators import Ended, ProcessEvaluator, SerialEvaluator, SubprocessEvaluator, Task, ThreadEvaluator

CONFIG = {"lr": 1e-3, "units": 64, "dropout": 0.1, "activation": "relu", "layers": 3}


def nothing(config, channel=None):
    return config["lr"]


def ours(make, tasks, at_once):
    """Seconds for so many tasks, never more than `at_once` of them submitted and not ended."""
    with make() as evaluator:
        evaluator.submit(Task(-1, nothing, CONFIG))
        start = time.perf_counter()
        assert evaluator.collect()[0].value == CONFIG["lr"]
        first = time.perf_counter() - start
        start = time.perf_counter()
        submitted = ended = 0
        while ended < tasks:
            while submitted < tasks and submitted - ended < at_once:
                evaluator.submit(Task(submitted, nothing, CONFIG))
                submitted += 1
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
    given = parser.parse_args()
    print(json.dumps({"tasks": given.tasks, "workers": given.workers, **measure(given.tasks, given.workers)}, indent=1))
