"""Why a file could not be written, in one word for metrics and logs."""

import errno
from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class DiskFault(StrEnum):
    """The causes an operator acts on in different ways."""

    FULL = "disk_full"
    READ_ONLY = "read_only"
    NOT_PERMITTED = "not_permitted"
    FAILED = "write_failed"


_FAULTS: Final[Mapping[int, DiskFault]] = {
    errno.ENOSPC: DiskFault.FULL,
    errno.EDQUOT: DiskFault.FULL,
    errno.EFBIG: DiskFault.FULL,  # the limit of the process (RLIMIT_FSIZE) or of the file system
    errno.EROFS: DiskFault.READ_ONLY,
    errno.EACCES: DiskFault.NOT_PERMITTED,
    errno.EPERM: DiskFault.NOT_PERMITTED,
}


def disk_fault(error: OSError) -> DiskFault:
    """Return the kind of fault a failed write met."""
    return _FAULTS.get(error.errno or 0, DiskFault.FAILED)
