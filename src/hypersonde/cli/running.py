"""Runs one command; one line on standard error for whatever is wrong."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from itertools import pairwise

from typer import Abort, TyperException
from typer.main import get_command

from hypersonde.cli.app import app
from hypersonde.cli.crash import Crash
from hypersonde.errors import HypersondeError


def run(arguments: Sequence[str]) -> int:
    """Run one command, without the program's name; the exit code."""
    try:
        code = get_command(app).main(list(arguments), prog_name="hypersonde", standalone_mode=False, obj=arguments)
        _flush()
        return int(code or 0)
    except (HypersondeError, TyperException) as error:
        _complain(_sentence(error, arguments))
        _show(error, arguments)
        return 2
    except (KeyboardInterrupt, Abort):
        return 130
    except BrokenPipeError:
        _flush()
        return 1
    except Exception as error:  # noqa: BLE001  the last resort: no traceback on the screen, all of it in a file
        return _crashed(error, arguments)


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone: nothing left to flush to


def _sentence(error: HypersondeError | TyperException, arguments: Sequence[str]) -> str:
    if isinstance(error, HypersondeError):
        return str(error)
    context = getattr(error, "ctx", None)
    way_out = f". See: {context.command_path} --help" if context is not None else ""
    said = (error.format_message().rstrip(".") + _got(error, arguments)).rstrip()
    return said + (way_out.removeprefix(".") if said.endswith("?") else way_out)


def _got(error: TyperException, arguments: Sequence[str]) -> str:
    """What was typed after the option that the error is about."""
    names = getattr(getattr(error, "param", None), "opts", [])
    typed = [value for name, value in pairwise(arguments) if name in names]
    return f", got {typed[-1]!r}" if typed else ""


def _crashed(error: Exception, arguments: Sequence[str]) -> int:
    cause = error.__cause__ if isinstance(error, Crash) and error.__cause__ else error
    path = str(error.path) if isinstance(error, Crash) else _keep(cause)
    _complain(f"unexpected {type(cause).__name__}: {cause}. The traceback is in {path}; --verbose shows it.")
    _show(cause, arguments)
    return 1


def _keep(error: BaseException) -> str:
    with tempfile.NamedTemporaryFile("w", prefix="hypersonde-", suffix=".log", delete=False) as file:
        traceback.print_exception(error, file=file)
    return file.name


def _complain(sentence: str) -> None:
    sys.stderr.write(f"error: {' '.join(sentence.split())}\n")


def _show(error: BaseException, arguments: Sequence[str]) -> None:
    if "--verbose" in arguments:
        traceback.print_exception(error, file=sys.stderr)
