"""Numbered pages in a directory: each is written once, by whoever wins its number, and never changed."""

from __future__ import annotations

import os
import random
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from hypersonde.errors import StorageError

BLOCK = 256
"""Pages in one directory; a block that is two blocks old becomes one file."""
_LOOKS = 16
"""How often to look for a page that must be there: for a few seconds altogether."""


class Pages:
    """The pages of one log, read in order; any number of writers add to its end.

    A page is written under a name of its own, flushed to disk, and then linked to the next free number: the system
    refuses a second link of the same name, on network file systems too. Page n is ``BLOCK/n``, or a line of the file
    ``BLOCK.sealed``, which counts alone once it exists.

    Parameters
    ----------
    home : the directory.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._next = 0
        self._checked = False

    def read(self) -> Iterator[str]:
        """The pages since the last call, one line each.

        Raises
        ------
        StorageError : the first time, when a page is missing before others.
        """
        while True:
            while batch := self._batch():
                self._next += len(batch)
                yield from batch
            if self._checked or self._at_the_end():
                break
        self._checked = True

    def where(self, number: int) -> str:
        """Where a page is, for messages."""
        sealed = self._sealed(number // BLOCK)
        return f"{sealed}, line {number % BLOCK + 1}" if sealed.exists() else str(self._page(number))

    def write(self, text: str, wanted: Callable[[], bool] = lambda: True) -> Iterator[str]:
        """Add a page, on disk when the last item comes; all pages since the last `read`, that one the last.

        Parameters
        ----------
        wanted : asked when all pages before are known: whether there is still to be one.
        """
        draft, tries = None, 0
        try:
            while True:
                before = self._next
                with suppress(FileNotFoundError):  # others tidied the block away meanwhile
                    draft = self._drafted(draft, text)
                yield from self.read()  # those that others have added while this one went to disk
                if not wanted():
                    return
                if draft is not None and self._won(draft):
                    break
                tries = tries + 1 if self._next == before else 0
                if tries > 1:
                    self._refresh(tries)
        finally:
            if draft is not None:
                draft.unlink(missing_ok=True)
        self._next += 1
        yield text
        if (self._next - 1) % BLOCK == 0:
            self._tidy((self._next - 1) // BLOCK - 1)

    # -- inside --------------------------------------------------------------------------------------

    def _at_the_end(self) -> bool:
        """Whether no page comes after those that were read; False when the next one has come meanwhile.

        A network file system may show a page before those that were there before it: it gets some seconds.

        Raises
        ------
        StorageError : the next page does not come, and later ones are there.
        """
        tries = 0
        while (later := self._later()) is not None and tries < _LOOKS:
            if self._page(self._next).exists() or self._sealed(self._next // BLOCK).exists():
                return False
            self._refresh(tries)
            tries += 1
        if later is None:
            return True
        raise StorageError(
            f"{self._page(self._next)}: this page of the log is missing, and later ones are there ({later.name}). "
            f"Restore it from a backup. Without one, move the later pages away: the log ends before it then."
        )

    def _later(self) -> Path | None:
        """A page behind the next one, or a block behind its block."""
        block, page = self._block(self._next // BLOCK), self._page(self._next)
        with suppress(FileNotFoundError):
            for path in (block / name for name in os.listdir(block) if name.isdigit()):
                if path.name > page.name:
                    return path
        with suppress(FileNotFoundError):
            return next((self.home / name for name in os.listdir(self.home) if name[:8] > block.name), None)
        return None

    def _block(self, block: int) -> Path:
        return self.home / f"{block:08d}"

    def _sealed(self, block: int) -> Path:
        return self.home / f"{block:08d}.sealed"

    def _page(self, number: int) -> Path:
        return self._block(number // BLOCK) / f"{number:012d}"

    def _batch(self) -> list[str]:
        """The pages that are there from the next one to the end of its block."""
        block, texts = self._next // BLOCK, []
        directory = os.fspath(self._block(block))
        with suppress(FileNotFoundError):
            for number in range(self._next, (block + 1) * BLOCK):
                with open(f"{directory}/{number:012d}", encoding="utf-8") as page:
                    texts.append(page.read())
        if self._sealed(block).exists():
            return self._sealed(block).read_text().split("\n")[self._next % BLOCK :]
        return texts

    def _drafted(self, draft: Path | None, text: str) -> Path:
        """The draft in the directory of the next page's block, written when it is not there."""
        block = self._block(self._next // BLOCK)
        if draft is not None and draft.parent == block and draft.exists():
            return draft
        if draft is not None:
            draft.unlink(missing_ok=True)
            flush(draft.parent)
        block.mkdir(parents=True, exist_ok=True)
        flush(self.home)
        return written(text.encode(), block)

    def _won(self, draft: Path) -> bool:
        """Whether the draft has become the next page."""
        page = self._page(self._next)
        if draft.parent != page.parent:
            return False
        if self._page(self._next + 1).exists():  # others have gone on: this one is there, or else it was lost
            self._checked = False
            return False
        with suppress(FileNotFoundError):  # others tidied the block away meanwhile
            if linked(draft, page):
                if not self._sealed(self._next // BLOCK).exists():
                    flush(draft.parent)
                    return True
                page.unlink(missing_ok=True)  # who sealed the block did not see it
        return False

    def _refresh(self, tries: int) -> None:
        """Make a network file system look again for a page that must be there."""
        with suppress(FileNotFoundError):
            os.listdir(self._block(self._next // BLOCK))
        time.sleep(random.random() * min(0.001 * 2**tries, 0.5))

    def _tidy(self, before: int) -> None:
        """Make one file of every block below `before`; what another did, or left half done, is no harm."""
        for block in sorted(int(path.name) for path in self.home.iterdir() if path.name.isdigit()):
            if block >= before:
                return
            with suppress(FileNotFoundError):
                if not self._sealed(block).exists():
                    pages = range(block * BLOCK, (block + 1) * BLOCK)
                    publish("\n".join(self._page(n).read_text() for n in pages).encode(), self._sealed(block))
                for path in self._block(block).iterdir():
                    path.unlink(missing_ok=True)
                with suppress(OSError):
                    self._block(block).rmdir()


def publish(data: bytes, path: Path) -> bool:
    """Make a file that is complete and on disk from the moment it exists; False when there was one already."""
    draft = written(data, path.parent)
    try:
        return linked(draft, path)
    finally:
        draft.unlink(missing_ok=True)
        flush(path.parent)


def written(data: bytes, directory: Path) -> Path:
    """A file of its own in a directory, flushed to disk."""
    draft = directory / f".{secrets.token_hex(8)}"
    with open(draft, "xb", buffering=0) as file:
        file.write(data)
        os.fsync(file.fileno())
    return draft


def linked(draft: Path, path: Path) -> bool:
    """Give a file a second name; False when somebody else has that name.

    Raises
    ------
    FileNotFoundError : the draft, or the directory, is gone.
    """
    try:
        os.link(draft, path)
    except FileExistsError:
        return draft.stat().st_ino == path.stat().st_ino  # the answer of a network may be lost, not the link
    return True


def flush(directory: Path) -> None:
    """Bring the names in a directory to disk."""
    with suppress(FileNotFoundError):
        number = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
