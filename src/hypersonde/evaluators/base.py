"""The contract of an evaluator: it runs callables somewhere and says how each one ended.

An evaluator knows nothing of trials, samplers or storage. Work goes in as a `Task`; what comes out are
messages: any number of `Report` while it runs, then exactly one `Ended`, whatever dies.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Protocol, Self

from hypersonde.errors import InvalidInput
from hypersonde.failure import Failure


class Channel(Protocol):
    """What a call is handed beside its argument: the way back to whoever submitted it."""

    @property
    def worker(self) -> str:
        """Name of the worker, such as ``n013:4711``."""
        ...

    @property
    def gpus(self) -> tuple[str, ...]:
        """Ids of the GPUs that belong to this evaluation; empty without any."""
        ...

    @property
    def communicator(self) -> Any:
        """MPI communicator of the ranks that share this evaluation; None where there is only one process."""
        ...

    def report(self, value: Any) -> None:
        """Send a picklable value upwards at once; it arrives as a `Report`, in order."""
        ...

    def should_stop(self) -> bool:
        """True once `Evaluator.stop` was called for this task: wind up and return."""
        ...


Call = Callable[[Any, Channel], Any]
"""The work: ``call(argument, channel) -> value``, all picklable where workers are other processes."""


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work.

    Attributes
    ----------
    key : names the task in messages; never used twice with one evaluator.
    call, argument : the work is ``call(argument, channel)``.
    time_limit : seconds of wall time after which the work itself is killed; None for no limit.
    output : file that receives what the work prints; None leaves the streams alone.
    resources : what the work needs beyond one slot, in the evaluator's own words.
    """

    key: int
    call: Call
    argument: Any
    time_limit: float | None = None
    output: Path | None = None
    resources: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """A value that running work sent through its channel."""

    key: int
    value: Any


@dataclass(frozen=True, slots=True)
class Ended:
    """The one final word about a task: ``value`` when the call returned, ``failure`` when it did not."""

    key: int
    value: Any = None
    failure: Failure | None = None
    worker: str = ""


Message = Report | Ended


Ear = Callable[[list[Message]], None]


class Evaluator(ABC):
    """Runs tasks. Complete when built; a context manager; `close` may be called twice."""

    name: ClassVar[str]
    """The word for it on the command line."""

    in_threads: ClassVar[bool] = False
    """Whether tasks run in threads of this process: what is set for a whole process is theirs too."""

    def admit(self, call: Call) -> None:  # noqa: B027  nothing to say where any call can run
        """Look at a call before any task with it, which would fail here whatever its argument.

        Raises
        ------
        InvalidInput : it can never run here; says why.
        """

    def listen(self, ear: Ear) -> None:  # noqa: B027  nothing to do where `collect` returns while work runs
        """Where `collect` itself runs the work, hand what it reports to `ear` at once: it may `stop` the task."""

    @property
    @abstractmethod
    def capacity(self) -> int:
        """How many tasks can run at the same time now; may change while the search runs."""

    @abstractmethod
    def submit(self, task: Task) -> None:
        """Start a task, or queue it where the engine does. Never blocks on the work itself."""

    @abstractmethod
    def collect(self, timeout: float | None = None) -> list[Message]:
        """Wait for news, at most `timeout` seconds (None: until there is any), and return all there is.

        Empty after a timeout, a `wake`, or when nothing is running. Per task, reports come in order and
        before its `Ended`.
        """

    @abstractmethod
    def wake(self) -> None:
        """Make a waiting `collect` return now; may be called from a signal handler or another thread."""

    @abstractmethod
    def stop(self, key: int) -> None:
        """Ask a task to wind up: its `Channel.should_stop` turns True. Unknown keys are ignored."""

    @abstractmethod
    def cancel(self, key: int) -> None:
        """Kill a task. It still ends, with a ``Cancelled`` failure unless it had ended already."""

    @abstractmethod
    def close(self) -> None:
        """Kill what runs and give everything back: processes, threads, connections."""

    @property
    def closed(self) -> bool:
        """Whether it was closed; one that cannot say so is taken to be open."""
        return False

    def __enter__(self) -> Self:
        """Itself.

        Raises
        ------
        InvalidInput : it is closed: nothing would ever run.
        """
        if self.closed:
            raise InvalidInput(f"the {self.name} evaluator is closed. Build a new one to go on.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
