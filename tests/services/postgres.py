"""A throw-away PostgreSQL server on a free port of the loopback interface."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import psycopg

USER = "postgres"

MEMORY = Path("/dev/shm")
"""Where the files go when the machine has it: the tests end servers, not machines, and a memory disk is fast."""


class Postgres:
    """A server in a directory of its own; `stop` and `crash` can be followed by `start`."""

    def __init__(self, parent: Path | None = MEMORY if MEMORY.is_dir() else None) -> None:
        self._programs = _programs()
        self._home = Path(tempfile.mkdtemp(prefix="postgres-", dir=parent))
        if os.getuid() == 0:
            shutil.chown(self._home, USER)
        self._port = _free_port()
        self._server: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", str(self._data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N").wait()
        self.start()

    @property
    def _data(self) -> Path:
        return self._home / "data"

    def new_place(self) -> str:
        """The address of something as good as a new database: a schema of its own, made in no time."""
        name = f"s{uuid4().hex}"
        self.execute(f"create schema {name}")
        return f"postgresql://{USER}@127.0.0.1:{self._port}/{USER}?options=-csearch_path%3D{name}"

    def execute(self, statement: str) -> None:
        dsn = f"host=127.0.0.1 port={self._port} user={USER} dbname={USER} connect_timeout=10"
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(statement)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=100"]
        self._server = self._run(
            "postgres", "-D", str(self._data), "-p", str(self._port), "-k", str(self._home), *options
        )
        deadline = time.monotonic() + 60.0
        while True:
            try:
                self.execute("select 1")
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._server.poll() is not None:
                    raise RuntimeError(f"PostgreSQL does not start: {self._log.read_text()[-2000:]}") from None
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """End it in good order; whoever is connected is cut off."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """End it at once, as a crash would; it recovers from its own log when it starts again."""
        self._end(signal.SIGQUIT)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    @property
    def _log(self) -> Path:
        return self._home / "log"

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        """The server refuses to run as root, and must not outlive the tests."""
        become = [f"--reuid={USER}", f"--regid={USER}", "--clear-groups"] if os.getuid() == 0 else []
        command = ["setpriv", *become, "--pdeathsig", "INT", str(self._programs / program), *arguments]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                command, stdout=log, stderr=log, cwd="/", env={"HOME": str(self._home), "LC_ALL": "C"}
            )

    def _end(self, how: signal.Signals) -> None:
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(60.0)
            self._server = None


def _programs() -> Path:
    """Where the programs of the newest server are."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    there = [str(found[-1])] if found else [p for p in [shutil.which("initdb")] if p]
    if not there:
        raise RuntimeError(
            "the tests of PostgreSQL need its server. Run: apt-get install -y --no-install-recommends postgresql"
        )
    return Path(there[0]).parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
