"""Makes one command per sampler, when it is asked for: options from the sampler's signature, help from the table."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from hypersonde.cli.choices import SAMPLERS
from hypersonde.cli.words import Choice, parameter
from hypersonde.errors import unknown

_EXAMPLES = """

    Examples:

    \b
      hypersonde hps {name} --problem problem.py --run model_run.py
      hypersonde hps {name} --max-evals 50 --num-workers 2 \\
        --problem pkg.problem.Problem --run pkg.model_run.run
      hypersonde hps {name} -p problem.py --command 'sh train.sh {{lr}}' \\
        --metric loss:minimize --timeout 2h --log-dir runs/first
    """


class Searches(TyperGroup):
    """The commands of ``hypersonde hps``, one per line of the table of samplers; listing them loads none."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(SAMPLERS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        app = typer.Typer(add_completion=False)
        app.command(cmd_name, help=SAMPLERS[cmd_name].summary)(lambda: None)
        return typer.main.get_command(app)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, *rest = args
        if name not in SAMPLERS:
            raise unknown("search", name, SAMPLERS)
        return name, command(SAMPLERS[name]), rest


def command(choice: Choice) -> Any:
    """The command that searches with this sampler; one whose libraries are missing takes any option and says so."""
    app = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
    lenient = bool(choice.missing())
    settings = {"ignore_unknown_options": lenient, "allow_extra_args": lenient}
    app.command(choice.name, context_settings=settings)(_function(choice))
    return typer.main.get_command(app)


def _function(choice: Choice) -> Callable[..., None]:
    from hypersonde.cli.options import SearchOptions

    own = _own(choice)
    shared = _shared(SearchOptions)

    def run(ctx: typer.Context, **given: Any) -> None:
        from hypersonde.cli.hps import search

        settings = {p.name: given.pop(p.name) for p in own}
        raise typer.Exit(search(choice, settings, SearchOptions(**given), list(ctx.obj or ())))

    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    run.__signature__ = inspect.Signature([context, *shared, *own])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in (context, *shared, *own)}
    run.__doc__ = choice.summary + _EXAMPLES.format(name=choice.name)
    return run


def _shared(options: type[Any]) -> list[inspect.Parameter]:
    hints = typing.get_type_hints(options, include_extras=True)
    return [_parameter(f.name, hints[f.name], _default(f)) for f in dataclasses.fields(options)]


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    made = field.default_factory
    return inspect.Parameter.empty if made is dataclasses.MISSING else made()


def _own(choice: Choice) -> list[inspect.Parameter]:
    made = []
    for flag in () if choice.missing() else choice.flags:
        sampler = choice.load()
        kind, default = (list[str], []) if flag.reader else parameter(sampler, flag.parameter)
        option = typer.Option(flag.option, help=flag.help, rich_help_panel=f"Options of {choice.name}")
        made.append(_parameter(flag.parameter, Annotated[kind | None if default is None else kind, option], default))
    return made


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
