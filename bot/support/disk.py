"""Cause of a failed file write, as one word for metrics and logs."""

import errno
import shutil
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final


class DiskFault(StrEnum):
    """Causes that need different actions from an operator."""

    FULL = "disk_full"
    READ_ONLY = "read_only"
    NOT_PERMITTED = "not_permitted"
    FAILED = "write_failed"


# Explanation and remedy for each fault, for operators.
DISK_ADVICE: Final[Mapping[str, tuple[str, str]]] = {
    DiskFault.FULL: (
        "the disk is full",
        "Make room on the disk of the data folder; a running server goes on by itself within seconds.",
    ),
    DiskFault.READ_ONLY: (
        "the file system is read-only",
        "The kernel does that when a disk fails: look at dmesg, then mount it for writing again.",
    ),
    DiskFault.NOT_PERMITTED: ("the folder may not be written", "Give the service's user the folder."),
    DiskFault.FAILED: ("writing fails", "Look at dmesg for faults of the disk, and see that the backup is good."),
}

_FAULTS: Final[Mapping[int, DiskFault]] = {
    errno.ENOSPC: DiskFault.FULL,
    errno.EDQUOT: DiskFault.FULL,
    errno.EFBIG: DiskFault.FULL,  # the limit of the process (RLIMIT_FSIZE) or of the file system
    errno.EROFS: DiskFault.READ_ONLY,
    errno.EACCES: DiskFault.NOT_PERMITTED,
    errno.EPERM: DiskFault.NOT_PERMITTED,
}


def disk_fault(error: OSError) -> DiskFault:
    """Return the cause of a failed write."""
    return _FAULTS.get(error.errno or 0, DiskFault.FAILED)


def free_disk(folder: Path) -> int:
    """Return the free bytes on the disk of a folder, which need not exist yet. Raises OSError."""
    there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    return shutil.disk_usage(there).free
