"""Making very many records at once."""

from __future__ import annotations

import gc
from types import TracebackType


class without_collection:  # noqa: N801  reads as what it does
    """Pause the garbage collector: looking through a long log again and again doubles the time that it takes."""

    def __enter__(self) -> None:
        self._before = gc.isenabled()
        gc.disable()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before:
            gc.enable()
