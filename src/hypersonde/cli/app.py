"""The commands and what each takes. What they do is loaded when they are called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from hypersonde import __version__
from hypersonde.cli.app_queue import commands as queue_commands
from hypersonde.cli.app_storage import storage
from hypersonde.cli.searches import SETTINGS, Searches

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
    context_settings=SETTINGS,
)
hps = typer.Typer(cls=Searches, rich_markup_mode="rich", context_settings=SETTINGS)
new_problem = typer.Typer(rich_markup_mode="rich", context_settings=SETTINGS)
app.add_typer(hps, name="hps")
app.add_typer(new_problem, name="new-problem")
app.add_typer(queue_commands)
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
    by_model: Annotated[
        bool,
        typer.Option(
            "--by-model", help="Rank by what a model of all results expects: noise makes single values lucky."
        ),
    ] = False,
    storage: _Storage = None,
    study_name: _StudyName = None,
) -> None:
    """Print the best configurations of a search.

    Examples:

    \b
      hypersonde topk results.csv
      hypersonde topk results.csv -k 3 -o best.json
      hypersonde topk results.csv -k 3 --by-model
      hypersonde topk results.csv --metric loss --direction minimize
      hypersonde topk --storage postgresql+psycopg://me@db/hypersonde --study-name first -k 3
    """
    from hypersonde.cli import topk
    from hypersonde.cli.kept import Kept

    topk.topk(Kept(results, storage, study_name), k, output, metric, direction, by_model=by_model)


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
