"""Makes one command per sampler, when it is asked for: options from the sampler's signature, help from the table."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import typing
from collections.abc import Callable
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from hypersonde.cli.choices import SAMPLERS
from hypersonde.cli.words import Choice, parameter
from hypersonde.errors import unknown

SETTINGS: Final = {"help_option_names": ["-h", "--help"]}
"""Of every group of commands."""

_EXAMPLES = """

    Examples:

    \b
      hypersonde hps {name} --problem problem.py --run model_run.py
      hypersonde hps {name} --max-evals 50 --num-workers 2 \\
        --problem pkg.problem.Problem --run pkg.model_run.run
      hypersonde hps {name} -p problem.py --command 'sh train.sh {{lr}}' \\
        --metric loss:minimize --timeout 2h --log-dir runs/first
    """

_SUBMIT_EXAMPLES = """

    Examples:

    \b
      hypersonde submit hps {name} first -p problem.py -r model_run.py -t 30 -n 4 -q debug -A project
      hypersonde submit hps {name} second -p pkg.problem.Problem -r pkg.model_run.run \\
        -t 60 -n 8 -j mpi --max-evals 1000 --requeue
      hypersonde submit hps {name} third -p problem.py -r model_run.py -t 10 --dry-run
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


class Submissions(Searches):
    """The commands of ``hypersonde submit hps``: the same searches, in jobs of a batch queue."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, *rest = args
        if name not in SAMPLERS:
            raise unknown("search", name, SAMPLERS)
        return name, command(SAMPLERS[name], _submission), rest


def command(choice: Choice, function: Callable[[Choice], Callable[..., None]] | None = None) -> Any:
    """The command that searches with this sampler; one whose libraries are missing takes any option and says so."""
    app = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
    lenient = bool(choice.missing())
    settings = {"ignore_unknown_options": lenient, "allow_extra_args": lenient}
    app.command(choice.name, context_settings=settings)((function or _search)(choice))
    return typer.main.get_command(app)


def _search(choice: Choice) -> Callable[..., None]:
    from hypersonde.cli.options import SearchOptions

    own = _own(choice)

    def run(ctx: typer.Context, **given: Any) -> None:
        from hypersonde.cli.hps import search

        settings = {p.name: given.pop(p.name) for p in own}
        raise typer.Exit(search(choice, settings, SearchOptions(**given), list(ctx.obj or ())))

    return _typed(run, choice.summary + _examples(choice), [*_shared(SearchOptions), *own])


def _examples(choice: Choice) -> str:
    own = "".join(f"      {line}\n" for example in choice.examples for line in example.split("\n"))
    return _EXAMPLES.format(name=choice.name).rstrip() + "\n" + own + "    "


def _submission(choice: Choice) -> Callable[..., None]:
    from hypersonde.cli.options import SearchOptions
    from hypersonde.cli.submitting import DECIDED, SubmitOptions

    own = _own(choice)
    submit = _shared(SubmitOptions)
    shared = [_of_a_job(p) for p in _shared(SearchOptions) if p.name not in DECIDED]

    def run(ctx: typer.Context, **given: Any) -> None:
        from hypersonde.cli.submit import submit as do

        settings = {p.name: (p.default, given.pop(p.name)) for p in own}
        wanted = SubmitOptions(**{p.name: given.pop(p.name) for p in submit})
        do(choice, settings, SearchOptions(**given), wanted)

    return _typed(run, choice.summary + _SUBMIT_EXAMPLES.format(name=choice.name), [*submit, *shared, *own])


def _of_a_job(given: inspect.Parameter) -> inspect.Parameter:
    """An option of a search as a submission shows it: jobs share a log unless one is named."""
    if given.name != "storage":
        return given
    kind, option = typing.get_args(given.annotation)
    shown = copy.copy(option)
    shown.show_default = "spool:RUN/study, for all jobs of the run"
    return given.replace(annotation=Annotated[kind, shown])


def _typed(run: Callable[..., None], doc: str, parameters: list[inspect.Parameter]) -> Callable[..., None]:
    """The function with a signature and a text of its own, from which its command is made."""
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    run.__signature__ = inspect.Signature([context, *parameters])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in (context, *parameters)}
    run.__doc__ = doc
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
