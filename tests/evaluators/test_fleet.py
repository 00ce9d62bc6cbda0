import contextlib
import os
import pickle
import signal
import socket
import struct
import threading
import time

import psutil
import pytest
from evaluators.agents import local

from hypersonde.errors import InvalidInput
from hypersonde.evaluators import Ended, Report, Task
from hypersonde.evaluators.agent import Post, attend
from hypersonde.evaluators.fleet import SETTLE, Fleet
from hypersonde.evaluators.handshake import NONCE, PROOF, Handshake, greet, new_key
from hypersonde.evaluators.reception import CALLERS
from hypersonde.testing import evaluator_work as work
from hypersonde.testing.evaluators import EvaluatorLaws, by_key, ended, finish, run, stands_still


class TestAgents(EvaluatorLaws):
    def make(self, workers):
        return local(workers)


def wait_until(true):
    deadline = time.monotonic() + work.PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def kill(name):
    os.kill(int(name.rpartition(":")[2]), signal.SIGKILL)


def test_a_lost_agent_costs_its_task_says_who_it_was_and_may_be_tried_again(tmp_path):
    with local(1) as evaluator:
        evaluator.submit(Task(0, work.tick_for_ever, str(tmp_path / "ticks")))
        assert evaluator.collect(work.PATIENCE) == [Report(0, "running")]
        agent = evaluator.workers[0]
        kill(agent)
        lost = ended(evaluator.collect(work.PATIENCE)[0])
        assert lost.failure.kind == "WorkerLost"
        assert lost.failure.retry
        assert agent in lost.failure.message
        wait_until(lambda: stands_still(tmp_path / "ticks"))  # what the agent ran goes with it
        assert evaluator.capacity == 0


def test_new_agents_take_over_what_waits():
    with local(1, replace=True) as evaluator:
        for key in range(3):
            evaluator.submit(Task(key, work.wait_for_stop, None))
            evaluator.stop(key)
        kill(evaluator.workers[0])
        ends = by_key(finish(evaluator, 3))
        assert [end.value for end in ends].count("stopped") >= 2
        assert all(end.failure is None or end.failure.retry for end in ends)


def test_room_that_comes_late_is_used_at_once_and_waiting_for_it_is_no_busy_loop():
    with local(1) as evaluator:
        kill(evaluator.workers[0])
        while evaluator.capacity:
            evaluator.collect(0.1)
        began, cpu = time.monotonic(), time.process_time()
        assert evaluator.collect(0.5) == []
        assert time.monotonic() - began > 0.4
        assert time.process_time() - cpu < 0.2
        evaluator.submit(Task(0, work.echo, "late"))
        evaluator.children.add()
        assert by_key(finish(evaluator, 1))[0].value == "late"


def test_a_time_limit_is_kept_while_the_manager_is_busy(tmp_path):
    with local(1) as evaluator:
        evaluator.submit(Task(0, work.tick_for_ever, str(tmp_path / "ticks"), time_limit=0.3))
        assert evaluator.collect(work.PATIENCE) == [Report(0, "running")]
        wait_until(lambda: stands_still(tmp_path / "ticks"))  # while a model is being fitted
        assert ended(evaluator.collect(work.PATIENCE)[0]).failure.kind == "TimeLimit"


def test_agents_end_with_a_manager_that_is_killed(tmp_path):
    program = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from evaluators.agents import local\nfrom hypersonde.evaluators import Task\n"
        "from hypersonde.testing import evaluator_work as work\n"
        "evaluator = local(1)\nevaluator.submit(Task(0, work.tick_for_ever, sys.argv[2]))\n"
        "evaluator.collect(30)\nprint(*[p.pid for p in evaluator.children.processes], flush=True)\ntime.sleep(60)"
    )
    import subprocess
    import sys
    from pathlib import Path

    here = str(Path(__file__).parents[1])
    manager = subprocess.Popen(
        [sys.executable, "-c", program, here, str(tmp_path / "ticks")], stdout=subprocess.PIPE, text=True
    )
    agents = [psutil.Process(int(pid)) for pid in manager.stdout.readline().split()]
    manager.kill()
    manager.wait()
    gone, alive = psutil.wait_procs(agents, timeout=work.PATIENCE)
    assert len(gone) == 1, alive
    wait_until(lambda: stands_still(tmp_path / "ticks"))


# -- strangers ---------------------------------------------------------------------------------------


@pytest.fixture
def fleet():
    fleet = Fleet()
    yield fleet
    fleet.close()


@contextlib.contextmanager
def attended(fleet):
    """Somebody gathers meanwhile."""
    over = threading.Event()

    def attend_it():
        while not over.is_set():
            fleet.gather(0.05)

    thread = threading.Thread(target=attend_it)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def last_words(link):
    """What comes until the other side hangs up."""
    link.settimeout(work.PATIENCE)
    heard = b""
    with contextlib.suppress(ConnectionResetError):
        while more := link.recv(4096):
            heard += more
    return heard


def test_it_listens_on_loopback_only_unless_told_otherwise(fleet):
    assert fleet.address[0] == "127.0.0.1"
    assert psutil.Process().net_connections(kind="tcp4") == [] or all(
        c.laddr.ip == "127.0.0.1"
        for c in psutil.Process().net_connections()
        if c.laddr and c.laddr.port == fleet.address[1]
    )


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 4,
        bytes(NONCE + PROOF),
        os.urandom(4096),
        struct.pack("<Q", 1 << 60) + pickle.dumps(("hello", "me", 8)),
    ],
    ids=["nothing", "http", "zeros", "noise", "a frame"],
)
def test_who_does_not_know_the_key_is_sent_away_before_anything_is_read(fleet, words):
    with attended(fleet), socket.create_connection(fleet.address) as stranger:
        stranger.sendall(words)
        with contextlib.suppress(OSError):  # it may have been sent away already
            stranger.shutdown(socket.SHUT_WR)
        answer = last_words(stranger)
    assert len(answer) <= NONCE  # a random number and no proof: nothing that helps to guess the key
    assert fleet.capacity == 0


class Bomb:
    def __reduce__(self):
        return (os.mkdir, ("bomb",))


def test_nothing_of_a_stranger_is_unpickled(fleet, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    body = pickle.dumps(("hello", Bomb(), 1))
    with attended(fleet), socket.create_connection(fleet.address) as stranger:
        stranger.sendall(os.urandom(NONCE + PROOF) + struct.pack("<Q", len(body)) + body)
        last_words(stranger)
    assert list(tmp_path.iterdir()) == []


def test_an_agent_with_another_key_is_refused_and_says_so(fleet):
    refused = pytest.raises(ConnectionError, match="does not answer as it should")
    with attended(fleet), local_pool() as pool, refused:
        attend(Post(*fleet.address, new_key()), pool, "me")


def test_a_manager_that_does_not_know_the_key_gets_no_agent():
    with socket.create_server(("127.0.0.1", 0)) as server, local_pool() as pool:

        def pretend():
            link, _ = server.accept()
            link.recv(NONCE)
            link.sendall(os.urandom(NONCE + PROOF))
            link.recv(PROOF)
            time.sleep(0.2)
            link.close()

        threading.Thread(target=pretend, daemon=True).start()
        with pytest.raises(ConnectionError, match="does not know the key"):
            attend(Post(*server.getsockname(), new_key()), pool, "me")


def test_a_proof_that_was_overheard_is_worth_nothing(fleet):
    handshake = Handshake(fleet.key, manager=False)
    with attended(fleet), socket.create_connection(fleet.address) as honest:
        honest.sendall(handshake.nonce)
        handshake.meet(honest.recv(NONCE))
        honest.sendall(handshake.proof)
        overheard = handshake.nonce + handshake.proof
        assert handshake.accepts(honest.recv(PROOF))
        with socket.create_connection(fleet.address) as thief:
            thief.sendall(overheard)
            assert len(last_words(thief)) == NONCE


@pytest.mark.parametrize("tamper", ["flipped", "repeated", "swapped"])
def test_frames_that_were_changed_repeated_or_swapped_end_the_connection(fleet, tamper):
    with attended(fleet), socket.create_connection(fleet.address) as link:
        framing = greet(link, fleet.key)
        hello, beat = framing.pack("hello", "me", 1), framing.pack("beat")
        forged = beat[:-1] + bytes([beat[-1] ^ 1])
        link.sendall({"flipped": hello + forged, "repeated": hello + hello, "swapped": beat + hello}[tamper])
        assert last_words(link) == b""
    assert fleet.capacity == 0


def test_many_silent_callers_keep_nobody_out(fleet):
    silent = [socket.create_connection(fleet.address) for _ in range(300)]
    with attended(fleet), socket.create_connection(fleet.address) as link:
        framing = greet(link, fleet.key)
        link.sendall(framing.pack("hello", "me", 1))
        wait_until(lambda: fleet.agents == ["me"])
    for each in silent:
        each.close()


def test_a_caller_who_speaks_at_the_moment_in_which_it_has_to_give_way_harms_nobody(fleet):
    callers = [socket.create_connection(fleet.address) for _ in range(CALLERS)]
    assert fleet.gather(1.0) == []
    callers.append(socket.create_connection(fleet.address))  # the first one is sent away for this one
    callers[0].sendall(b"x")
    assert fleet.gather(0.2) == []
    assert last_words(callers[0]) == b""
    with pytest.raises(BlockingIOError):
        callers[-1].recv(1, socket.MSG_DONTWAIT)
    for caller in callers:
        caller.close()


def test_a_silent_agent_is_lost_after_a_while():
    fleet = Fleet(silence=0.5)
    with contextlib.closing(fleet), attended(fleet), socket.create_connection(fleet.address) as link:
        link.sendall(greet(link, fleet.key).pack("hello", "me", 1))
        assert last_words(link) == b""


def test_an_address_where_nothing_can_listen_is_one_clear_line():
    with pytest.raises(InvalidInput, match=r"cannot listen on 203\.0\.113\.7:0"):
        Fleet("203.0.113.7")


def test_ten_thousand_results_pass_through_in_order():
    with local(2) as evaluator:
        messages = run(evaluator, (work.report_all, list(range(10_000))), (work.report_all, list(range(10_000))))
    for key in (0, 1):
        assert [m.value for m in messages if isinstance(m, Report) and m.key == key] == list(range(10_000))
    assert sum(isinstance(m, Ended) for m in messages) == 2


def local_pool():
    from hypersonde.evaluators.pool import WorkerPool

    return contextlib.closing(WorkerPool([()], dict(os.environ)))


def test_agents_beside_a_lost_one_get_no_job_until_it_is_clear_that_they_stay():
    with local(2) as evaluator:
        began = time.monotonic()
        kill(evaluator.workers[0])
        while evaluator.capacity > 1:
            evaluator.collect(0.05)
        evaluator.submit(Task(0, work.echo, 3))
        assert ended(finish(evaluator, 1)[0]).value == 3
        assert time.monotonic() - began >= SETTLE
