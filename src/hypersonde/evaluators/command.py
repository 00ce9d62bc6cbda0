"""Any command line as the work: containers, other languages, programs that were there before."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import selectors
import shlex
import signal
import string
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from hypersonde.errors import HypersondeError, InvalidInput, unknown
from hypersonde.evaluators.process_tree import kill_trees

LAST_LINE = "last-line"
TAIL = 1 << 18
"""Bytes of a stream that are kept to find the objective, or the reason of a failure."""
REASON_LINES = 20
"""Lines of the error stream that a failure quotes."""
GLANCE = 0.1
"""Seconds between two looks at whether the work should stop."""
GIVEN = ("config", "directory", "trial")
"""Placeholders that are not parameters."""


class CommandFailed(HypersondeError):
    """A command ended without an objective; the message says how, and quotes what it said last."""


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
        run = _Run(arguments, environment, self._grace)
        run.follow(trial)
        if self._objective == LAST_LINE:
            return run.read(_last_line(run.out.text()), "the last line of its output")
        return run.read(_content(result), f"the file {str(result)!r}")


class _Run:
    """One run of a command, from its start to its end."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], grace: float) -> None:
        self._title = shlex.join(arguments)
        self._grace = grace
        self._stopping: float | None = None
        self.out, self.err = _Tail(sys.stdout), _Tail(sys.stderr)
        try:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise CommandFailed(f"cannot start `{self._title}`: {error.strerror}: {error.filename!r}.") from None

    def follow(self, trial: TrialLike) -> None:
        """Pass on what it says until it ends; end it when the trial is to stop, or this work is ended."""
        with self._process, selectors.DefaultSelector() as selector:
            assert self._process.stdout is not None
            assert self._process.stderr is not None
            try:
                selector.register(self._process.stdout, selectors.EVENT_READ, self.out)
                selector.register(self._process.stderr, selectors.EVENT_READ, self.err)
                while self._listen(selector):
                    self._mind(trial)
            except BaseException:
                self._kill()
                raise

    def read(self, text: str | None, source: str) -> Any:
        """The objective in `text`, unless the command failed.

        Raises
        ------
        CommandFailed : it did, or there is no objective.
        """
        status = self._process.returncode
        if status and self._stopping is None:
            raise CommandFailed(self._failure(status))
        result = None if text is None else _parsed(text)
        if result is None:
            got = "is absent" if text is None else f"is {text[:200]!r}"
            hurry = " It was asked to stop." if self._stopping is not None else ""
            raise CommandFailed(
                f"`{self._title}` left no objective: {source} {got}, expected a number or a JSON object.{hurry}"
            )
        return result

    def _listen(self, selector: selectors.BaseSelector) -> bool:
        """Read what there is; False when the command has ended and said all that it had to say."""
        ready = selector.select(GLANCE) if selector.get_map() else []
        for key, _ in ready:
            data = os.read(key.fd, TAIL)
            key.data.take(data)
            if not data:
                selector.unregister(key.fileobj)
        if not selector.get_map():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GLANCE)
        return bool(ready) or self._process.poll() is None

    def _mind(self, trial: TrialLike) -> None:
        """Stop in two steps when the trial says so."""
        if self._stopping is None:
            if trial.should_stop() and self._process.poll() is None:
                self._stopping = time.monotonic()
                os.killpg(self._process.pid, signal.SIGTERM)
        elif time.monotonic() > self._stopping + self._grace:
            self._kill()

    def _kill(self) -> None:
        if self._process.poll() is None:
            kill_trees([self._process.pid])
            self._process.wait()

    def _failure(self, status: int) -> str:
        how = f"was killed by signal {-status}" if status < 0 else f"exited with status {status}"
        lines = [line for line in self.err.text().splitlines() if line.strip()][-REASON_LINES:]
        last = f": {lines[-1].strip()}" if lines else ""
        return "\n".join([f"`{self._title}` {how}{last}", *lines])


class _Tail:
    """Passes a stream on and keeps its end."""

    def __init__(self, onward: IO[str]) -> None:
        self._onward = onward
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._kept = bytearray()

    def take(self, data: bytes) -> None:
        """The next bytes; none at the end."""
        self._kept += data
        del self._kept[:-TAIL]
        self._onward.write(self._decode(data, final=not data))
        self._onward.flush()

    def text(self) -> str:
        """What has been kept."""
        return self._kept.decode("utf-8", "replace")


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


def _parsed(text: str) -> float | dict[str, Any] | None:
    """A number, or a JSON object; None for anything else.

    >>> _parsed("1e-3"), _parsed('{"loss": 2}'), _parsed("done")
    (0.001, {'loss': 2}, None)
    """
    with contextlib.suppress(ValueError):
        return float(text)
    with contextlib.suppress(ValueError):
        value = json.loads(text)
        return value if isinstance(value, dict) else None
    return None


def _plain(value: Any) -> Any:
    """What JSON has no word for: numpy's scalars and arrays as Python's."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a value of type {type(value).__name__} cannot be written as JSON: {value!r}")
