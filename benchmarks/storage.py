"""Durable trial records a second that several processes write into one study.

    python benchmarks/storage.py [--kinds sqlite spool postgresql] [--writers 1 4 16 32] [--seconds 5] [--home /tmp]

Every writer starts a trial and ends it, again and again: two writes, each on disk when it returns. The files lie below
`--home`, which should be a disk; PostgreSQL is a server of the tests, started there with its default durability.
Prints one JSON object: `writes` and `trials` a second of all writers together, the median and the worst wait for one
write in milliseconds, the trials of the slowest and the fastest writer, and the writers' CPU milliseconds per write.
"""

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from hypersonde.storage import Header, open_storage
from hypersonde.trials import Finished, Started, State

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

CONFIG = {"lr": 1e-3, "units": 64, "dropout": 0.1, "activation": "relu", "layers": 3}
STUDY = Header("study", {})


def write(place, seconds, ready, go, results):
    """Start and end trials for some seconds; put how long each write took and the CPU time."""
    waits = []
    with open_storage(place) as storage:
        storage.open(STUDY)
        ready.release()
        go.wait()
        until, cpu = time.monotonic() + seconds, time.process_time()
        while (began := time.monotonic()) < until:
            [born] = storage.create([Started(-1, 1.0, CONFIG, "random", owner="writer")])
            middle = time.monotonic()
            storage.append([Finished(born.number, 2.0, State.COMPLETE, (0.5,), worker="writer")])
            waits += [middle - began, time.monotonic() - middle]
        results.put((waits, time.process_time() - cpu))


def rate(place, writers, seconds):
    """The figures of so many writers at one place."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["hypersonde.storage.sql", "hypersonde.storage.spool", "numpy"])
    ready, go, results = context.Semaphore(0), context.Event(), context.Queue()
    processes = [context.Process(target=write, args=(place, seconds, ready, go, results)) for _ in range(writers)]
    for process in processes:
        process.start()
    for _ in processes:
        ready.acquire()
    began = time.monotonic()
    go.set()
    found = [results.get() for _ in processes]
    for process in processes:
        process.join()
    lasted = time.monotonic() - began
    waits = np.concatenate([w for w, _ in found])
    with open_storage(place) as storage:
        storage.open(STUDY)
        assert [e.number for e in storage.read() if isinstance(e, Started)] == list(range(len(waits) // 2))
    return {
        "writers": writers,
        "writes_per_second": round(len(waits) / lasted, 1),
        "trials_per_second": round(len(waits) / 2 / lasted, 1),
        "median_wait_ms": round(1000 * float(np.median(waits)), 2),
        "worst_wait_ms": round(1000 * float(waits.max()), 1),
        "trials_of_slowest_and_fastest": [min(len(w) for w, _ in found) // 2, max(len(w) for w, _ in found) // 2],
        "writers_cpu_ms_per_write": round(1000 * sum(cpu for _, cpu in found) / len(waits), 3),
    }


def places(kind, home, stack):
    """A function that makes a new place of a kind each time."""
    if kind == "postgresql":
        from services.postgres import Postgres

        server = Postgres(home)
        stack.callback(server.remove)
        return server.new_place
    return lambda: f"{'spool:' if kind == 'spool' else ''}{tempfile.mkdtemp(dir=home)}/study"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", default=["sqlite", "spool", "postgresql"])
    parser.add_argument("--writers", nargs="+", type=int, default=[1, 4, 16, 32])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--home", type=Path, default=Path(tempfile.gettempdir()))
    arguments = parser.parse_args()
    figures = {}
    for kind in arguments.kinds:
        with ExitStack() as stack:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=arguments.home)))
            home.chmod(0o755)
            new_place = places(kind, home, stack)
            figures[kind] = [rate(new_place(), writers, arguments.seconds) for writers in arguments.writers]
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
