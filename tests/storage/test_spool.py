from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from services.postgres import MEMORY

from hypersonde.errors import StorageError
from hypersonde.storage import SpoolStorage, copy, pages
from hypersonde.storage.pages import Pages
from hypersonde.testing.crowds import CrowdLaws
from hypersonde.testing.storages import HEADER, Opener, log_of, started

BLOCK = 16
"""Pages of a block here: enough to see what becomes of them."""


class TestSpool(CrowdLaws):
    """The laws kill processes, not machines, so the files may lie on a memory disk, which is faster."""

    @pytest.fixture
    def opener(self) -> Iterator[Opener]:
        with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as place:
            yield partial(SpoolStorage, Path(place) / "spool")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(pages, "BLOCK", BLOCK)
    return tmp_path / "spool"


def write(place: Path, trials: int) -> None:
    with SpoolStorage(place) as storage:
        storage.open(HEADER)
        for _ in range(trials):
            storage.create([started()])


def test_old_pages_become_few_files_and_say_the_same(place: Path) -> None:
    write(place, 4 * BLOCK)
    [home] = (place / "studies").iterdir()
    assert sorted(path.name for path in (home / "log").iterdir()) == [
        *(f"{n:08d}.sealed" for n in range(2)),
        *(f"{n:08d}" for n in (2, 3)),
    ]
    assert [e.number for e in log_of(partial(SpoolStorage, place))] == list(range(4 * BLOCK))


def test_a_writer_that_slept_while_pages_were_sealed_goes_on_at_the_end(place: Path) -> None:
    with SpoolStorage(place) as sleeper:
        sleeper.open(HEADER)
        write(place, 4 * BLOCK)
        assert sleeper.create([started()])[0].number == 4 * BLOCK
        assert [e.number for e in sleeper.read()] == list(range(4 * BLOCK + 1))


def test_a_page_in_a_block_that_was_sealed_before_it_came_counts_for_nobody(place: Path) -> None:
    write(place, 4 * BLOCK)
    [home] = (place / "studies").iterdir()
    ghost = Pages(home / "log")
    (home / "log" / f"{0:08d}").mkdir()
    assert list(ghost.write("[true,null,[]]"))[-1] == "[true,null,[]]"
    assert len(log_of(partial(SpoolStorage, place))) == 4 * BLOCK
    (home / "log" / f"{1:08d}").mkdir(exist_ok=True)
    (home / "log" / f"{1:08d}" / f"{BLOCK:012d}").write_text("nonsense of a writer that was too late")
    assert len(log_of(partial(SpoolStorage, place))) == 4 * BLOCK


def test_a_sealing_that_was_killed_halfway_is_finished_later(place: Path) -> None:
    write(place, 4 * BLOCK)
    [home] = (place / "studies").iterdir()
    sealed = home / "log" / f"{0:08d}.sealed"
    (home / "log" / f"{0:08d}").mkdir()
    for number, line in enumerate(sealed.read_text().split("\n")[: BLOCK // 2]):
        (home / "log" / f"{0:08d}" / f"{number:012d}").write_text(line)
    write(place, BLOCK + 1)
    assert not (home / "log" / f"{0:08d}").exists()
    assert [e.number for e in log_of(partial(SpoolStorage, place))] == list(range(5 * BLOCK + 1))


def test_half_written_files_of_the_killed_are_no_pages(place: Path) -> None:
    write(place, 3)
    [home] = (place / "studies").iterdir()
    (home / "log" / f"{0:08d}" / ".0123456789abcdef").write_text("[true,nu")
    assert len(log_of(partial(SpoolStorage, place))) == 3


@pytest.mark.parametrize("lost", [[3], [3, 4, 5], [BLOCK - 1], [2 * BLOCK + 1]])
def test_a_page_that_is_missing_before_others_is_an_error_for_readers_and_writers(
    place: Path, monkeypatch: pytest.MonkeyPatch, lost: list[int]
) -> None:
    monkeypatch.setattr(pages, "_LOOKS", 3)
    write(place, BLOCK + 3 if lost[0] < BLOCK else 2 * BLOCK + 3)
    [home] = (place / "studies").iterdir()
    gone = [home / "log" / f"{n // BLOCK:08d}" / f"{n:012d}" for n in lost]
    for page in gone:
        page.unlink()
    complaint = f"log/{lost[0] // BLOCK:08d}/{lost[0]:012d}: this page of the log is missing, and later ones are there"
    with pytest.raises(StorageError, match=complaint):
        log_of(partial(SpoolStorage, place))
    with SpoolStorage(place) as storage:
        storage.open(HEADER)
        for _ in range(2):
            with pytest.raises(StorageError, match=complaint):
                storage.create([started()])
    assert not any(page.exists() for page in gone), "and nobody fills the hole"


def test_a_writer_that_slept_does_not_fill_a_hole_that_came_meanwhile(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_LOOKS", 3)
    with SpoolStorage(place) as sleeper:
        sleeper.open(HEADER)
        sleeper.create([started()])
        write(place, 3)
        [home] = (place / "studies").iterdir()
        (home / "log" / f"{0:08d}" / f"{1:012d}").unlink()
        with pytest.raises(StorageError, match="000000000001: this page of the log is missing"):
            sleeper.create([started()])


def test_a_page_that_a_file_system_shows_after_a_later_one_is_waited_for(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(place, 6)
    [home] = (place / "studies").iterdir()
    page, hidden = home / "log" / f"{0:08d}" / f"{3:012d}", place / "hidden"
    page.rename(hidden)
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 4:
            hidden.rename(page)

    monkeypatch.setattr(pages.time, "sleep", wait)
    assert [e.number for e in log_of(partial(SpoolStorage, place))] == list(range(6))
    assert len(waits) == 4


def test_a_damaged_page_is_named_and_what_is_before_can_be_saved(place: Path, tmp_path: Path) -> None:
    write(place, 6)
    [home] = (place / "studies").iterdir()
    page = home / "log" / f"{0:08d}" / f"{3:012d}"
    page.write_text(page.read_text()[:-9])
    with SpoolStorage(place) as storage, SpoolStorage(tmp_path / "saved") as saved:
        storage.open(HEADER)
        for _ in range(2):
            with pytest.raises(StorageError, match=f"^{page} cannot be read .*hypersonde storage copy"):
                storage.read()
        with pytest.raises(StorageError, match="Copied were the 3 events before it"):
            copy(storage, saved)
    assert [e.number for e in log_of(partial(SpoolStorage, tmp_path / "saved"))] == [0, 1, 2]


def test_a_directory_of_something_else_is_refused(place: Path) -> None:
    place.mkdir()
    (place / "thesis.tex").touch()
    with pytest.raises(StorageError, match=r"holds something else \(thesis.tex\)"):
        SpoolStorage(place)


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"spool:.*file/spool: Not a directory"):
        SpoolStorage(tmp_path / "file" / "spool")
