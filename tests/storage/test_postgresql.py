"""The laws over PostgreSQL, and what holds when its server goes away and comes back."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import psycopg
import pytest
from services.postgres import Postgres

from hypersonde.errors import StorageError
from hypersonde.storage import SqlStorage
from hypersonde.testing.crowds import CrowdLaws, create_below_100, crowd
from hypersonde.testing.storages import HEADER, Opener, finished, log_of, started
from hypersonde.trials import Finished, Reported, Started


@pytest.fixture
def place(postgres: Postgres) -> str:
    return postgres.new_place()


@pytest.fixture
def storage(place: str) -> Iterator[SqlStorage]:
    with SqlStorage(place) as storage:
        storage.open(HEADER)
        yield storage


class TestPostgresql(CrowdLaws):
    @pytest.fixture
    def opener(self, place: str) -> Opener:
        return partial(SqlStorage, place)


def test_sixty_four_writers_at_once_get_every_number_exactly_once(place: str) -> None:
    opener = partial(SqlStorage, place)
    begun = [n for numbers in crowd(create_below_100, opener, 64) for n in numbers]
    assert sorted(begun) == list(range(100))
    assert [e.number for e in log_of(opener) if isinstance(e, Started)] == list(range(100))


@pytest.mark.parametrize("end", [Postgres.stop, Postgres.crash])
def test_a_server_that_restarts_in_the_middle_costs_no_event(
    postgres: Postgres, storage: SqlStorage, place: str, end: Callable[[Postgres], None]
) -> None:
    def work() -> None:
        for number in range(100):
            assert storage.create([started()])[0].number == number
            assert storage.claim(started(number, attempt=2))
            storage.append([Reported(number, 1.0, 1, 0.5, attempt=2), finished(number, attempt=2)])

    worker = threading.Thread(target=work)
    worker.start()
    for _ in range(3):
        time.sleep(0.1)
        end(postgres)
        postgres.start()
    worker.join(60.0)
    assert not worker.is_alive()
    log = log_of(partial(SqlStorage, place))
    assert log == storage.read()
    assert [(e.number, e.attempt) for e in log if isinstance(e, Started)] == [
        (n, a) for n in range(100) for a in (1, 2)
    ]
    assert [e.number for e in log if isinstance(e, Reported)] == list(range(100))
    assert [e.number for e in log if isinstance(e, Finished)] == list(range(100))


@pytest.fixture
def unheard(monkeypatch: pytest.MonkeyPatch, storage: SqlStorage) -> list[str]:
    """Cuts the connection once, right after the next commit, so that the answer is lost; lists what was cut."""
    cut: list[str] = []
    commit = psycopg.Cursor.execute

    def execute(cursor: psycopg.Cursor, query: str, *arguments: object, **options: object) -> object:
        result = commit(cursor, query, *arguments, **options)  # type: ignore[arg-type]
        if "COMMIT" in query and not cut:
            cut.append(query)
            cursor.connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return result

    monkeypatch.setattr(psycopg.Cursor, "execute", execute)
    return cut


def test_numbers_whose_answer_was_lost_are_allotted_once(storage: SqlStorage, unheard: list[str]) -> None:
    born = storage.create([started(), started()])
    assert unheard
    assert [event.number for event in born] == [0, 1]
    assert storage.read() == born


def test_a_claim_whose_answer_was_lost_is_won_by_whoever_made_it(storage: SqlStorage, unheard: list[str]) -> None:
    unheard.append("not yet")
    storage.create([started()])
    unheard.clear()
    assert storage.claim(started(0, attempt=2, owner="me"))
    assert unheard
    assert not storage.claim(started(0, attempt=2, owner="other"))


def test_reports_whose_answer_was_lost_are_there_once(storage: SqlStorage, unheard: list[str]) -> None:
    unheard.append("not yet")
    storage.create([started()])
    unheard.clear()
    storage.append([Reported(0, 1.0, 1, 0.5), Reported(0, 1.0, 1, 0.5)])
    assert unheard
    assert len(storage.read()) == 3


def test_a_server_that_is_not_there_is_one_clear_line_without_the_password() -> None:
    with pytest.raises(StorageError) as caught:
        SqlStorage("postgresql://me:secret@127.0.0.1:1/none")
    assert str(caught.value).startswith("postgresql+psycopg://me:***@127.0.0.1:1/none: the database refuses: ")
    assert str(caught.value).endswith("Check that the server runs and that host, port, user and database are right.")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_schema_of_something_else_is_refused(postgres: Postgres, place: str) -> None:
    schema = place.rpartition("%3D")[2]
    postgres.execute(f"create table {schema}.studies (study_id integer)")
    with pytest.raises(StorageError, match="is a database of something else"):
        SqlStorage(place)
