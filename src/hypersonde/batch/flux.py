"""Flux, by its own command: PSI/J asks it for no queue, no whole nodes, and no instance inside of a job."""

from __future__ import annotations

import shlex
from pathlib import Path

from hypersonde.batch.queue import Queue, say
from hypersonde.batch.run import Run
from hypersonde.errors import InvalidInput


class Flux(Queue):
    """The scheduler behind ``flux batch``, which runs a script on the first node of an instance of its own.

    Jobs go by their decimal ids: Flux prints others, with a letter outside of ASCII.
    """

    def submit(self, run: Run, script: Path) -> str:
        """By ``flux batch``."""
        done = say(_command(run, script))
        if done.returncode:
            raise InvalidInput(
                f"flux does not take the job: {' '.join(done.stderr.split())}. Mend -t, -n, -q, -A or --directive, "
                "then submit again."
            )
        return say(["flux", "job", "id", "--to=dec", done.stdout.strip()]).stdout.strip()

    def preview(self, run: Run, script: Path) -> str:
        """The command."""
        return shlex.join(_command(run, script)) + "\n"


def _command(run: Run, script: Path) -> list[str]:
    wanted = run.allocation
    options = {"nodes": wanted.nodes, "time-limit": f"{wanted.minutes}m", "job-name": run.name}
    if wanted.queue:
        options["queue"] = wanted.queue
    if wanted.project:
        options["bank"] = wanted.project
    options["output"] = "/dev/null"  # the script keeps what it says itself
    given = [f"--{name}={value}" for name, value in {**options, **wanted.directives}.items()]
    return ["flux", "batch", "--exclusive", *given, str(script)]
