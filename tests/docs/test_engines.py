"""Every console line and every file of the pages on engines, run by a user in an empty directory.

The shell blocks of pages on engines with queues are run on a Slurm; what they start on other nodes is started here.
"""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from integration.killing import wait_until

DOCS = Path(__file__).parents[2] / "docs"
FOUND = {
    "engines/mpi.md": {"mpi": 20, "script": 20, "together": 10},
    "engines/ray.md": {"ray": 20, "shipped": 10},
    "engines/dask.md": {"dask": 20},
    "engines/parsl.md": {"parsl": 20},
    "laptop_to_supercomputer.md": {"first": 20},
}
"""What lies in the log directories at the end."""

QUEUES = {"engines/dask.md": ["joined", "queue"], "engines/parsl.md": ["queue"]}
"""What the shell blocks leave, each of 20 evaluations."""

PROBLEM = "from hypersonde import HpProblem\n\nProblem = HpProblem({'x': (0.0, 1.0)})\n"
RUN = "def run(config):\n    return 1 - (config['x'] - 0.3) ** 2\n"


def execute(page, where):
    """Write the files of the page, run its lines in their order."""
    text = page.read_text()
    for name, program in re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```", text, re.M | re.S):
        (where / name).write_text(program)
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.M | re.S)
    for line in [line for block in blocks for line in block.splitlines()]:
        assert line.startswith("$ ")
        run_line(line[2:], where)


def environment(more=()):
    return {**os.environ, **dict(more), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def run_line(line, where, more=()):
    done = subprocess.run(
        ["sh", "-c", line], cwd=where, env=environment(more), capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


def finished(log_dir):
    with open(log_dir / "results.csv", newline="") as file:
        return [row["state"] for row in csv.DictReader(file)].count("COMPLETE")


@pytest.mark.parametrize("page", FOUND)
def test_the_commands_of_the_page_run_to_their_end(page, tmp_path):
    (tmp_path / "problem.py").write_text(PROBLEM)
    (tmp_path / "run.py").write_text(RUN)
    execute(DOCS / page, tmp_path)
    for name, evaluations in FOUND[page].items():
        assert finished(tmp_path / "runs" / name) == evaluations, name


@pytest.mark.parametrize("page", QUEUES)
def test_the_commands_for_clusters_and_queues_run_to_their_end(page, slurm, tmp_path):
    (tmp_path / "problem.py").write_text(PROBLEM)
    (tmp_path / "run.py").write_text(RUN)
    blocks = re.findall(r"^```shell\n(.*?)^```", (DOCS / page).read_text(), re.M | re.S)
    daemons = []
    try:
        for line in [line for block in blocks for line in block.splitlines()]:
            if line.startswith("hypersonde "):
                run_line(line, tmp_path, slurm.environment)
            else:
                daemons.append(subprocess.Popen(line.partition("#")[0].split(), cwd=tmp_path, env=environment()))
                wait_until(lambda: (tmp_path / "cluster.json").exists())
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
            daemon.wait(30)
        slurm.empty()
    for name in QUEUES[page]:
        assert finished(tmp_path / "runs" / name) == 20, name


def test_every_page_on_an_engine_is_run():
    elsewhere = {"engines/batch.md"}  # test_batch.py, which has a Slurm
    pages = {f"engines/{page.name}" for page in (DOCS / "engines").glob("*.md")}
    assert pages == {*FOUND} - {"laptop_to_supercomputer.md"} | elsewhere
