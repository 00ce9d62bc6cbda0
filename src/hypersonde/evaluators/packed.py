"""What evaluators over other processes share: work goes out as bytes, and values come back as bytes."""

from __future__ import annotations

import pickle
from typing import Protocol

from hypersonde.errors import InvalidInput
from hypersonde.evaluators.base import Call, Ended, Evaluator, Message, Report, Task
from hypersonde.evaluators.culprit import culprit
from hypersonde.evaluators.outcome import failure_of
from hypersonde.evaluators.packing import Job, Packer
from hypersonde.evaluators.resources import refuse_resources
from hypersonde.failure import Failure


class Pool(Protocol):
    """Runs jobs somewhere. Its methods mean what those of `Evaluator` do; the values of messages are bytes."""

    @property
    def capacity(self) -> int: ...

    @property
    def closed(self) -> bool:
        """Whether nothing can be put in any more."""
        ...

    def put(self, job: Job) -> None: ...

    def gather(self, timeout: float | None = None) -> list[Message]: ...

    def wake(self) -> None: ...

    def stop(self, key: int) -> None: ...

    def cancel(self, key: int) -> None: ...

    def close(self) -> None: ...


class WatchedPool(Pool, Protocol):
    """A pool that can be waited for together with other things."""

    def fileno(self) -> int:
        """A descriptor that is readable when `gather` would not wait."""
        ...

    def patience(self) -> float | None:
        """Seconds until `gather` has something to do even without news; None for never."""
        ...


class PackedEvaluator(Evaluator):
    """Packs tasks for a pool and unpacks what it says."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._pack = Packer()
        self._unsent: list[Message] = []
        self._broken: dict[int, Failure] = {}

    def admit(self, call: Call) -> None:
        """Pack the call.

        Raises
        ------
        InvalidInput : it cannot be pickled; says what of it.
        """
        try:
            self._pack.call(call)
        except Exception as error:  # pickling runs the user's code
            blamed, why = culprit(call), failure_of(error)
            raise InvalidInput(
                f"what the {self.name} evaluator sends to other processes has to be pickled, and {blamed}, cannot "
                f"be: {why}. Make it inside the function, or use ThreadEvaluator() or SerialEvaluator()."
            ) from error

    @property
    def capacity(self) -> int:
        """How many tasks can run at the same time now."""
        return self._pool.capacity

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._pool.closed

    def submit(self, task: Task) -> None:
        """Start the task on a free worker, or queue it until there is one.

        Raises
        ------
        InvalidInput : the evaluator is closed, or the task names resources.
        """
        if self._pool.closed:
            raise InvalidInput(f"the {self.name} evaluator is closed. Build a new one to go on.")
        refuse_resources(self.name, task.resources)
        try:
            job = self._pack(task)
        except Exception as error:  # noqa: BLE001  pickling runs the user's code
            why = failure_of(error, prefix="the work cannot be sent to a worker process: ")
            self._unsent.append(Ended(task.key, failure=why))
            return
        self._pool.put(job)

    def collect(self, timeout: float | None = None) -> list[Message]:
        """Wait for news from the workers, and return all there is."""
        arrived = self._pool.gather(0.0 if self._unsent else timeout)
        news, self._unsent = self._unsent, []
        return news + [message for packed in arrived for message in self._unpacked(packed)]

    def wake(self) -> None:
        """Make a waiting or the next `collect` return at once."""
        self._pool.wake()

    def stop(self, key: int) -> None:
        """Ask a task to wind up; one that waits for a worker will know from its first moment."""
        self._pool.stop(key)

    def cancel(self, key: int) -> None:
        """Take the task out of the queue, or kill it with all its descendants."""
        self._pool.cancel(key)

    def close(self) -> None:
        """Kill what runs and leave nothing behind; `collect` still has the last news."""
        self._pool.close()

    def _unpacked(self, packed: Message) -> list[Message]:
        if isinstance(packed, Report):
            return self._report(packed)
        key, failure, value = packed.key, self._broken.pop(packed.key, packed.failure), None
        if failure is None:
            try:
                value = pickle.loads(packed.value)
            except Exception as error:  # noqa: BLE001  unpickling runs the user's code
                failure = failure_of(error, prefix="the returned value cannot be loaded: ")
        return [Ended(key, value, failure, packed.worker)]

    def _report(self, packed: Report) -> list[Message]:
        """The report; a task whose report cannot be loaded is killed, and that is its end."""
        if packed.key in self._broken:
            return []
        try:
            return [Report(packed.key, pickle.loads(packed.value))]
        except Exception as error:  # noqa: BLE001  unpickling runs the user's code
            self._broken[packed.key] = failure_of(error, prefix="a reported value cannot be loaded: ")
            self._pool.cancel(packed.key)
            return []
