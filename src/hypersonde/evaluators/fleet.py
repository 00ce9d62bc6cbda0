"""The mailbox of a search whose agents are elsewhere: they call in, take jobs, and send back what comes of them.

It listens on loopback unless told otherwise, and reads nothing from whoever has not proved to hold the run's key.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from hypersonde.errors import InvalidInput
from hypersonde.evaluators.base import Ended, Message, Report
from hypersonde.evaluators.handshake import NONCE, PROOF, Handshake, new_key
from hypersonde.evaluators.outcome import cancelled
from hypersonde.evaluators.packing import Job, PackedCall
from hypersonde.evaluators.switchboard import Ready, Switchboard
from hypersonde.evaluators.wire import Wire
from hypersonde.failure import Failure

LOOPBACK = "127.0.0.1"
SILENCE = 60.0
"""Seconds without a word after which an agent is taken for lost; agents speak every `agent.BEAT` seconds."""
MANNERS = 10.0
"""Seconds that a caller has to prove who it is."""
CALLERS = 256
"""Callers that may be proving it at the same time; the one that has taken longest gives way to a new one."""
FAREWELL = 5.0
"""Seconds for agents to end what they run when the fleet is closed."""
LINGER = 5.0
"""Seconds without a job after which an agent is one too many."""
SETTLE = 1.0
"""Seconds for which agents on the host of one that was lost get no job: they may be about to go with their node."""
_TEND = 0.5


class Caller:
    """A connection that has not proved itself yet.

    Attributes
    ----------
    link : its socket.
    deadline : when it is dropped, by ``time.monotonic``.
    """

    unsent = False

    def __init__(self, link: socket.socket, key: bytes) -> None:
        self.link = link
        self.link.setblocking(False)
        self.deadline = time.monotonic() + MANNERS
        self._handshake = Handshake(key, manager=True)
        self._heard = b""
        self._met = False

    def listen(self) -> Wire | None:
        """Take what it says; its wire once it has proved itself.

        Raises
        ------
        EOFError : it is gone, or does not know the key.
        """
        try:
            data = self.link.recv(NONCE + PROOF - len(self._heard))
            if not data:
                raise EOFError
            self._heard += data
            if len(self._heard) >= NONCE and not self._met:
                self._handshake.meet(self._heard[:NONCE])
                self._met = True
                self.link.sendall(self._handshake.nonce)
            if len(self._heard) < NONCE + PROOF:
                return None
            if not self._handshake.accepts(self._heard[NONCE:]):
                raise EOFError
            self.link.sendall(self._handshake.proof)
        except BlockingIOError:
            return None
        except OSError as error:
            raise EOFError from error
        return Wire(self.link, self._handshake.framing())


class Agent:
    """The manager's end of one agent.

    Attributes
    ----------
    name, slots : as it said: who it is, and how many jobs it runs at the same time; no slots before it has.
    jobs : what it works on, by key; of these, `cancelled` are to end.
    heard, idle : when it last said anything, and since when it has had no job, by ``time.monotonic``.
    """

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.name = ""
        self.slots = 0
        self.jobs: dict[int, Job] = {}
        self.cancelled: set[int] = set()
        self.joined = self.heard = self.idle = time.monotonic()
        self._call: PackedCall | None = None

    @property
    def link(self) -> socket.socket:
        """The socket to it."""
        return self.wire.link

    @property
    def unsent(self) -> bool:
        """Whether bytes wait for the socket to take them."""
        return self.wire.unsent

    @property
    def host(self) -> str:
        """Where it runs."""
        return self.name.partition(":")[0]

    @property
    def free(self) -> int:
        """How many more jobs it can start now."""
        return self.slots - len(self.jobs)

    def start(self, job: Job) -> None:
        """Hand it a job."""
        self.jobs[job.key] = job
        if job.call is not self._call:
            self._call = job.call
            self.wire.post("call", list(job.call.path), job.call.data)
        self.wire.post("run", job.key, job.argument, job.time_limit, job.output, job.stopped)
        self.wire.flush()

    def tell(self, *message: Any) -> None:
        """Send it a word."""
        self.wire.post(*message)
        self.wire.flush()

    def loss(self) -> Failure:
        """Why its jobs have no result."""
        elapsed = time.monotonic() - self.joined
        return Failure("WorkerLost", f"worker {self.name} went away after {elapsed:.0f} s", retry=True)


class _Door:
    """The listening socket."""

    unsent = False

    def __init__(self, host: str, port: int) -> None:
        try:
            self.link = socket.create_server((host, port), backlog=1024)
        except OSError as error:
            raise InvalidInput(
                f"the mailbox cannot listen on {host}:{port}: {error.strerror or error}. "
                "Give an address of this machine that workers can reach, and a free port or 0."
            ) from error
        self.link.setblocking(False)


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
        self._door = _Door(host, port)
        self.address: tuple[str, int] = self._door.link.getsockname()[:2]
        self._tend = tend
        self._tended = 0.0
        self._shrinks = shrinks
        self._silence = silence
        self._callers: OrderedDict[Caller, None] = OrderedDict()
        self._agents: dict[Agent, None] = {}
        self._free: dict[Agent, None] = {}
        self._slots = 0
        self._shaky: dict[str, float] = {}
        self._checked = time.monotonic()
        self._running: dict[int, Agent] = {}
        self._backlog: OrderedDict[int, Job] = OrderedDict()
        self._inbox: list[Message] = []
        self._switchboard: Switchboard[_Door | Caller | Agent] = Switchboard()
        self._switchboard.add(self._door)
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
        for caller in list(self._callers):
            self._drop(caller)
        self._switchboard.close()
        self._door.link.close()

    # -- inside --------------------------------------------------------------------------------------

    def _patience(self, until: float | None) -> float | None:
        """Seconds until something has to be done even without news; None for never."""
        now = time.monotonic()
        times = [caller.deadline for caller in self._callers]
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
        for caller in [c for c in self._callers if c.deadline <= now]:
            self._drop(caller)
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

    def _serve(self, ready: Ready[_Door | Caller | Agent]) -> None:
        match ready.party:
            case _Door():
                self._admit()
            case Caller() as caller:
                self._hear_caller(caller)
            case Agent() as agent:
                if ready.writable:
                    agent.wire.flush()
                    self._switchboard.mind(agent)
                if ready.readable and agent in self._agents:
                    self._hear_agent(agent)

    def _admit(self) -> None:
        with contextlib.suppress(OSError):  # it has gone again, or there is no descriptor left: it will call again
            link, _ = self._door.link.accept()
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            caller = Caller(link, self.key)
            self._callers[caller] = None
            self._switchboard.add(caller)
            if len(self._callers) > CALLERS:
                self._drop(next(iter(self._callers)))

    def _hear_caller(self, caller: Caller) -> None:
        try:
            wire = caller.listen()
        except EOFError:
            self._drop(caller)
            return
        if wire is not None:
            self._switchboard.remove(caller)
            del self._callers[caller]
            agent = Agent(wire)
            self._agents[agent] = None
            self._switchboard.add(agent)

    def _drop(self, caller: Caller) -> None:
        self._switchboard.remove(caller)
        del self._callers[caller]
        caller.link.close()

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
