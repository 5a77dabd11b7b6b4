"""Memory left on the machine and within cgroups; return of freed memory."""

import ctypes
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

# Files of a cgroup with its limit and use, and the lines of ``memory.stat`` with pages of files, which the kernel takes
# back before it ends a process. Source: kernel documentation, admin-guide/cgroup-v2 and cgroup-v1/memory, 2026-12-01.
_SECOND: Final = ("memory.max", "memory.current", ("inactive_file", "active_file"))
_FIRST: Final = ("memory.limit_in_bytes", "memory.usage_in_bytes", ("total_inactive_file", "total_active_file"))
_KILO: Final = 1024

# Number of mallopt's parameter, and the size of an allocation from which it is mapped by itself. The C library raises
# the size when such a one is freed, and then keeps tens of unused megabytes.
_MMAP_THRESHOLD: Final = -3
_MAPPED_BYTES: Final = 4_000_000
# With a size of one's own, 128 KB of free memory at the end of the heap go back at once: every question would take them
# again, page by page, a tenth of its processor time.
_TRIM_THRESHOLD: Final = -1
_KEPT_BYTES: Final = 8_000_000


def available_memory(*, proc: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Return the bytes this process may still take without swap; None where the system does not say."""
    left = [*_of_machine(proc), *_of_groups(proc, cgroups)]
    return max(0, min(left)) if left else None


def _of_machine(proc: Path) -> Iterator[int]:
    for line in _lines_of(proc / "meminfo"):
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            yield int(value.split()[0]) * _KILO


def _of_groups(proc: Path, cgroups: Path) -> Iterator[int]:
    """Yield the bytes left in each cgroup of this process that has a limit, of both versions."""
    for line in _lines_of(proc / "self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if not controllers:
            roots, names = (cgroups, cgroups / "unified"), _SECOND
        elif "memory" in controllers.split(","):
            roots, names = (cgroups / "memory", cgroups), _FIRST
        else:
            continue
        for root in roots:
            folder = root / path.lstrip("/")
            # In a container the path may be the host's, and only the group at the root is visible.
            for group in (folder, *(parent for parent in folder.parents if parent.is_relative_to(root))):
                yield from _of_group(group, *names)


def _of_group(group: Path, limit: str, used: str, files: tuple[str, ...]) -> Iterator[int]:
    with suppress(ValueError):  # no limit: "max", or no such file
        most, taken = int("".join(_lines_of(group / limit))), int("".join(_lines_of(group / used)))
        pages = dict(line.split(" ", 1) for line in _lines_of(group / "memory.stat"))
        yield most - taken + sum(int(pages.get(name, 0)) for name in files)


def _lines_of(file: Path) -> list[str]:
    try:
        return file.read_text("ascii").splitlines()
    except OSError:
        return []


def map_large_allocations() -> None:
    """Let each large array be mapped by itself, so that its memory goes back when it is freed."""
    adjust = getattr(ctypes.CDLL(None), "mallopt", None)
    if adjust is not None:
        adjust(_MMAP_THRESHOLD, _MAPPED_BYTES)
        adjust(_TRIM_THRESHOLD, _KEPT_BYTES)


def release_memory() -> None:
    """Return freed memory to the system where the C library can."""
    # The data unpacked for the build is several times the result.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
