"""The commands of storages, and what each takes."""

from __future__ import annotations

from typing import Annotated

import typer

from hypersonde.cli.searches import SETTINGS

storage = typer.Typer(rich_markup_mode="rich", context_settings=SETTINGS)


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
