"""Any command line as the work: containers, other languages, programs that were there before."""

from __future__ import annotations

import json
import os
import shlex
import string
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from hypersonde.errors import InvalidInput, unknown
from hypersonde.evaluators.command_run import CommandFailed, CommandRun

LAST_LINE = "last-line"
GIVEN = ("config", "directory", "trial")
"""Placeholders that are not parameters."""


class TrialLike(Protocol):
    """What a command needs of the trial that it runs for."""

    config: dict[str, Any]

    @property
    def number(self) -> int:
        """The trial's number."""
        ...

    @property
    def directory(self) -> Path:
        """An existing directory of the trial's own."""
        ...

    def should_stop(self) -> bool:
        """Whether to wind up."""
        ...


class Command:
    """A run function that runs a command line and reads the objective from what that leaves.

    The command runs in the caller's working directory, without a shell, with nothing on its standard input.
    It finds its configuration where that suits it: as placeholders in its arguments, as a JSON file whose
    path is ``{config}`` and ``$HYPERSONDE_CONFIG``; ``$HYPERSONDE_DIRECTORY`` and ``$HYPERSONDE_TRIAL`` are
    the trial's directory and number. What it prints is the output of the trial. When the work is to stop,
    its process group gets SIGTERM, and SIGKILL after `grace`; when the work is cancelled or out of time,
    it is killed with everything that it started.

    Parameters
    ----------
    template : a command line, split as a shell splits it, or a list of arguments. ``{lr}`` is replaced by the
        value of the parameter ``lr`` (``{lr:.3g}`` formats it), ``{config}``, ``{directory}`` and ``{trial}``
        by what they say; ``{{`` and ``}}`` are braces. For pipes and the like: ``["bash", "-c", "..."]``.
    objective : ``last-line`` takes the last line of standard output that is not blank; anything else is a
        file that the command writes, seen from the trial's directory. Either holds a number, or a JSON
        object with the metrics by name.
    names : the parameters that exist, so that a misspelt placeholder is found now and not in the first trial.
    env : environment variables on top of the caller's.
    grace : seconds between the request to stop and the end.

    Examples
    --------
    >>> Command("python train.py --lr {lr} --out {directory}/model.pt").placeholders
    ('lr', 'directory')

    Raises
    ------
    InvalidInput : the template is empty or has unbalanced quotes or braces, or an unknown placeholder.
    """

    def __init__(
        self,
        template: str | Sequence[str],
        objective: str | os.PathLike[str] = LAST_LINE,
        *,
        names: Iterable[str] | None = None,
        env: Mapping[str, str] | None = None,
        grace: float = 5.0,
    ) -> None:
        self._arguments = _split(template)
        self._objective = os.fspath(objective)
        self._env = dict(env or {})
        self._grace = grace
        self.placeholders = _placeholders((*self._arguments, self._objective))
        if names is not None:
            known = [*names, *GIVEN]
            for name in self.placeholders:
                if name not in known:
                    raise unknown("placeholder", name, known)

    def __call__(self, trial: TrialLike) -> Any:
        """Run the command for `trial`; its number, or its metrics by name.

        Raises
        ------
        CommandFailed : it could not start, ended with a status other than 0, or left no objective.
        """
        directory = trial.directory.absolute()
        config = directory / "config.json"
        config.write_text(json.dumps(trial.config, default=_plain) + "\n", encoding="utf-8")
        words = {**trial.config, "config": config, "directory": directory, "trial": trial.number}
        arguments = [_filled(argument, words) for argument in self._arguments]
        environment = {
            **os.environ,
            **self._env,
            "HYPERSONDE_CONFIG": str(config),
            "HYPERSONDE_DIRECTORY": str(directory),
            "HYPERSONDE_TRIAL": str(trial.number),
        }
        result = directory / _filled(self._objective, words)
        if self._objective != LAST_LINE:
            result.unlink(missing_ok=True)  # an earlier attempt's is not this one's
        run = CommandRun(arguments, environment, self._grace)
        run.follow(trial)
        if self._objective == LAST_LINE:
            return run.read(_last_line(run.out.text()), "the last line of its output")
        return run.read(_content(result), f"the file {str(result)!r}")


class _Words(string.Formatter):
    """Formats by whole names, so that ``{optimizer:lr}`` has a format and ``{a.b}`` is a name with a dot."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs[field_name], field_name


def _split(template: str | Sequence[str]) -> tuple[str, ...]:
    try:
        arguments = tuple(shlex.split(template) if isinstance(template, str) else template)
    except ValueError as error:
        raise InvalidInput(f"command {template!r}: {error}. Check its quotes, or give a list of arguments.") from None
    if not arguments:
        raise InvalidInput("command: got an empty one, expected such as 'python train.py --lr {lr}'.")
    return arguments


def _placeholders(texts: Iterable[str]) -> tuple[str, ...]:
    """The names in braces, each once, in order."""
    names: dict[str, None] = {}
    for text in texts:
        try:
            names.update((name, None) for _, name, _, _ in string.Formatter().parse(text) if name is not None)
        except ValueError as error:
            raise InvalidInput(f"command, at {text!r}: {error}. Write {{{{ and }}}} for braces themselves.") from None
    if "" in names:
        raise InvalidInput("command: got {} without a name, expected such as {lr}. Write {{}} for braces themselves.")
    return tuple(names)


def _filled(text: str, words: Mapping[str, Any]) -> str:
    try:
        return _Words().vformat(text, (), words)
    except KeyError as error:
        known = ", ".join(map(str, words))
        raise CommandFailed(
            f"placeholder {{{error.args[0]}}} has no value in this configuration. It has: {known}. "
            "Correct the name; for a parameter that is not always active, read the file {config}."
        ) from None
    except ValueError as error:
        raise CommandFailed(f"cannot fill {text!r}: {error}.") from None


def _last_line(text: str) -> str | None:
    return next((line for line in reversed(text.splitlines()) if line.strip()), None)


def _content(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def _plain(value: Any) -> Any:
    """What JSON has no word for: numpy's scalars and arrays as Python's."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a value of type {type(value).__name__} cannot be written as JSON: {value!r}")
