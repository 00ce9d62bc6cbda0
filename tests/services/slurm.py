"""A throw-away Slurm on the loopback interface: one controller, several nodes, all on this machine."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

INSTALL = "apt-get install -y --no-install-recommends slurmctld slurmd slurm-client munge slurm-wlm-torque"

_CONF = """
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket={home}/munge/sock,cred_expire=5
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
ReturnToService=2
SlurmctldTimeout=10
SlurmdTimeout=10
KillWait={kill_wait}
MinJobAge=300
MailProg=/bin/true
SlurmdParameters=config_overrides
StateSaveLocation={home}/state
SlurmctldPidFile={home}/slurmctld.pid
SlurmctldLogFile={home}/log/slurmctld.log
SlurmdPidFile={home}/slurmd.%n.pid
SlurmdLogFile={home}/log/slurmd.%n.log
SlurmdSpoolDir={home}/spool.%n
SlurmctldDebug=info
SlurmdDebug=info
"""
_NODE = (
    "NodeName={name} NodeHostname=localhost NodeAddr=127.0.0.1 Port={port} CPUs={cpus} Boards=1 SocketsPerBoard=1 "
    "CoresPerSocket={cpus} ThreadsPerCore=1 RealMemory=4000 State=UNKNOWN"
)


class Slurm:
    """A cluster in a directory of its own; `environment` is what makes a command talk to it.

    Without accounting, as on many small clusters: ``sacct`` knows nothing.
    """

    def __init__(self, nodes: int = 4, cpus: int = 1, kill_wait: int = 20) -> None:
        for program in ("slurmctld", "slurmd", "sbatch", "munged"):
            if _program(program) is None:
                raise RuntimeError(f"the tests of batch queues need Slurm ({program} is missing). Run: {INSTALL}")
        self.home = Path(tempfile.mkdtemp(prefix="slurm-"))
        self.home.chmod(0o755)
        self.nodes = [f"n{i}" for i in range(1, nodes + 1)]
        self.conf = self.home / "slurm.conf"
        self.environment = {**os.environ, "SLURM_CONF": str(self.conf)}
        ports = _free_ports(nodes + 1)
        for name in ("state", "log", "munge", *(f"spool.{node}" for node in self.nodes)):
            (self.home / name).mkdir()
        lines = [_CONF.format(home=self.home, port=ports[0], kill_wait=kill_wait)]
        lines += [_NODE.format(name=n, port=p, cpus=cpus) for n, p in zip(self.nodes, ports[1:], strict=True)]
        lines += ["PartitionName=debug Nodes=ALL Default=YES MaxTime=60 DefaultTime=10 State=UP\n"]
        self.conf.write_text("\n".join(lines))
        self._munge()
        self._daemon("slurmctld", "-c")
        for node in self.nodes:
            self.start(node)
        self._until_idle()

    # -- nodes -----------------------------------------------------------------------------------------

    def start(self, node: str) -> None:
        """Start the daemon of a node."""
        self._daemon("slurmd", "-N", node)

    def kill_daemon(self, node: str) -> None:
        """``kill -9`` of the daemon of a node; what it started lives on for now."""
        os.kill(self._daemon_of(node), signal.SIGKILL)

    def crash(self, node: str) -> None:
        """End all of a node at once, as a loss of power does: its daemon, its steps, all their processes."""
        doomed = [psutil.Process(self._daemon_of(node))]
        for process in psutil.process_iter(["name"]):
            if process.info["name"] == "slurmstepd" and self._serves(process, node):
                doomed += [process, *process.children(recursive=True)]
        for process in doomed:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue

    def down(self, node: str) -> None:
        """Have the controller take a node for dead at once; it would notice by itself after half a minute."""
        self.run("scontrol", "update", f"nodename={node}", "state=down", "reason=crash")

    def up(self, node: str) -> None:
        """Start a node that was ended again."""
        (self.home / f"slurmd.{node}.pid").unlink(missing_ok=True)
        self.start(node)

    # -- jobs ------------------------------------------------------------------------------------------

    def run(self, *command: str, check: bool = True) -> str:
        """What a command says."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

    def jobs(self, states: str = "pending,running,completing") -> list[str]:
        """Ids of the jobs in some states."""
        return self.run("squeue", "-h", "-t", states, "-o", "%i").split()

    def names(self) -> list[str]:
        """Names of the jobs it knows, whatever their state."""
        return self.run("squeue", "-h", "-t", "all", "-o", "%j").split()

    def node_of(self, job: str) -> list[str]:
        """The nodes of a job, its batch host first."""
        hosts = self.run("squeue", "-h", "-j", job, "-o", "%N").strip()
        return self.run("scontrol", "show", "hostnames", hosts).split() if hosts else []

    def empty(self, seconds: float = 180.0) -> None:
        """End all jobs and wait until they are gone and all nodes are idle."""
        self.run("scancel", "--full", *self.jobs(), check=False)
        deadline = time.monotonic() + seconds
        while self.jobs() and time.monotonic() < deadline:
            time.sleep(0.1)
        self._until_idle()

    def remove(self) -> None:
        """End everything that this cluster started."""
        self.run("scancel", *self.jobs(), check=False)
        _end([*self.home.glob("*.pid"), self.home / "munge" / "pid"])
        for process in psutil.process_iter(["name"]):
            if process.info["name"] == "slurmstepd" and self._belongs(process):
                for each in [*process.children(recursive=True), process]:
                    each.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    # -- the inside ------------------------------------------------------------------------------------

    def _munge(self) -> None:
        place = self.home / "munge"
        place.chmod(0o711)
        key = place / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        files = {"key-file": "key", "socket": "sock", "pid-file": "pid", "seed-file": "seed", "log-file": "log"}
        self._daemon("munged", "--force", "--num-threads=2", *(f"--{k}={place / v}" for k, v in files.items()))

    def _daemon(self, program: str, *arguments: str) -> None:
        """Start a program that puts itself in the background: its output is a file, for it would hold a pipe open."""
        with (self.home / f"{program}.start").open("ab") as log:
            done = subprocess.run(
                [str(_program(program)), *arguments], env=self.environment, stdout=log, stderr=log, cwd="/", check=False
            )
        if done.returncode:
            raise RuntimeError(f"{program} does not start: {(self.home / f'{program}.start').read_text()[-2000:]}")

    def _until_idle(self, seconds: float = 180.0) -> None:
        deadline = time.monotonic() + seconds
        while True:
            idle = self.run("sinfo", "-h", "-N", "-t", "idle", "-o", "%N", check=False).split()
            if len(set(idle)) == len(self.nodes):
                return
            if time.monotonic() > deadline:
                logs = "\n".join(p.read_text()[-1000:] for p in sorted((self.home / "log").iterdir()))
                raise RuntimeError(f"not all nodes of the test cluster are idle: {self.run('sinfo', '-N')}\n{logs}")
            time.sleep(0.1)

    def _daemon_of(self, node: str) -> int:
        return int((self.home / f"slurmd.{node}.pid").read_text())

    def _serves(self, process: psutil.Process, node: str) -> bool:
        """Whether a step daemon belongs to a node: it keeps files open in the node's directory, or its log."""
        files = (f"{self.home}/spool.{node}", f"{self.home}/log/slurmd.{node}.log")
        return any(path.startswith(files) for path in _open_files(process.pid))

    def _belongs(self, process: psutil.Process) -> bool:
        return any(path.startswith(str(self.home)) for path in _open_files(process.pid))


def _open_files(pid: int) -> Sequence[str]:
    try:
        return [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return ()


def _end(pid_files: Sequence[Path], seconds: float = 10.0) -> None:
    """End daemons; who does not listen is killed. Their parent is the machine's first process, which may reap late."""
    daemons = []
    for pid_file in pid_files:
        try:
            daemons.append(psutil.Process(int(pid_file.read_text())))
            daemons[-1].terminate()
        except (OSError, ValueError, psutil.NoSuchProcess):
            continue
    deadline = time.monotonic() + seconds
    while any(map(_runs, daemons)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for daemon in filter(_runs, daemons):
        daemon.kill()


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports
