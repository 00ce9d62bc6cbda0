"""The schedulers by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hypersonde.batch.flux import Flux
from hypersonde.batch.local import Local
from hypersonde.batch.queue import Queue
from hypersonde.batch.said import read_bjobs, read_flux, read_qstat, read_squeue
from hypersonde.batch.scheduler import Scheduler
from hypersonde.errors import InvalidInput

_PBSE_UNKJOBID = 15001 % 256
"""The exit status of PBS's commands for an unknown job."""

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
        Queue("pbs", "pbs", "qsub", (("qstat", "-x", "-f"), ("qstat", "-f")), read_qstat, ("qdel",), _PBSE_UNKJOBID),
        Queue("torque", "pbs_classic", "qsub", (("qstat", "-f"),), read_qstat, ("qdel",), _PBSE_UNKJOBID),
        Queue(
            "lsf",
            "lsf",
            "bsub",
            (("bjobs", "-noheader", "-o", 'jobid stat exec_host pend_reason delimiter="|"'),),
            read_bjobs,
            ("bkill",),
        ),
        Flux(
            "flux",
            "flux",
            "flux",
            (("flux", "jobs", "-a", "-n", "-o", "{id.dec}|{state}|{nodelist}|{result}"),),
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
