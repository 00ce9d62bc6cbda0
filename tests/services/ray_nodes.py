"""A Ray cluster of several nodes on this machine, whose nodes can be added and lost."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any

ALONE = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Nothing is reported to anybody, and everything listens on loopback; drivers need the second, too."""
_STORE = 80 * 2**20


class RayNodes:
    """A head that runs nothing, and nodes that were added. Until it is removed, the environment here holds `ALONE`."""

    def __init__(self) -> None:
        self._before = {name: os.environ.get(name) for name in ALONE}
        os.environ |= ALONE
        from ray.cluster_utils import Cluster

        self._home = tempfile.mkdtemp(prefix="ray-")
        self._cluster = Cluster(
            initialize_head=True,
            head_node_args={
                "num_cpus": 0,
                "include_dashboard": False,
                "object_store_memory": _STORE,
                "temp_dir": self._home,
            },
        )
        self.address = str(self._cluster.address)

    def add(self, cpus: int, gpus: int = 0) -> Any:
        """One more node."""
        return self._cluster.add_node(num_cpus=cpus, num_gpus=gpus, object_store_memory=_STORE)

    def lose(self, node: Any) -> None:
        """Kill the node as a loss of power does."""
        self._cluster.remove_node(node, allow_graceful=False)

    def remove(self) -> None:
        """End everything that this cluster started."""
        self._cluster.shutdown()
        shutil.rmtree(self._home, ignore_errors=True)
        for name, value in self._before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def raylet_of(node: Any) -> str:
    """The process id of the node's daemon, as its workers find it in ``RAY_RAYLET_PID``."""
    return str(node.all_processes["raylet"][0].process.pid)
