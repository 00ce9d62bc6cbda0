"""The commands of batch queues, and what each takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hypersonde.cli.searches import SETTINGS, Submissions

commands = typer.Typer()
submit = typer.Typer(rich_markup_mode="rich", context_settings=SETTINGS)
submit_hps = typer.Typer(cls=Submissions, rich_markup_mode="rich", context_settings=SETTINGS)
submit.add_typer(submit_hps, name="hps")
commands.add_typer(submit, name="submit")


@submit.callback(invoke_without_command=True)
def submit_root(ctx: typer.Context) -> None:
    """Submit a search to a batch queue: Slurm, PBS, LSF, Flux, or in the background of this machine.

    Examples:

    \b
      hypersonde submit hps auto first -p problem.py -r model_run.py -t 30 -n 4 -q debug -A project
      hypersonde status first
      hypersonde logs first --follow
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


@submit_hps.callback(invoke_without_command=True)
def submit_hps_root(ctx: typer.Context) -> None:
    """Submit a search of hyperparameters; one command per kind of search.

    Problem and run function are checked first. A new directory gets everything that the jobs need; the jobs of one
    run share one study, whatever becomes of any of them.

    Examples:

    \b
      hypersonde submit hps ambs first -p problem.py -r model_run.py -t 30 -n 4 -j mpi
      hypersonde submit hps ambs --help
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


_Name = Annotated[str, typer.Argument(help="Of the run, or its directory.")]
_Runs = Annotated[
    Path, typer.Option("--runs", envvar="HYPERSONDE_RUNS", help="Directory that has a directory for every run.")
]


@commands.command()
def jobs(runs: _Runs = Path("runs")) -> None:
    """List the runs that were submitted, and how they stand.

    Examples:

    \b
      hypersonde jobs
      hypersonde jobs --runs /scratch/me/runs
    """
    from hypersonde.cli import jobs as do

    do.jobs(runs)


@commands.command()
def status(name: _Name, runs: _Runs = Path("runs")) -> None:
    """Show how a submitted run stands: its study, its jobs, what to do next.

    Examples:

    \b
      hypersonde status first
    """
    from hypersonde.cli import jobs as do

    do.status(name, runs)


@commands.command()
def logs(
    name: _Name,
    runs: _Runs = Path("runs"),
    job: Annotated[str | None, typer.Option("--job", show_default="the last one", help="Which job of the run.")] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many from the end.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the job ends.")] = False,
) -> None:
    """Print what a job of a run has said.

    Examples:

    \b
      hypersonde logs first
      hypersonde logs first --follow
    """
    from hypersonde.cli import jobs as do

    do.logs(name, runs, job, lines, follow)


@commands.command()
def cancel(name: _Name, runs: _Runs = Path("runs")) -> None:
    """End the jobs of a run. What is finished stays, and the run can be resumed.

    Examples:

    \b
      hypersonde cancel first
    """
    from hypersonde.cli import resuming as do

    do.cancel(name, runs)


@commands.command()
def resume(
    name: _Name,
    runs: _Runs = Path("runs"),
    more: Annotated[
        int | None, typer.Option("--jobs", min=1, show_default="1", help="How many, also beside jobs that run.")
    ] = None,
    minutes: Annotated[
        int | None,
        typer.Option(
            "--time-minutes", "-t", min=1, show_default="as submitted", help="Wall time of a job, in minutes."
        ),
    ] = None,
    max_evals: Annotated[
        int | None,
        typer.Option("--max-evals", min=1, show_default="as submitted", help="Of the run, those done included."),
    ] = None,
    after: Annotated[
        str | None, typer.Option("--after", help="The job to follow, if it left anything to do; scripts ask that.")
    ] = None,
) -> None:
    """Submit another job of a run, which goes on where the last one ended.

    Examples:

    \b
      hypersonde resume first
      hypersonde resume first --jobs 4
      hypersonde resume first -t 120 --max-evals 500
    """
    from hypersonde.cli import resuming as do

    do.resume(name, runs, more, after, minutes, max_evals)
