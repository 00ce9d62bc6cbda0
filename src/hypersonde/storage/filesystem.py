"""What kind of file system a path is on, and whether SQLite may work there."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from hypersonde.errors import StorageError

NETWORK = frozenset(
    """
    9p afs beegfs beegfs_nodev ceph cifs daos dfuse fhgfs fuse.ceph fuse.glusterfs fuse.juicefs fuse.sshfs glusterfs
    gpfs lustre mmfs ncpfs nfs nfs3 nfs4 orangefs panfs pvfs2 smb smb2 smb3 smbfs wekafs
    """.split()  # noqa: SIM905
)
"""Types of file systems that several machines see, by the names that mount tables use."""


def type_of(path: str | os.PathLike[str]) -> str:
    """The type of the file system that holds `path`, or would hold it; empty when the system does not say."""
    place = Path(path).absolute().resolve()
    mounts = {Path(part.mountpoint): part.fstype for part in psutil.disk_partitions(all=True)}
    for parent in (place, *place.parents):
        if parent in mounts:
            return mounts[parent].lower()
    return ""


def refuse_network(path: str | os.PathLike[str]) -> None:
    """A file on a network file system is no place for SQLite, whose locks do not hold there.

    Raises
    ------
    StorageError : it is on one; names the way out.
    """
    kind = type_of(path)
    if kind in NETWORK:
        raise StorageError(
            f"{Path(path).absolute()} is on a network file system ({kind}), where a SQLite file may be damaged. "
            f"Use --storage spool:{Path(path).absolute().parent / 'spool'} or a PostgreSQL server, or a --log-dir on "
            f"a local disk."
        )
