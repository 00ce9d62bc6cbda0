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


def test_the_log_says_once_that_something_is_compiled() -> None:
    code = """
import logging, numba
from hypersonde.models.forest.compiled.jit import telling
logging.basicConfig(level=logging.INFO, format="%(message)s")
with telling():
    print("nothing yet", flush=True)
    known = [numba.njit(lambda x: x + 1), numba.njit(lambda x: x + 2)]
    print([add(1) for add in known])
print(numba.njit(lambda x: x + 3)(1))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "nothing yet\n[2, 3]\n4\n"
    assert done.stderr == "compiling the kernels of forests, once per installation: half a minute or less\n"
