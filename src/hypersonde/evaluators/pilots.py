"""What the evaluators over an engine share: the engine only places agents, the rest is the same everywhere."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod

from hypersonde.evaluators.agent import Post
from hypersonde.evaluators.fleet import Fleet
from hypersonde.evaluators.packed import PackedEvaluator
from hypersonde.evaluators.reception import LOOPBACK

_logger = logging.getLogger("hypersonde")


class Complaints:
    """Says what keeps agents from working, and nothing twice.

    Parameters
    ----------
    engine : of the agents.
    """

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._said: set[str] = set()

    def hear(self, error: BaseException | None) -> None:
        """Log why an agent has ended, which it was not told to; None when it ended in good order."""
        if error is not None:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            self.say(f"an agent on {self._engine} ended: {lines[-1]}")

    def say(self, sentence: str) -> None:
        """Log a warning."""
        if sentence not in self._said:
            self._said.add(sentence)
            _logger.warning("%s", sentence)


class Placement(ABC):
    """Puts agents where an engine has room for them, and looks after them."""

    @abstractmethod
    def place(self, post: Post) -> None:
        """Have the engine run `hypersonde.evaluators.agent.serve` on its slots, from now on."""

    @abstractmethod
    def tend(self, wanted: bool) -> None:
        """Look after the agents; if more of them are wanted, replace those that are gone and use new room.

        Called twice a second. None are wanted while agents that are here have nothing to do.
        """

    def withdraw(self) -> None:  # noqa: B027  nothing to do where no agent waits
        """Start none of the agents that still wait for a slot: those that run are about to be dismissed."""

    @abstractmethod
    def close(self) -> None:
        """Give the engine back; the agents have been dismissed."""


class PilotEvaluator(PackedEvaluator):
    """Runs tasks on agents that an engine has placed; workers come and go at any time.

    A lost worker costs the task that it had, which ends as ``WorkerLost`` and may be tried again. Time limits are
    kept by the agents themselves.

    Parameters
    ----------
    placement : the engine.
    host, port : where the mailbox listens: an address of this machine that the agents can reach.
    shrinks : whether agents with nothing to do are dismissed, but for one, for the engine to give back their place.
    """

    def __init__(self, placement: Placement, *, host: str = LOOPBACK, port: int = 0, shrinks: bool = False) -> None:
        self._placement = placement
        self._fleet = Fleet(host, port, tend=placement.tend, shrinks=shrinks)
        super().__init__(self._fleet)
        try:
            placement.place(Post(*self._fleet.address, self._fleet.key))
        except BaseException:
            self.close()
            raise

    @property
    def workers(self) -> list[str]:
        """Names of the workers that are here now."""
        return self._fleet.agents

    def await_workers(self, count: int = 1, timeout: float = 120.0) -> bool:
        """Wait until so many workers are here; False when `timeout` seconds were not enough."""
        return self._fleet.await_agents(count, timeout)

    def close(self) -> None:
        """End what runs, dismiss the agents, give the engine back; `collect` still has the last news."""
        if not self._fleet.closed:
            self._placement.withdraw()
            self._fleet.close()
            self._placement.close()
