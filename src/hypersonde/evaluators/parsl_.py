"""Agents in pilot jobs of Parsl: on this machine, or in blocks of nodes that a batch queue gives."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from hypersonde.errors import InvalidInput, missing_extra, unknown
from hypersonde.evaluators.addresses import own_address
from hypersonde.evaluators.agent import Post, serve
from hypersonde.evaluators.pilots import Complaints, PilotEvaluator, Placement
from hypersonde.evaluators.reception import LOOPBACK
from hypersonde.evaluators.resources import checked_workers

try:
    import parsl
    from parsl.executors import HighThroughputExecutor
    from parsl.executors.high_throughput.executor import DEFAULT_LAUNCH_CMD
    from parsl.launchers import MpiExecLauncher, SimpleLauncher, SrunLauncher
    from parsl.providers import LocalProvider, PBSProProvider, SlurmProvider
except ImportError:
    raise missing_extra("parsl", "parsl", "the parsl evaluator") from None

PROVIDERS = {"local": LocalProvider, "job": LocalProvider, "slurm": SlurmProvider, "pbs": PBSProProvider}
"""Where blocks of nodes come from."""

_TIED = [sys.executable, "-m", "hypersonde.evaluators.tied"]
"""Parsl's own process on this machine would stay for ever when this one is killed, and die of a Ctrl-C."""
_FAREWELL = 30.0
"""Seconds for Parsl to end; it waits for ever where a process of its own is lost."""
_HTEX = "parsl.executors.high_throughput"
"""Of Parsl's programs, which start as modules: as scripts they name their interpreter, and that not everywhere."""


class ParslEvaluator(PilotEvaluator):
    """Runs tasks in pilot jobs: blocks of nodes that Parsl asks a batch queue for, and gives back.

    A block that ends (its wall time, a lost node) costs the tasks that ran in it; Parsl asks for another.

    Parameters
    ----------
    workers : agents at the same time, in all blocks together; None for one per core of this machine.
    provider : ``local``; ``job``, the nodes of the batch job that this runs in; ``slurm`` or ``pbs``.
    per_node : agents on one node of a block.
    settings : what the provider's class in Parsl takes: ``partition``, ``account``, ``walltime``, ``nodes_per_block``,
        ``max_blocks``, ``worker_init`` ...
    config : a `parsl.Config` of one's own instead of all that; or a `parsl.DataFlowKernel`, which stays open.
    env : environment variables for the work.
    host : address of this machine at which the agents, and Parsl's own processes, call in.

    Raises
    ------
    InvalidInput : an unknown provider, or settings that it does not take.
    MissingExtra : Parsl is not installed.
    """

    name: ClassVar[str] = "parsl"

    def __init__(
        self,
        workers: int | None = None,
        *,
        provider: str = "local",
        per_node: int = 1,
        settings: Mapping[str, Any] | None = None,
        config: parsl.Config | parsl.DataFlowKernel | None = None,
        env: Mapping[str, str] | None = None,
        host: str | None = None,
    ) -> None:
        if provider not in PROVIDERS:
            raise unknown("Parsl provider", provider, PROVIDERS)
        if workers is None and provider != "local":
            raise InvalidInput(f"Parsl on {provider} needs a number of workers: --num-workers 8.")
        count = checked_workers(workers)
        at = host or (LOOPBACK if provider == "local" and config is None else own_address())
        home = Path(tempfile.mkdtemp(prefix="hypersonde-parsl-"))
        try:
            made = config or _config(provider, count, per_node, dict(settings or {}), at, home)
            super().__init__(_Parsl(made, count, dict(env or {}), home), host=at)
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise


def local_config(workers: int, home: Path) -> parsl.Config:
    """A configuration of Parsl for so many workers on this machine, whose files go to a directory."""
    return _config("local", workers, workers, {}, LOOPBACK, home)


def _config(
    provider: str, workers: int, per_node: int, settings: dict[str, Any], host: str, home: Path
) -> parsl.Config:
    binaries, modules = shlex.quote(str(Path(sys.executable).parent)), shlex.quote(os.pathsep.join(sys.path))
    usual: dict[str, Any] = {"worker_init": f"export PATH={binaries}:$PATH PYTHONPATH={modules}"}
    if provider == "local":
        per_node = workers
    else:
        nodes = int(settings.get("nodes_per_block", 1))
        usual |= {"init_blocks": 0, "max_blocks": -(-workers // (nodes * per_node)), "nodes_per_block": nodes}
    if provider == "job":
        usual |= {"init_blocks": 1, "max_blocks": 1, "launcher": _launcher(nodes, per_node)}
    if provider == "slurm":
        usual |= {"launcher": SrunLauncher(), "exclusive": False, "cores_per_node": per_node}
    try:
        blocks = PROVIDERS[provider](**{**usual, **settings})
    except TypeError as error:
        raise InvalidInput(
            f"Parsl's provider for {provider}: {error}. See the parameters of {PROVIDERS[provider].__name__}."
        ) from error
    executor = HighThroughputExecutor(
        label="agents",
        provider=blocks,
        address=host,
        max_workers_per_node=per_node,
        cores_per_worker=1e-6,
        heartbeat_period=5,
        heartbeat_threshold=30,
        interchange_launch_cmd=[*_TIED, sys.executable, "-m", f"{_HTEX}.interchange"],
        launch_cmd=DEFAULT_LAUNCH_CMD.replace("process_worker_pool.py", f"python -m {_HTEX}.process_worker_pool"),
    )
    return parsl.Config(
        executors=[executor],
        strategy="none" if provider in ("local", "job") else "simple",
        strategy_period=1,
        max_idletime=30.0,
        run_dir=str(home / "runinfo"),
        usage_tracking=0,
        initialize_logging=False,
    )


def _launcher(nodes: int, per_node: int) -> Any:
    """What starts a process on each node of the job that this runs in; a node that dies does not end the others."""
    if "SLURM_JOB_ID" in os.environ:
        cores = os.environ.get("SLURM_CPUS_ON_NODE", str(per_node))
        spread = f"--overlap --nodes={nodes} --ntasks-per-node=1 --cpus-per-task={cores}"
        return SrunLauncher(overrides=f"{spread} --no-kill --kill-on-bad-exit=0 --wait=0")
    return SimpleLauncher() if nodes == 1 else MpiExecLauncher(overrides="--ppn 1")


class _Parsl(Placement):
    """One long app per agent; those that end early are started again."""

    def __init__(self, config: Any, workers: int, env: dict[str, str], home: Path) -> None:
        self._ours = isinstance(config, parsl.Config)
        self._kernel = parsl.DataFlowKernel(config) if self._ours else config
        self._serve = parsl.python_app(serve, data_flow_kernel=self._kernel)
        self._wanted = workers
        self._env, self._home = env, home
        self._agents: list[Any] = []
        self._post: Post | None = None
        self._complaints = Complaints("Parsl")

    def place(self, post: Post) -> None:
        """Start the agents."""
        self._post = post
        self.tend(True)

    def tend(self, wanted: bool) -> None:
        """Start again those agents that have ended."""
        if self._post is None:
            return
        for agent in self._agents:
            if agent.done():
                self._complaints.hear(agent.exception())
        self._agents = [agent for agent in self._agents if not agent.done()]
        for _ in range(self._wanted - len(self._agents) if wanted else 0):
            self._agents.append(self._serve(self._post, env=self._env))

    def _clean_up(self) -> None:
        """End Parsl. What goes wrong is said: the search has come to its end whatever becomes of its engine."""
        try:
            self._kernel.cleanup()
        except Exception as error:  # noqa: BLE001
            self._complaints.say(f"Parsl did not end in good order: {error}")

    def close(self) -> None:
        """Give the blocks back; within half a minute, whatever has become of Parsl."""
        if self._ours:
            ending = threading.Thread(target=self._clean_up, daemon=True)
            ending.start()
            ending.join(_FAREWELL)
            if ending.is_alive():
                self._complaints.say(f"Parsl did not end within {_FAREWELL:g} s: left behind")
        shutil.rmtree(self._home, ignore_errors=True)
