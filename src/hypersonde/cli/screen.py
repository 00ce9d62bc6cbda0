"""What this command writes to a terminal or a pipe."""

from __future__ import annotations

import ast
import contextlib
import sys
from typing import IO, Any, cast

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_WIDTH = 160
"""Characters per line where there is no terminal that has a width."""


class Lasting:
    """A stream that outlives its reader: what is written to a closed terminal or a broken pipe is lost, no more."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be written."""
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Pass on what can be passed on."""
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def console(*, quiet: bool = False, stderr: bool = False) -> Console:
    """Standard output or error; silent when quiet. Nobody has to be there to read it."""
    file = cast(IO[str], Lasting(sys.stderr if stderr else sys.stdout))
    plain = Console(file=file, quiet=quiet, highlight=False, soft_wrap=True)
    if plain.is_terminal:
        return plain
    return Console(file=file, quiet=quiet, highlight=False, soft_wrap=True, width=_WIDTH)


def table(columns: list[str], rows: list[list[Any]]) -> Table:
    """A table without frames; numbers with six digits at most."""
    made = Table(*map(escape, columns), box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for row in rows:
        made.add_row(*(escape(shown(value)) for value in row))
    return made


def shown(value: Any) -> str:
    """A value for people.

    >>> shown(0.123456789), shown(None), shown("relu")
    ('0.123457', 'None', 'relu')
    """
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def spelled(value: Any) -> str:
    """The value of a parameter for people: a word that looks like something else is in quotes.

    >>> spelled("relu"), spelled("None"), spelled(None), spelled("1"), spelled(1), spelled("")
    ('relu', "'None'", 'None', "'1'", '1', "''")
    """
    return repr(value) if isinstance(value, str) and _another(value) else shown(value)


def _another(text: str) -> bool:
    """Whether a word reads as a value of another kind, or as none at all."""
    try:
        return not isinstance(ast.literal_eval(text.strip() or "0"), str)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text.strip().lower().lstrip("+-") in ("nan", "inf", "infinity")
