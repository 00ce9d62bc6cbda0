"""Agents on a Ray cluster: one that runs already, or one on this machine."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar

from hypersonde.errors import InvalidInput, missing_extra
from hypersonde.evaluators.addresses import answers, facing
from hypersonde.evaluators.agent import Post, serve
from hypersonde.evaluators.pilots import Complaints, PilotEvaluator, Placement
from hypersonde.evaluators.resources import checked_workers

try:
    import ray
    from ray.exceptions import RayError, RuntimeEnvSetupError
except ImportError:
    raise missing_extra("ray", "ray", "the ray evaluator") from None

_ALONE = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""A cluster of one machine reports nothing to anybody and talks over loopback."""
_LOOK = 2.0
_FAREWELL = 2.0
_STORE = 200 * 2**20


class RayEvaluator(PilotEvaluator):
    """Runs tasks on a Ray cluster, each agent with CPUs and GPUs of its own.

    Parameters
    ----------
    workers : agents; None for as many as the cluster has room for, now and later.
    address : of a running cluster, ``node7:6379`` or ``auto``; without one, and if this process is not connected to a
        cluster already, a cluster is started on this machine and stopped at the end.
    cpus_per_task, gpus_per_task : what each agent takes.
    runtime_env : what the workers find: ``env_vars``, ``working_dir``, ``py_modules``, ``pip`` ... as in Ray's
        documentation. A process that is connected already has to give local directories to its own ``ray.init``.
    env : environment variables for the work.
    host : address of this machine at which the agents call in; by default the one that faces the cluster.

    Raises
    ------
    InvalidInput : no cluster answers at the address; Ray does not take the runtime environment; a cluster on this
        machine could not start workers in it, because there is a space in the path of this Python.
    MissingExtra : Ray is not installed.
    """

    name: ClassVar[str] = "ray"

    def __init__(
        self,
        workers: int | None = None,
        *,
        address: str | None = None,
        cpus_per_task: int = 1,
        gpus_per_task: int = 0,
        runtime_env: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        host: str | None = None,
    ) -> None:
        stack = ExitStack()
        try:
            connected = ray.is_initialized()
            if not connected:
                _connect(stack, address, checked_workers(workers) * cpus_per_task, dict(runtime_env or {}))
            node = str(ray.get_runtime_context().gcs_address).rpartition(":")[0]
            needs: dict[str, Any] = {"num_cpus": cpus_per_task, "num_gpus": gpus_per_task}
            if connected and runtime_env:
                needs["runtime_env"] = dict(runtime_env)
            super().__init__(_Ray(stack, workers, needs, dict(env or {})), host=host or facing(node))
        except BaseException:
            stack.close()
            raise


def _connect(stack: ExitStack, address: str | None, cpus: int, runtime_env: dict[str, Any]) -> None:
    """Join the cluster at the address, or start one with so many CPUs here; left again with `stack`."""
    if address is None:
        _refuse_spaces(runtime_env)
    how: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False, "runtime_env": runtime_env}
    try:
        if address is None:
            home = tempfile.mkdtemp(prefix="hypersonde-ray-")
            stack.callback(shutil.rmtree, home, ignore_errors=True)
            with _environment(_ALONE):
                ray.init(num_cpus=cpus, include_dashboard=False, object_store_memory=_STORE, _temp_dir=home, **how)
        elif address == "auto" or answers(address):
            ray.init(address=address, **how)
        else:
            raise ConnectionError("nothing listens there.")
    except (ConnectionError, OSError, RuntimeError) as error:
        raise InvalidInput(_no_answer(address, error)) from error
    except (ValueError, TypeError) as error:
        raise InvalidInput(
            f"Ray takes address {address!r} with runtime_env {runtime_env} for a mistake: {error}"
        ) from None
    stack.callback(ray.shutdown)


def _refuse_spaces(runtime_env: Mapping[str, Any]) -> None:
    """Ray does not quote paths in the line that starts workers with a runtime environment: they would never come.

    Raises
    ------
    InvalidInput : there is a space in one of them.
    """
    paths = {"the path of this Python": sys.executable} if runtime_env else {}
    if {"pip", "uv"} & runtime_env.keys():
        paths["the directory of temporary files"] = tempfile.gettempdir()
    for what, path in paths.items():
        if len(path.split()) > 1:
            raise InvalidInput(
                f"Ray cannot start workers with a runtime_env where {what} has a space: got {path!r}. "
                "Use another environment, another TMPDIR, or no runtime_env."
            )


def _no_answer(address: str | None, error: Exception) -> str:
    why = str(error).strip().splitlines() or [type(error).__name__]
    if address is None:
        return f"Ray does not start on this machine: {why[0]}"
    return (
        f"no Ray cluster answers at {address!r}: {why[0]} Start one (ray start --head), or leave the address out; "
        "one that asks for a token wants RAY_AUTH_MODE=token and its RAY_AUTH_TOKEN set here, too."
    )


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _serve(post: Post, env: dict[str, str]) -> str:
    return serve(post, gpus=[str(gpu) for gpu in ray.get_gpu_ids()], env=env)


class _Ray(Placement):
    """One long task per agent; Ray itself runs those of lost nodes again."""

    def __init__(self, stack: ExitStack, workers: int | None, needs: dict[str, Any], env: dict[str, str]) -> None:
        self._stack = stack
        self._wanted = workers
        self._needs, self._env = needs, env
        self._agents: list[Any] = []
        self._post: Post | None = None
        self._looked = 0.0
        self._complaints = Complaints("Ray")

    def place(self, post: Post) -> None:
        """Start the agents."""
        self._post = post
        self._serve = ray.remote(**self._needs, max_retries=-1)(_serve)
        self._fill()

    def tend(self, wanted: bool) -> None:
        """Start agents for new room, and again those that Ray has given up."""
        if self._post is None or time.monotonic() - self._looked < _LOOK:
            return
        self._looked = time.monotonic()
        if self._agents:
            ended, self._agents = ray.wait(self._agents, num_returns=len(self._agents), timeout=0)
            for agent in ended:
                self._review(agent)
        if not self._possible():
            asked = f"{self._needs['num_cpus']} CPUs and {self._needs['num_gpus']} GPUs"
            self._complaints.say(f"the Ray cluster has no room for a worker with {asked}: waiting for a node that has")
        if wanted:
            self._fill()

    def _fill(self) -> None:
        room = self._possible() if self._wanted is None else self._wanted
        for _ in range(room - len(self._agents)):
            self._agents.append(self._serve.remote(self._post, self._env))

    def _review(self, agent: Any) -> None:
        """Say why an agent has ended.

        Raises
        ------
        InvalidInput : it never began, and no other runs: there is no runtime environment as it is asked for.
        """
        try:
            ray.get(agent)
        except RuntimeEnvSetupError as error:
            if not self._agents:
                raise InvalidInput(
                    f"Ray cannot make the runtime environment: {str(error).strip().splitlines()[-1]}"
                ) from None
            self._complaints.hear(error)
        except RayError as error:
            self._complaints.hear(error)

    def _possible(self) -> int:
        """How many agents the nodes that are there can hold."""
        there = ray.cluster_resources()
        rooms = [there.get("CPU", 0.0) // self._needs["num_cpus"]] if self._needs["num_cpus"] else []
        if self._needs["num_gpus"]:
            rooms.append(there.get("GPU", 0.0) // self._needs["num_gpus"])
        return int(min(rooms, default=1))

    def close(self) -> None:
        """Disconnect if this evaluator connected, which ends its agents; call off those that wait for room otherwise.

        The others are just ending. To cancel a task in that moment brings Ray down, and this process with it.
        """
        self._stack.close()
        if self._agents and ray.is_initialized():
            _, waiting = ray.wait(self._agents, num_returns=len(self._agents), timeout=_FAREWELL)
            for agent in waiting:
                ray.cancel(agent, force=True)
