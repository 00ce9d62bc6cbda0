"""Machine code ahead of need."""

import subprocess
import sys

from hypersonde.models.warm import warm


def test_kernels_are_compiled_for_the_types_that_forests_use() -> None:
    warm()
    from hypersonde.models.forest.compiled import grow, walk

    kernels = [grow.grow, walk.answers, walk.absorb]
    before = [len(kernel.signatures) for kernel in kernels]
    warm()
    assert before == [len(kernel.signatures) for kernel in kernels] == [1, 1, 1]


def test_it_can_be_called_from_a_shell_with_or_without_numba() -> None:
    subprocess.run([sys.executable, "-m", "hypersonde.models.warm"], check=True)
    run = "runpy.run_module('hypersonde.models.warm', run_name='__main__')"
    bare = f"import sys, runpy; sys.modules['numba'] = None; {run}"
    subprocess.run([sys.executable, "-c", bare], check=True)
