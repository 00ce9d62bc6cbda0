"""A scheduler behind commands: how it takes a job, says how it stands, and ends it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hypersonde.batch.run import Run
from hypersonde.batch.scheduler import Scheduler, Standing, State
from hypersonde.errors import InvalidInput

_PATIENCE = 60.0
"""Seconds for which a scheduler may think about a question."""


@dataclass(frozen=True)
class Queue(Scheduler):
    """A scheduler behind commands; jobs are handed over by PSI/J.

    Attributes
    ----------
    kind : PSI/J's name of it.
    program : that submits.
    ask : commands that ask about jobs, their ids to follow; the next one where an earlier one is not understood.
    read : from what that says, the standing of each job that is known.
    end : the command that ends a job, its id to follow.
    unknown : the exit status by which it says, perhaps without a word, that it does not know a job.
    """

    name: str
    kind: str
    program: str
    ask: tuple[tuple[str, ...], ...]
    read: Callable[[str], dict[str, Standing]]
    end: tuple[str, ...]
    unknown: int | None = None

    @property
    def missing(self) -> str:
        """The program that submits, when it is not here."""
        return "" if shutil.which(self.program) else self.program

    def submit(self, run: Run, script: Path) -> str:
        """Through PSI/J."""
        from hypersonde.batch import psij_

        return psij_.submit(self.kind, run, script)

    def preview(self, run: Run, script: Path) -> str:
        """The script that PSI/J writes around ours."""
        from hypersonde.batch import psij_

        return psij_.preview(self.kind, run, script)

    def standings(self, jobs: Sequence[str]) -> dict[str, Standing]:
        """One command for all; jobs that it does not mention are gone."""
        if not jobs:
            return {}
        for ask in self.ask:
            done = say([*ask, *self._ids(jobs)])
            known = self.read(done.stdout)
            if not done.returncode or known or self._forgot(done):
                return {job: known.get(job, Standing(State.GONE)) for job in jobs}
        raise InvalidInput(f"{self.name} does not answer: {' '.join(done.stderr.split())}. Try again later.")

    def _ids(self, jobs: Sequence[str]) -> list[str]:
        return [",".join(jobs)] if self.name == "slurm" else list(jobs)

    def cancel(self, job: str) -> None:
        """Its own command; what it says matters only when the job is still there."""
        done = say([*self.end, job])
        if done.returncode and not self._forgot(done):
            raise InvalidInput(f"{self.name} does not end job {job}: {' '.join((done.stderr + done.stdout).split())}.")

    def _forgot(self, done: subprocess.CompletedProcess[str]) -> bool:
        return done.returncode == self.unknown or bool(_FORGOTTEN.search(done.stderr + done.stdout))


_FORGOTTEN = re.compile(
    r"invalid job id|unknown job|job has finished|is not found|already finished|not (?:in|known)|inactive|completed"
    r"|JobID \S+ unknown",
    re.IGNORECASE,
)
"""How schedulers say that they do not know a job, or that it has ended."""


def say(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """What a program of a scheduler says.

    Raises
    ------
    InvalidInput : it is not here, or does not answer.
    """
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except FileNotFoundError:
        raise InvalidInput(
            f"the program {command[0]} is not on this machine. Run this where jobs are submitted."
        ) from None
    except subprocess.TimeoutExpired:
        raise InvalidInput(f"{command[0]} does not answer within {_PATIENCE:g} s. Try again later.") from None
