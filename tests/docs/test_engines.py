"""Every console line and every file of the pages on engines, run by a user in an empty directory."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
FOUND = {
    "engines/mpi.md": {"mpi": 20, "script": 20, "together": 10},
    "engines/ray.md": {"ray": 20, "shipped": 10},
    "engines/dask.md": {"dask": 20},
    "engines/parsl.md": {"parsl": 20},
    "laptop_to_supercomputer.md": {"first": 20},
}
"""What lies in the log directories at the end."""

PROBLEM = "from hypersonde import HpProblem\n\nProblem = HpProblem({'x': (0.0, 1.0)})\n"
RUN = "def run(config):\n    return 1 - (config['x'] - 0.3) ** 2\n"


def execute(page, where):
    """Write the files of the page, run its lines in their order."""
    text = page.read_text()
    for name, program in re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```", text, re.M | re.S):
        (where / name).write_text(program)
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for line in lines:
        assert line.startswith("$ ")
        command = ["sh", "-c", line[2:]]
        done = subprocess.run(
            command,
            cwd=where,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", FOUND)
def test_the_commands_of_the_page_run_to_their_end(page, tmp_path):
    (tmp_path / "problem.py").write_text(PROBLEM)
    (tmp_path / "run.py").write_text(RUN)
    execute(DOCS / page, tmp_path)
    for name, evaluations in FOUND[page].items():
        with open(tmp_path / "runs" / name / "results.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["state"] for row in rows] == ["COMPLETE"] * evaluations, name


def test_every_page_on_an_engine_is_run():
    assert {f"engines/{page.name}" for page in (DOCS / "engines").glob("*.md")} == {*FOUND} - {
        "laptop_to_supercomputer.md"
    }
