"""Agents as plain child processes: the smallest engine there is, for tests of what all engines share."""

import subprocess
import sys

from hypersonde.evaluators.agent import Post
from hypersonde.evaluators.pilots import PilotEvaluator, Placement

PROGRAM = "import sys; from hypersonde.evaluators.agent import Post, serve; serve(Post(*{post!r}))"


class Children(Placement):
    """So many agents, each replaced when it is gone if `replace`."""

    def __init__(self, count, replace=False):
        self.count = count
        self.replace = replace
        self.processes = []

    def place(self, post: Post) -> None:
        self.post = post
        for _ in range(self.count):
            self.add()

    def add(self):
        program = PROGRAM.format(post=(self.post.host, self.post.port, self.post.key))
        self.processes.append(subprocess.Popen([sys.executable, "-c", program]))

    def tend(self, wanted: bool) -> None:
        if self.replace and wanted:
            gone = [process for process in self.processes if process.poll() is not None]
            self.processes = [process for process in self.processes if process not in gone]
            for _ in gone:
                self.add()

    def close(self) -> None:
        for process in self.processes:
            assert process.wait(10) is not None


class LocalPilots(PilotEvaluator):
    name = "local-pilots"

    def __init__(self, count, replace=False):
        self.children = Children(count, replace)
        super().__init__(self.children)


def local(count, replace=False):
    evaluator = LocalPilots(count, replace)
    assert evaluator.await_workers(count)
    return evaluator
