import os
import platform

from hypersonde.storage.owners import RETIRED, holds, lives, new_owner, process_start


def test_this_process_lives_and_its_name_says_where() -> None:
    owner = new_owner()
    assert lives(owner) is True
    assert owner.startswith(f"{platform.node()}/")
    assert f"/{os.getpid()}/" in owner


def test_a_process_id_that_another_process_has_now_is_not_the_owner() -> None:
    host, machine, pid, _, token = new_owner().split("/")
    assert lives("/".join([host, machine, pid, "1", token])) is False


def test_a_process_id_that_nobody_has_is_dead() -> None:
    host, machine, _, start, token = new_owner().split("/")
    beyond = str(2**22 + 1)
    assert lives("/".join([host, machine, beyond, start, token])) is False
    assert process_start(int(beyond)) is None


def test_nothing_is_known_of_processes_elsewhere() -> None:
    host, machine, *rest = new_owner().split("/")
    assert lives("/".join(["elsewhere", machine, *rest])) is None
    assert lives("/".join([host, "another", *rest])) is None, "another container, or before a restart of the machine"
    assert lives("me") is None
    assert lives("") is None


def test_elsewhere_the_last_heartbeat_decides() -> None:
    assert holds("elsewhere", heartbeat=100.0, now=159.0, lease=60.0)
    assert not holds("elsewhere", heartbeat=100.0, now=160.0, lease=60.0)
    assert not holds("elsewhere", heartbeat=None, now=0.0)
    assert not holds(new_owner(), heartbeat=RETIRED, now=0.0)
