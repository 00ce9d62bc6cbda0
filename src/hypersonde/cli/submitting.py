"""The options of a submission to a batch queue, each with its default and its help."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from hypersonde.batch import MODES, SCHEDULERS, Layout
from hypersonde.cli.words import parameter

DECIDED: Final = frozenset(("evaluator", "num_workers", "address", "log_dir", "quiet", "wall_time"))
"""Options of a search that a submission settles itself."""

_JOB: Final = "What to ask of the queue"
_NODES: Final = "How to use the nodes"
_RUN: Final = "The run"

Runs = Annotated[
    Path, typer.Option("--runs", envvar="HYPERSONDE_RUNS", help="Directory that has a directory for every run.")
]
RUNS: Final = Path("runs")


def _option(*names: str, help: str, panel: str, **more: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=panel, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOptions:
    """What was typed after ``hypersonde submit hps SEARCH`` that is no option of the search."""

    name: Annotated[str, typer.Argument(help="Of the run, and of its directory; a new one.")]
    minutes: Annotated[int, _option("--time-minutes", "-t", panel=_JOB, min=1, help="Wall time of a job, in minutes.")]
    nodes: Annotated[int, _option("--nodes", "-n", panel=_JOB, min=1, help="Nodes of a job.")] = 1
    queue: Annotated[str | None, _option("--queue", "-q", panel=_JOB, help="Queue or partition.")] = None
    project: Annotated[str | None, _option("--project", "-A", panel=_JOB, help="Project or account.")] = None
    scheduler: Annotated[
        str | None,
        _option("--scheduler", panel=_JOB, show_default="what is installed", help=f"{', '.join(SCHEDULERS)}."),
    ] = None
    directive: Annotated[
        list[str],
        _option("--directive", panel=_JOB, help="Further option of the scheduler: gres=gpu:4; may be repeated."),
    ] = field(default_factory=list)
    jobs: Annotated[
        int, _option("--jobs", panel=_JOB, min=1, help="Jobs to submit, independent of each other, on one study.")
    ] = 1
    requeue: Annotated[
        bool, _option("--requeue", panel=_JOB, help="When a job's time is up, submit its continuation.")
    ] = False
    job_mode: Annotated[
        str,
        _option(
            "--job-mode", "-j", panel=_NODES, help="; ".join(f"{name}: {mode.summary}" for name, mode in MODES.items())
        ),
    ] = "serial"
    workers_per_node: Annotated[
        int | None,
        _option("--workers-per-node", panel=_NODES, min=1, show_default="by its cores", help="Evaluations at a time."),
    ] = None
    mpirun: Annotated[
        str, _option("--mpirun", panel=_NODES, help="How MPI programs start here, for -j mpi: 'srun -n {ranks}'.")
    ] = parameter(Layout, "mpirun")[1]
    setup: Annotated[
        list[str],
        _option("--setup", panel=_NODES, help="Shell line to run first: 'module load cuda'; may be repeated."),
    ] = field(default_factory=list)
    runs: Annotated[
        Path,
        _option("--runs", panel=_RUN, envvar="HYPERSONDE_RUNS", help="Directory that has a directory for every run."),
    ] = RUNS
    in_place: Annotated[
        bool, _option("--in-place", panel=_RUN, help="Run the code where it is, instead of a copy in the run.")
    ] = False
    dry_run: Annotated[
        bool, _option("--dry-run", panel=_RUN, help="Check everything, show the scripts, submit nothing.")
    ] = False
