"""What this command writes to a terminal or a pipe."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_WIDTH = 160
"""Characters per line where there is no terminal that has a width."""


def console(*, quiet: bool = False, stderr: bool = False) -> Console:
    """Standard output or error; silent when quiet."""
    plain = Console(quiet=quiet, stderr=stderr, highlight=False, soft_wrap=True)
    if plain.is_terminal:
        return plain
    return Console(quiet=quiet, stderr=stderr, highlight=False, soft_wrap=True, width=_WIDTH)


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
