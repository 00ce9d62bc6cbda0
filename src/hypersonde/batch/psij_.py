"""PSI/J: one way to hand a job to Slurm, PBS and LSF."""

from __future__ import annotations

import re
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypersonde.batch.run import Run
from hypersonde.errors import InvalidInput, missing_extra

try:
    import psij
    from psij.executors.batch.batch_scheduler_executor import BatchSchedulerExecutorConfig
except ImportError:
    raise missing_extra("psij-python", "batch", "submitting to a batch queue") from None

_PLAIN = re.compile(r"[\w/.+=@-]+")
"""Paths that PSI/J's scripts can name; they do not quote them."""
_PATIENCE = timedelta(seconds=30)


def submit(kind: str, run: Run, script: Path) -> str:
    """Hand the script of a run to the scheduler; the id of the job.

    Parameters
    ----------
    kind : what PSI/J calls the scheduler.

    Raises
    ------
    InvalidInput : the scheduler refuses the job, or is not on this machine.
    """
    job = psij.Job(_spec(kind, run, script))
    try:
        _executor(kind, _work(run)).submit(job)
        if job.native_id is None:
            job.wait(timeout=_PATIENCE, target_states=[psij.JobState.QUEUED, psij.JobState.ACTIVE])
    except (psij.SubmitException, psij.InvalidJobException, OSError) as error:
        raise _refused(kind, error) from error
    return str(job.native_id)


def preview(kind: str, run: Run, script: Path) -> str:
    """The text that `submit` would hand to the scheduler."""
    shown: list[str] = []

    def keep(text: str) -> str:
        shown.append(text)
        return "none"

    with tempfile.TemporaryDirectory() as work:
        executor = _executor(kind, Path(work))
        executor.get_submit_command = lambda job, path: ["cat", str(path)]
        executor.job_id_from_submit_output = keep
        executor.submit(psij.Job(_spec(kind, run, script)))
    return "\n".join(line for line in shown[0].splitlines() if line.strip()) + "\n"


def _work(run: Run) -> Path | None:
    """Where PSI/J writes what it wraps around the script: in the run's directory if it can, else in its own place."""
    work = run.directory / "batch"
    if not _PLAIN.fullmatch(str(work)):
        return None
    work.mkdir(exist_ok=True)
    return work


def _executor(kind: str, work: Path | None) -> Any:
    """PSI/J's half of the scheduler. Scripts are kept: they belong to the run's directory."""
    config = BatchSchedulerExecutorConfig(work_directory=work, queue_polling_interval=1, keep_files=True)
    try:
        return psij.JobExecutor.get_instance(kind, config=config)
    except (ValueError, ImportError) as error:
        raise InvalidInput(f"PSI/J cannot work with {kind} here: {error}. Choose another --scheduler.") from error


def _spec(kind: str, run: Run, script: Path) -> psij.JobSpec:
    allocation = run.allocation
    spec = psij.JobSpec(
        executable="/bin/bash",
        arguments=[str(script)],
        resources=psij.ResourceSpecV1(node_count=allocation.nodes, processes_per_node=1, exclusive_node_use=True),
        launcher="single",
    )
    spec.attributes = psij.JobAttributes(
        duration=timedelta(minutes=allocation.minutes),
        queue_name=allocation.queue,
        account=allocation.project,
        custom_attributes={f"{kind}.{name}": value for name, value in allocation.directives.items()},
    )
    if kind.startswith("pbs"):
        spec.attributes.set_custom_attribute(f"{kind}.N", run.name[:15])
    if kind == "lsf":
        spec.attributes.set_custom_attribute("lsf.J", run.name)
    if kind == "slurm":
        spec.attributes.set_custom_attribute("slurm.job-name", run.name)
        spec.attributes.set_custom_attribute("slurm.no-kill", "set")  # a node that dies does not end the others' work
    return spec


def _refused(kind: str, error: Exception) -> InvalidInput:
    said = " ".join(str(error).split()) or type(error).__name__
    return InvalidInput(f"{kind} does not take the job: {said}. Mend -t, -n, -q, -A or --directive, then submit again.")
