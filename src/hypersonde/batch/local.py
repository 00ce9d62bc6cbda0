"""This machine as a batch queue of one."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psutil

from hypersonde.batch.run import Run
from hypersonde.batch.scheduler import Scheduler, Standing, State


class Local(Scheduler):
    """This machine, without a queue: a job begins at once, in a session of its own, and outlives who submits it."""

    name = "local"
    missing = ""

    def submit(self, run: Run, script: Path) -> str:
        """Start the script."""
        process = subprocess.Popen(
            ["timeout", "--kill-after=30", f"{run.allocation.minutes}m", "bash", "-c", _OWN, str(script)],
            cwd=run.home,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return f"local.{process.pid}"

    def preview(self, run: Run, script: Path) -> str:
        """Nothing: the script is all."""
        return ""

    def standings(self, jobs: Sequence[str]) -> dict[str, Standing]:
        """By the processes that run."""
        return {job: Standing(State.RUNNING if _process(job) else State.GONE) for job in jobs}

    def cancel(self, job: str) -> None:
        """SIGTERM to the session's processes, as a queue does it."""
        process = _process(job)
        if process is not None:
            os.killpg(process.pid, signal.SIGTERM)


_OWN = 'export HYPERSONDE_LOCAL="$PPID"; exec bash "$0"'


def _process(job: str) -> psutil.Process | None:
    """The process of a local job, unless its number belongs to something else by now."""
    try:
        process = psutil.Process(int(job.rpartition(".")[2]))
        ours = any(word.endswith("job.sh") for word in process.cmdline())
    except (psutil.Error, ValueError):
        return None
    return process if ours else None
