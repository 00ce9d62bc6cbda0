"""The schedulers: how each takes a job, says how it stands, and ends it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import psutil

from hypersonde.batch.run import Run
from hypersonde.errors import InvalidInput

_PATIENCE = 60.0
"""Seconds for which a scheduler may think about a question."""


class State(StrEnum):
    """Where a job stands, by the scheduler's word."""

    QUEUED = "queued"
    RUNNING = "running"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the scheduler says about a job.

    Attributes
    ----------
    nodes : it runs on, as the scheduler writes them.
    reason : why it waits, or how it ended; empty when the scheduler does not say, or has forgotten the job.
    """

    state: State
    nodes: str = ""
    reason: str = ""


class Scheduler(ABC):
    """A batch queue. Nothing here needs accounting: who has forgotten a job calls it gone."""

    name: str

    @abstractmethod
    def submit(self, run: Run, script: Path) -> str:
        """Have the script run; the id of the job.

        Raises
        ------
        InvalidInput : the job is refused.
        """

    @abstractmethod
    def standings(self, jobs: Sequence[str]) -> dict[str, Standing]:
        """How jobs stand; every one has an entry.

        Raises
        ------
        InvalidInput : the scheduler does not answer.
        """

    @abstractmethod
    def cancel(self, job: str) -> None:
        """End a job; one that has ended already is no error."""

    @abstractmethod
    def preview(self, run: Run, script: Path) -> str:
        """What `submit` would hand over around the script; empty when that is nothing."""

    @property
    @abstractmethod
    def missing(self) -> str:
        """The program that it needs and that is not on this machine; empty when it can be used."""


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
    """

    name: str
    kind: str
    program: str
    ask: tuple[tuple[str, ...], ...]
    read: Callable[[str], dict[str, Standing]]
    end: tuple[str, ...]

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
            done = _run([*ask, *self._ids(jobs)])
            known = self.read(done.stdout)
            if not done.returncode or known or _FORGOTTEN.search(done.stderr):
                return {job: known.get(job, Standing(State.GONE)) for job in jobs}
        raise InvalidInput(f"{self.name} does not answer: {' '.join(done.stderr.split())}. Try again later.")

    def _ids(self, jobs: Sequence[str]) -> list[str]:
        return [",".join(jobs)] if self.name == "slurm" else list(jobs)

    def cancel(self, job: str) -> None:
        """Its own command; what it says matters only when the job is still there."""
        done = _run([*self.end, job])
        if done.returncode and not _FORGOTTEN.search(done.stderr + done.stdout):
            raise InvalidInput(f"{self.name} does not end job {job}: {' '.join((done.stderr + done.stdout).split())}.")


_FORGOTTEN = re.compile(
    r"invalid job id|unknown job|job has finished|is not found|already finished|not (?:in|known)|inactive|completed",
    re.IGNORECASE,
)
"""How schedulers say that they do not know a job, or that it has ended."""


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


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except FileNotFoundError:
        raise InvalidInput(
            f"the program {command[0]} is not on this machine. Run this where jobs are submitted."
        ) from None
    except subprocess.TimeoutExpired:
        raise InvalidInput(f"{command[0]} does not answer within {_PATIENCE:g} s. Try again later.") from None


# -- what schedulers say ---------------------------------------------------------------------------------


def _lines(text: str, states: Mapping[str, State]) -> dict[str, Standing]:
    """Standings of lines ``id|state|nodes|reason``; a state without an entry is an end, and its own reason."""
    found = {}
    for line in text.splitlines():
        job, state, nodes, *reason = (part.strip() for part in f"{line}|".split("|"))
        why = [word for word in reason if word not in ("", "-", "None", "(null)")]
        if state in states:
            found[job] = Standing(states[state], nodes, ", ".join(why))
        elif job:
            found[job] = Standing(State.GONE, nodes, ", ".join([state.lower().replace("_", " "), *why]))
    return found


def read_squeue(text: str) -> dict[str, Standing]:
    """Of ``squeue -o '%i|%T|%N|%r'``.

    >>> read_squeue("7|PENDING||Resources")["7"]
    Standing(state=<State.QUEUED: 'queued'>, nodes='', reason='Resources')
    >>> read_squeue("8|NODE_FAIL|n[1-2]|None")["8"].reason
    'node fail'
    """
    queued = ("PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT", "RESV_DEL_HOLD")
    running = ("RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT", "RESIZING")
    return _lines(text, dict.fromkeys(queued, State.QUEUED) | dict.fromkeys(running, State.RUNNING))


def read_qstat(text: str) -> dict[str, Standing]:
    """Of ``qstat -f``: a block per job, long values go on in lines that begin with a tab and name nothing.

    >>> read_qstat("Job Id: 7.pbs\\n    job_state = R\\n    exec_host = n1/0+n2/0\\n")["7.pbs"]
    Standing(state=<State.RUNNING: 'running'>, nodes='n1+n2', reason='')
    """
    states = dict.fromkeys("HQTWMSU", State.QUEUED) | dict.fromkeys("RBE", State.RUNNING)
    found = {}
    for block in re.split(r"^Job Id:\s*", re.sub(r"\n\t(?![\w.]+ = )", "", text), flags=re.MULTILINE)[1:]:
        job, _, rest = block.partition("\n")
        said = dict(re.findall(r"^\s*([\w.]+) = (.*)$", rest, flags=re.MULTILINE))
        nodes = "+".join(dict.fromkeys(host.partition("/")[0] for host in said.get("exec_host", "").split("+")))
        state = states.get(said.get("job_state", ""), State.GONE)
        code = said.get("Exit_status", said.get("exit_status"))
        ended = f"exit status {code}" if state is State.GONE and code is not None else ""
        found[job.strip()] = Standing(state, nodes, said.get("comment", "").strip() or ended)
    return found


def read_bjobs(text: str) -> dict[str, Standing]:
    """Of ``bjobs -noheader -o 'jobid stat exec_host pend_reason delimiter="|"'``.

    >>> read_bjobs("7|RUN|n1:n2|-")["7"]
    Standing(state=<State.RUNNING: 'running'>, nodes='n1:n2', reason='')
    """
    states = dict.fromkeys(("PEND", "PSUSP", "WAIT"), State.QUEUED)
    return _lines(text, states | dict.fromkeys(("RUN", "USUSP", "SSUSP", "PROV", "UNKWN"), State.RUNNING))


def read_flux(text: str) -> dict[str, Standing]:
    """Of ``flux jobs -a -n -o '{id}|{state}|{nodelist}|{result}'``.

    >>> read_flux("f7|INACTIVE|n1|TIMEOUT")["f7"].reason
    'inactive, TIMEOUT'
    """
    states = dict.fromkeys(("DEPEND", "PRIORITY", "SCHED"), State.QUEUED)
    return _lines(text, states | dict.fromkeys(("RUN", "CLEANUP"), State.RUNNING))


SCHEDULERS: Final[Mapping[str, Scheduler]] = {
    scheduler.name: scheduler
    for scheduler in (
        Queue(
            "slurm",
            "slurm",
            "sbatch",
            (("squeue", "--noheader", "--states=all", "--format=%i|%T|%N|%r", "--jobs"),),
            read_squeue,
            ("scancel",),
        ),
        Queue("pbs", "pbs", "qsub", (("qstat", "-x", "-f"), ("qstat", "-f")), read_qstat, ("qdel",)),
        Queue("torque", "pbs_classic", "qsub", (("qstat", "-f"),), read_qstat, ("qdel",)),
        Queue(
            "lsf",
            "lsf",
            "bsub",
            (("bjobs", "-noheader", "-o", 'jobid stat exec_host pend_reason delimiter="|"'),),
            read_bjobs,
            ("bkill",),
        ),
        Queue(
            "flux",
            "flux",
            "flux",
            (("flux", "jobs", "-a", "-n", "-o", "{id}|{state}|{nodelist}|{result}"),),
            read_flux,
            ("flux", "cancel"),
        ),
        Local(),
    )
}
"""Schedulers by the words for ``--scheduler``."""


def installed_scheduler() -> str:
    """The name of the scheduler whose commands are on this machine.

    Raises
    ------
    InvalidInput : there is none.
    """
    for name, scheduler in SCHEDULERS.items():
        if not scheduler.missing and name != "local":
            return name
    programs = ", ".join(s.missing for s in SCHEDULERS.values() if s.missing)
    raise InvalidInput(
        f"no batch queue was found on this machine (looked for {programs}). Submit from a login node of the cluster, "
        "or run in the background here: --scheduler local."
    )


def wait_until_gone(scheduler: Scheduler, jobs: Sequence[str], seconds: float) -> bool:
    """Whether all of some jobs have left the queue within so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        if all(s.state is State.GONE for s in scheduler.standings(jobs).values()):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
