"""What the documentation says is so."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_documentation_builds_without_a_warning(tmp_path):
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", ROOT / "docs", tmp_path]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "index.html").exists()


def test_the_program_of_the_readme_finds_what_the_readme_says(tmp_path):
    program, printed = re.search(
        r"```python\n(.*?)```.*?```text\n(.*?)```", (ROOT / "README.md").read_text(), re.S
    ).groups()
    (tmp_path / "program.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=True, env={**os.environ}
    )
    claimed, found = (float(text.split()[0]) for text in (printed, done.stdout))
    assert found > 0.99 * claimed
    assert len(program.strip().splitlines()) <= 15
    assert (tmp_path / "runs" / "quickstart" / "results.csv").read_text().count("\n") == 61


def test_every_link_between_the_pages_leads_somewhere():
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
