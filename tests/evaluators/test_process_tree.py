import contextlib
import subprocess
import threading
from collections.abc import Iterator

import psutil
import pytest

from hypersonde.evaluators import process_tree
from hypersonde.evaluators.process_tree import kill_trees


@pytest.fixture
def family() -> Iterator[list[psutil.Process]]:
    """A shell, in a session of its own, and its child."""
    root = subprocess.Popen(["bash", "-c", "sleep 63 & echo; wait"], stdout=subprocess.PIPE, start_new_session=True)
    assert root.stdout is not None
    root.stdout.readline()
    leader = psutil.Process(root.pid)
    members = [leader, *leader.children()]
    yield members
    for process in members:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    root.communicate()


def test_whoever_lists_processes_at_the_same_time_does_not_disturb(family: list[psutil.Process]) -> None:
    begun, over = threading.Event(), threading.Event()

    def look() -> None:
        while not over.is_set():
            assert list(psutil.process_iter(["cmdline"]))
            begun.set()

    thread = threading.Thread(target=look)
    thread.start()
    begun.wait()
    try:
        kill_trees([family[0].pid])
    finally:
        over.set()
        thread.join()
    assert len(family) == 2
    assert psutil.wait_procs(family, timeout=20)[1] == []


def test_trouble_in_between_leaves_nobody_standing_still(
    family: list[psutil.Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    def trouble(*_: object) -> None:
        raise RuntimeError("trouble")

    monkeypatch.setattr(process_tree, "_family", trouble)
    with pytest.raises(RuntimeError, match="trouble"):
        kill_trees([family[0].pid])
    assert psutil.wait_procs(family[:1], timeout=20)[1] == []
