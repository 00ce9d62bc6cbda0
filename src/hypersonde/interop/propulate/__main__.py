"""Runs a script on the ranks of mpirun, MPI begun before it: nobody waits then for a rank that dies meanwhile.

mpirun --with-ft ulfm -n 4 python -m hypersonde.interop.propulate SCRIPT [ARGUMENTS]
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from hypersonde.launch import launched
from hypersonde.storage.mpi_start import begin_mpi


def main() -> None:
    """Run the script that the command line names, as ``python SCRIPT`` would.

    Raises
    ------
    SystemExit : it names none.
    """
    if len(sys.argv) < 2:
        raise SystemExit("error: which script? python -m hypersonde.interop.propulate SCRIPT [ARGUMENTS]")
    if launched()[1] > 1:
        begin_mpi()
    del sys.argv[0]
    sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
