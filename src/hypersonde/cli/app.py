"""The commands and what each takes. What they do is loaded when they are called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from hypersonde import __version__
from hypersonde.cli.searches import Searches, Submissions

_SETTINGS = {"help_option_names": ["-h", "--help"]}

_ORDER = (
    *("start-project", "new-problem", "hps", "topk", "show", "explain"),
    *("submit", "jobs", "status", "logs", "cancel", "resume"),
    *("storage", "samplers", "evaluators"),
)

_Storage = Annotated[
    str | None,
    typer.Option(
        "--storage",
        show_default="the log directory",
        help="What holds the study: a SQLite file, postgresql+psycopg://USER@HOST/DB or spool:DIR.",
    ),
]
_StudyName = Annotated[
    str | None, typer.Option("--study-name", show_default="the only one", help="Of the study in its storage.")
]


class InOrder(TyperGroup):
    """The commands in the order in which a user meets them."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(self.commands, key=_ORDER.index)


app = typer.Typer(
    cls=InOrder,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings=_SETTINGS,
)
hps = typer.Typer(cls=Searches, rich_markup_mode="rich", context_settings=_SETTINGS)
new_problem = typer.Typer(rich_markup_mode="rich", context_settings=_SETTINGS)
app.add_typer(hps, name="hps")
app.add_typer(new_problem, name="new-problem")
submit = typer.Typer(rich_markup_mode="rich", context_settings=_SETTINGS)
submit_hps = typer.Typer(cls=Submissions, rich_markup_mode="rich", context_settings=_SETTINGS)
submit.add_typer(submit_hps, name="hps")
app.add_typer(submit, name="submit")
storage = typer.Typer(rich_markup_mode="rich", context_settings=_SETTINGS)
app.add_typer(storage, name="storage")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hypersonde {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Asynchronous search of hyperparameters and neural architectures, from a laptop to a supercomputer.

    Examples:

    \b
      hypersonde start-project my_project
      hypersonde hps ambs --problem problem.py --run model_run.py --max-evals 50
      hypersonde topk results.csv -k 3

    Exit codes: 0 done; 1 a fault of this program; 2 a mistake to mend, or no evaluation succeeded; 130 and 143
    stopped by Ctrl-C and SIGTERM, everything recorded.
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


@hps.callback(invoke_without_command=True)
def hps_root(ctx: typer.Context) -> None:
    """Search hyperparameters; one command per kind of search.

    The same command again, in the same log directory, resumes a search.

    Examples:

    \b
      hypersonde hps ambs --problem problem.py --run model_run.py
      hypersonde hps random --help
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


@app.command("start-project")
def start_project(name: Annotated[str, typer.Argument(help="Of the directory and of the package inside it.")]) -> None:
    """Make a project: a directory with a package for problems.

    Examples:

    \b
      hypersonde start-project my_project
      pip install --editable my_project
    """
    from hypersonde.cli import projects

    projects.start_project(Path(), name)


@new_problem.callback(invoke_without_command=True)
def new_problem_root(ctx: typer.Context) -> None:
    """Make a problem that runs as it stands, to change from there.

    Examples:

    \b
      hypersonde new-problem hps polynome2
      hypersonde new-problem hps polynome2 --framework torch
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


@new_problem.command("hps")
def new_hps_problem(
    name: Annotated[str, typer.Argument(help="Of the subpackage.")],
    framework: Annotated[str, typer.Option("--framework", help="What its model is made with.")] = "sklearn",
) -> None:
    """Make a problem of hyperparameter search, in the package directory of a project.

    Examples:

    \b
      cd my_project/my_project
      hypersonde new-problem hps polynome2
      hypersonde new-problem hps polynome2 --framework keras
    """
    from hypersonde.cli import projects

    projects.new_problem(Path(), name, framework)


@app.command()
def topk(
    results: Annotated[Path, typer.Argument(help="A results.csv, or the directory that has one.")] = Path(),
    k: Annotated[int, typer.Option("-k", "--k", min=1, help="How many.")] = 1,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write them to a file: .json, .yaml or .csv.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option("--metric", show_default="the study's first", help="Rank by it.")
    ] = None,
    direction: Annotated[
        str | None, typer.Option("--direction", show_default="the study's, or maximize", help="maximize or minimize.")
    ] = None,
    storage: _Storage = None,
    study_name: _StudyName = None,
) -> None:
    """Print the best configurations of a search.

    Examples:

    \b
      hypersonde topk results.csv
      hypersonde topk results.csv -k 3 -o best.json
      hypersonde topk results.csv --metric loss --direction minimize
      hypersonde topk --storage postgresql+psycopg://me@db/hypersonde --study-name first -k 3
    """
    from hypersonde.cli import topk
    from hypersonde.cli.kept import Kept

    topk.topk(Kept(results, storage, study_name), k, output, metric, direction)


@app.command()
def show(
    log_dir: Annotated[Path, typer.Argument(help="Where the search keeps study.db.")] = Path(),
    trial: Annotated[str | None, typer.Option("--trial", help="Everything about one trial.")] = None,
    storage: _Storage = None,
    study_name: _StudyName = None,
) -> None:
    """Show how a search stands, or one of its trials.

    Examples:

    \b
      hypersonde show
      hypersonde show runs/first --trial 17
      hypersonde show --storage postgresql+psycopg://me@db/hypersonde --study-name first
    """
    from hypersonde.cli import show
    from hypersonde.cli.kept import Kept

    show.show(Kept(log_dir, storage, study_name), trial)


@app.command()
def explain(
    log_dir: Annotated[Path, typer.Argument(help="Where the search keeps study.db.")] = Path(),
    trial: Annotated[str | None, typer.Argument(help="Why this one was suggested.")] = None,
    storage: _Storage = None,
    study_name: _StudyName = None,
) -> None:
    """Explain a search: how far its model can be trusted, who proposed what; or why one trial was suggested.

    Examples:

    \b
      hypersonde explain
      hypersonde explain runs/first
      hypersonde explain runs/first 17
      hypersonde explain . 17 --storage spool:/scratch/me/study
    """
    from hypersonde.cli import explain
    from hypersonde.cli.kept import Kept

    explain.explain(Kept(log_dir, storage, study_name), trial)


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


@app.command()
def jobs(runs: _Runs = Path("runs")) -> None:
    """List the runs that were submitted, and how they stand.

    Examples:

    \b
      hypersonde jobs
      hypersonde jobs --runs /scratch/me/runs
    """
    from hypersonde.cli import jobs as do

    do.jobs(runs)


@app.command()
def status(name: _Name, runs: _Runs = Path("runs")) -> None:
    """Show how a submitted run stands: its study, its jobs, what to do next.

    Examples:

    \b
      hypersonde status first
    """
    from hypersonde.cli import jobs as do

    do.status(name, runs)


@app.command()
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


@app.command()
def cancel(name: _Name, runs: _Runs = Path("runs")) -> None:
    """End the jobs of a run. What is finished stays, and the run can be resumed.

    Examples:

    \b
      hypersonde cancel first
    """
    from hypersonde.cli import jobs as do

    do.cancel(name, runs)


@app.command()
def resume(
    name: _Name,
    runs: _Runs = Path("runs"),
    more: Annotated[
        int | None, typer.Option("--jobs", min=1, show_default="1", help="How many, also beside jobs that run.")
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
    """
    from hypersonde.cli import jobs as do

    do.resume(name, runs, more, after)


@storage.callback(invoke_without_command=True)
def storage_root(ctx: typer.Context) -> None:
    """List the studies of a storage, copy one to another storage, make one of several.

    A place is a log directory or a SQLite file, postgresql+psycopg://USER@HOST:PORT/DATABASE, or spool:DIRECTORY.

    Examples:

    \b
      hypersonde storage list runs/first
      hypersonde storage copy runs/first/study.db spool:/scratch/me/study
      hypersonde storage merge runs/islands runs/merged
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


@storage.command("list")
def storage_list(place: Annotated[str, typer.Argument(help="Of the storage.")]) -> None:
    """List the studies of a storage.

    Examples:

    \b
      hypersonde storage list runs/first
      hypersonde storage list postgresql+psycopg://me@db/hypersonde
    """
    from hypersonde.cli import storing

    storing.show(place)


@storage.command("copy")
def storage_copy(
    source: Annotated[str, typer.Argument(help="The place that has the study.")],
    target: Annotated[str, typer.Argument(help="The place that gets it, made when it does not exist.")],
    study_name: Annotated[
        str | None, typer.Option("--study-name", show_default="the only one", help="Which study.")
    ] = None,
) -> None:
    """Copy a study to another storage; the source stays. Given again after an interruption, it goes on.

    Examples:

    \b
      hypersonde storage copy runs/first/study.db postgresql+psycopg://me@db/hypersonde
      hypersonde storage copy spool:/scratch/me/study copy.db --study-name study
    """
    from hypersonde.cli import storing

    storing.move(source, target, study_name)


@storage.command("merge")
def storage_merge(
    sources: Annotated[list[str], typer.Argument(help="Log directories of ranks, or any places that have a study.")],
    target: Annotated[str, typer.Argument(help="The log directory or place that gets it, made when it is not there.")],
    study_name: Annotated[
        str | None, typer.Option("--study-name", show_default="the only one", help="Which study.")
    ] = None,
) -> None:
    """Make one study of several logs, in the order in which things happened: those of ranks, or of searches apart.

    The sources stay. Trials get new numbers in the merged study. Given again after an interruption, it goes on.

    Examples:

    \b
      hypersonde storage merge runs/islands runs/merged
      hypersonde storage merge runs/monday runs/tuesday both.db
      hypersonde show runs/merged
    """
    from hypersonde.cli import storing

    storing.merge(sources, target, study_name)


@app.command()
def samplers() -> None:
    """List the samplers: what they do, what each needs.

    Examples:

    \b
      hypersonde samplers
    """
    from hypersonde.cli import catalog

    catalog.samplers()


@app.command()
def evaluators() -> None:
    """List the evaluators: where evaluations can run, what each needs.

    Examples:

    \b
      hypersonde evaluators
    """
    from hypersonde.cli import catalog

    catalog.evaluators()
