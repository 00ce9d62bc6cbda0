"""What schedulers say about jobs, read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hypersonde.batch.scheduler import Standing, State


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


NEVER = (
    ("PartitionConfig", "more nodes than the partition has", "-n"),
    ("PartitionNodeLimit", "more nodes than the partition gives to a job", "-n"),
    ("PartitionTimeLimit", "more time than the partition gives to a job", "-t"),
    ("MaxWallDurationPerJobLimit", "more time than the account or its quality of service gives to a job", "-t"),
    ("MaxNodePerJobLimit", "more nodes than the account or its quality of service gives to a job", "-n"),
    ("MaxCpuPerJobLimit", "more cores than the account or its quality of service gives to a job", "-n"),
    ("BadConstraints", "what no node has", "--directive"),
    ("AccountNotAllowed", "a partition that the account may not use", "-q or -A"),
    ("InvalidAccount", "an account that is none", "-A"),
)
"""Reasons of Slurm for which a job waits in vain, at their end: what it asks for, and which option to mend."""


def never(reason: str) -> tuple[str, str] | None:
    """What a job asks for that it never gets, and by which options; None while there is hope.

    >>> never("QOSMaxWallDurationPerJobLimit")[1], never("Resources")
    ('-t', None)
    """
    return next(((what, option) for word, what, option in NEVER if reason.endswith(word)), None)


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
    """Of ``flux jobs -a -n -o '{id.dec}|{state}|{nodelist}|{result}'``.

    >>> read_flux("77|INACTIVE|n1|TIMEOUT")["77"].reason
    'inactive, TIMEOUT'
    """
    states = dict.fromkeys(("DEPEND", "PRIORITY", "SCHED"), State.QUEUED)
    return _lines(text, states | dict.fromkeys(("RUN", "CLEANUP"), State.RUNNING))
