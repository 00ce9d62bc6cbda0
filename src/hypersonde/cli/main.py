"""The command ``hypersonde``: arguments in, exit code out, one line on standard error for whatever is wrong.

====  ==========================================================================
code  meaning
====  ==========================================================================
0     done: all evaluations, the time that was given, or the whole space
1     a fault of this program; the traceback is in the file that the line names
2     a mistake that the user can mend, or every evaluation failed
130   interrupted (SIGINT, Ctrl-C), after everything was recorded
143   terminated (SIGTERM, SIGHUP), after everything was recorded
====  ==========================================================================
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; `argv` without the program's name, by default that of the process.

    The command line is loaded here, so that Ctrl-C while it loads is no traceback either.
    """
    try:
        from hypersonde.cli.running import run

        return run(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:
        return 130
