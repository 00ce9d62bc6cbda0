"""The mailbox of a search whose agents are elsewhere: they call in, take jobs, and send back what comes of them.

It listens on loopback unless told otherwise, and reads nothing from whoever has not proved to hold the run's key.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from hypersonde.evaluators.base import Ended, Message, Report
from hypersonde.evaluators.handshake import new_key
from hypersonde.evaluators.outcome import cancelled
from hypersonde.evaluators.packing import Job
from hypersonde.evaluators.reception import LOOPBACK, Caller, Door, Reception
from hypersonde.evaluators.remote_agent import Agent
from hypersonde.evaluators.switchboard import Ready, Switchboard

SILENCE = 60.0
"""Seconds without a word after which an agent is taken for lost; agents speak every `agent.BEAT` seconds."""
FAREWELL = 5.0
"""Seconds for agents to end what they run when the fleet is closed."""
LINGER = 5.0
"""Seconds without a job after which an agent is one too many."""
SETTLE = 1.0
"""Seconds for which agents on the host of one that was lost get no job: they may be about to go with their node."""
_TEND = 0.5


class Fleet:
    """Agents that come and go, and the jobs that they run; the values of its messages are bytes.

    A lost agent costs its jobs: each ends as ``WorkerLost`` with ``retry``.

    Parameters
    ----------
    host, port : where to listen: an address of this machine that agents can reach; port 0 takes a free one.
    tend : called twice a second while somebody gathers, to replace agents that are gone; with whether more of them are
        wanted, because none of those that are here has been idle for `LINGER` seconds.
    shrinks : whether such agents are dismissed, but for one, which shows by its first job that there is work again.
    silence : seconds without a word after which an agent is lost.

    Raises
    ------
    InvalidInput : nothing can listen there.
    """

    def __init__(
        self,
        host: str = LOOPBACK,
        port: int = 0,
        *,
        tend: Callable[[bool], None] | None = None,
        shrinks: bool = False,
        silence: float = SILENCE,
    ) -> None:
        self.key = new_key()
        self._switchboard: Switchboard[Door | Caller | Agent] = Switchboard()
        self._reception = Reception(host, port, self.key, self._switchboard)
        self.address = self._reception.address
        self._tend = tend
        self._tended = 0.0
        self._shrinks = shrinks
        self._silence = silence
        self._agents: dict[Agent, None] = {}
        self._free: dict[Agent, None] = {}
        self._slots = 0
        self._shaky: dict[str, float] = {}
        self._checked = time.monotonic()
        self._running: dict[int, Agent] = {}
        self._backlog: OrderedDict[int, Job] = OrderedDict()
        self._inbox: list[Message] = []
        self._closed = False

    @property
    def capacity(self) -> int:
        """How many jobs the agents that are here can run at the same time."""
        return 0 if self._closed else self._slots

    @property
    def closed(self) -> bool:
        """Whether nothing can be put in any more."""
        return self._closed

    @property
    def agents(self) -> list[str]:
        """Names of the agents that are here."""
        return [agent.name for agent in self._agents if agent.slots]

    def put(self, job: Job) -> None:
        """Hand the job to a free agent, or queue it until there is one."""
        self._backlog[job.key] = job
        self._dispatch()

    def gather(self, timeout: float | None = None) -> list[Message]:
        """Wait for news, and return all there is; without any agent, wait for the first one."""
        until = None if timeout is None else time.monotonic() + timeout
        woken = False
        while not (self._closed or woken):
            alone = not self.capacity
            waiting = not self._inbox and bool(self._running or self._backlog or alone)
            woken = self._attend(self._patience(until) if waiting else 0.0)
            if not waiting or self._inbox or (until is not None and time.monotonic() >= until):
                break
            if alone and self.capacity:
                break
        news, self._inbox = self._inbox, []
        return news

    def await_agents(self, count: int, timeout: float) -> bool:
        """Wait until there is room for so many jobs; False when `timeout` seconds were not enough."""
        deadline = time.monotonic() + timeout
        while self.capacity < count and (left := deadline - time.monotonic()) > 0:
            self._attend(min(left, _TEND))
        return self.capacity >= count

    def wake(self) -> None:
        """Make a waiting or the next `gather` return at once."""
        self._switchboard.ring()

    def stop(self, key: int) -> None:
        """Ask a job to wind up; one that waits will know from its first moment."""
        if key in self._backlog:
            self._backlog[key].stopped = True
        elif key in self._running:
            self._say(self._running[key], "stop", key)

    def cancel(self, key: int) -> None:
        """Take the job out of the queue, or have its agent kill it."""
        if key in self._backlog:
            del self._backlog[key]
            self._inbox.append(Ended(key, failure=cancelled("before it started")))
        elif key in self._running:
            self._running[key].cancelled.add(key)
            self._say(self._running[key], "cancel", key)

    def close(self) -> None:
        """Dismiss the agents, which end what they run; `gather` still has the last news."""
        if self._closed:
            return
        for key in list(self._backlog):
            self.cancel(key)
        for agent in self._agents:
            agent.cancelled.update(agent.jobs)
            self._say(agent, "exit")
        deadline = time.monotonic() + FAREWELL
        self._tend = None
        while self._agents and (left := deadline - time.monotonic()) > 0:
            self._attend(left)
        self._closed = True
        for agent in list(self._agents):
            self._lose(agent)
        self._reception.close()
        self._switchboard.close()

    # -- inside --------------------------------------------------------------------------------------

    def _patience(self, until: float | None) -> float | None:
        """Seconds until something has to be done even without news; None for never."""
        now = time.monotonic()
        times = self._reception.deadlines
        if self._agents:
            times.append(self._checked + self._silence / 4)
        if self._tend is not None:
            times.append(now + _TEND)
        if self._backlog:
            times += self._shaky.values()
        if until is not None:
            times.append(until)
        return max(0.0, min(times) - now) if times else None

    def _attend(self, patience: float | None) -> bool:
        """Wait, read, write, look for the lost, hand out jobs; True when `wake` was called."""
        woken, ready = self._switchboard.wait(patience)
        for each in ready:
            self._serve(each)
        now = time.monotonic()
        self._reception.tidy(now)
        if now - self._checked >= self._silence / 4:
            self._checked = now
            for agent in [a for a in self._agents if a.heard + self._silence <= now]:
                self._lose(agent)
        if self._tend is not None and now - self._tended >= _TEND:
            self._tended = now
            spare = self._spare(now)
            self._tend(not spare)
            for agent in spare[1:] if self._shrinks else []:
                self._dismiss(agent)
        self._dispatch()
        return woken

    def _spare(self, now: float) -> list[Agent]:
        """Agents that have had nothing to do for a while."""
        return [a for a in self._agents if a.slots and not a.jobs and a.idle + LINGER <= now]

    def _dismiss(self, agent: Agent) -> None:
        """Let an idle agent go; it gets no job any more."""
        self._slots -= agent.slots
        agent.slots = 0
        self._free.pop(agent, None)
        self._say(agent, "exit")

    def _serve(self, ready: Ready[Door | Caller | Agent]) -> None:
        match ready.party:
            case Door():
                self._reception.admit()
            case Caller() as caller:
                if wire := self._reception.hear(caller):
                    self._engage(Agent(wire))
            case Agent() as agent:
                if ready.writable:
                    agent.wire.flush()
                    self._switchboard.mind(agent)
                if ready.readable and agent in self._agents:
                    self._hear_agent(agent)

    def _engage(self, agent: Agent) -> None:
        self._agents[agent] = None
        self._switchboard.add(agent)

    def _hear_agent(self, agent: Agent) -> None:
        agent.heard = time.monotonic()
        try:
            for message in agent.wire.receive():
                self._take(agent, *message)
        except EOFError:
            self._lose(agent)

    def _take(self, agent: Agent, verb: str, *rest: Any) -> None:
        """One message of an agent."""
        if verb == "hello":
            self._slots += rest[1] - agent.slots
            agent.name, agent.slots = rest
            agent.idle = time.monotonic()
            self._free[agent] = None
        elif verb == "report" and rest[0] in agent.jobs:
            self._inbox.append(Report(*rest))
        elif verb == "ended" and rest[0] in agent.jobs:
            key, value, failure, worker = rest
            self._release(agent, key)
            self._inbox.append(Ended(key, value, failure, worker))

    def _release(self, agent: Agent, key: int) -> None:
        del agent.jobs[key], self._running[key]
        agent.cancelled.discard(key)
        agent.idle = time.monotonic()
        self._free[agent] = None

    def _lose(self, agent: Agent) -> None:
        """It is gone: so are its jobs, unless they were to end anyway."""
        self._switchboard.remove(agent)
        del self._agents[agent]
        self._slots -= agent.slots
        agent.wire.close()
        for key in list(agent.jobs):
            failure = cancelled() if key in agent.cancelled else agent.loss()
            self._release(agent, key)
            self._inbox.append(Ended(key, None, failure, agent.name))
        self._free.pop(agent, None)
        if agent.slots:
            self._shaky[agent.host] = time.monotonic() + SETTLE

    def _say(self, agent: Agent, *message: Any) -> None:
        agent.tell(*message)
        self._switchboard.mind(agent)

    def _dispatch(self) -> None:
        """Hand queued jobs to free agents, but not where one was lost a moment ago."""
        if self._shaky:
            now = time.monotonic()
            self._shaky = {host: until for host, until in self._shaky.items() if until > now}
        held = [agent for agent in self._free if agent.host in self._shaky] if self._shaky else []
        for agent in held:
            del self._free[agent]
        self._hand_out()
        self._free.update(dict.fromkeys(held))

    def _hand_out(self) -> None:
        while self._backlog and self._free:
            agent, _ = self._free.popitem()
            while agent.free > 0 and self._backlog:
                key, job = self._backlog.popitem(last=False)
                self._running[key] = agent
                agent.start(job)
            if agent.free > 0:
                self._free[agent] = None
            self._switchboard.mind(agent)
