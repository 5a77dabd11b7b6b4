"""Run a program under the kernel rules of a systemd unit, without systemd: its system calls, families and memory.

``python tests/confined.py UNIT PROGRAM ARGUMENT…``. Needs no root and no more than libseccomp, which every Debian has.
What the unit forbids is refused with EPERM, as under systemd; files, users and devices stay as they are.
"""

import ctypes
import errno
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

UNITS: Final = {name: Path(__file__).parents[1] / "docs/examples" / f"{name}.service" for name in ("heia", "heia-work")}
"""The units of the documentation."""

ALLOW: Final = 0x7FFF0000
REFUSE: Final = 0x00050000
EQUAL, MASKED = 4, 7
PR_SET_NO_NEW_PRIVS, PR_SET_MDWE = 38, 65
NAMESPACES: Final = (0x00000080, 0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
WRITE_AND_EXECUTE, EXECUTE, SHM_EXEC = 0x6, 0x4, 0o100000
SET_USER_OR_GROUP_ID: Final = (0o4000, 0o2000)
MAX_FAMILIES: Final = 64

Condition = tuple[int, int, int, int]
"""Number of an argument, comparison, and what it is compared with."""


class _Condition(ctypes.Structure):
    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


def directives(unit: str) -> Mapping[str, Sequence[str]]:
    """Return the values of each directive of a unit's text, in order."""
    found: dict[str, list[str]] = {}
    for line in unit.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def members(group: str) -> Iterator[str]:
    """Yield the system calls of a group such as ``@system-service``, as this systemd defines it."""
    if not group.startswith("@"):
        yield group
        return
    shown = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", group], capture_output=True, text=True, check=True
    ).stdout
    for line in shown.splitlines()[1:]:
        if (word := line.strip()) and not word.startswith("#"):
            yield from members(word)


def allowed_calls(lines: Sequence[str]) -> frozenset[str]:
    """Return what the ``SystemCallFilter=`` lines allow: a list, then what ``~`` takes from it."""
    allowed = set(members("@default"))
    for line in lines:
        named = {call for word in line.removeprefix("~").split() for call in members(word)}
        allowed = allowed - named if line.startswith("~") else allowed | named
    return frozenset(allowed)


class Filter:
    """One seccomp filter; the kernel asks all that are loaded, and the strictest wins."""

    def __init__(self, default: int) -> None:
        self._lib: Any = ctypes.CDLL("libseccomp.so.2")
        self._lib.seccomp_init.restype = ctypes.c_void_p
        self._filter = ctypes.c_void_p(self._lib.seccomp_init(ctypes.c_uint32(default)))

    def add(self, action: int, call: str, *conditions: Condition) -> None:
        """Add a rule. A call that this processor does not have is passed over."""
        number = self._lib.seccomp_syscall_resolve_name(call.encode())
        if number < 0:
            return
        given = (_Condition * max(1, len(conditions)))(*conditions)
        failed = self._lib.seccomp_rule_add_array(
            self._filter, ctypes.c_uint32(action), ctypes.c_int(number), ctypes.c_uint(len(conditions)), given
        )
        # A rule that says the same as the default is superfluous, not wrong.
        if failed and -failed != errno.EACCES:
            raise OSError(-failed, call)

    def load(self) -> None:
        if failed := self._lib.seccomp_load(self._filter):
            raise OSError(-failed, "seccomp_load")


def behind(name: str) -> tuple[str, ...]:
    """Return the command that runs a program behind one of ``UNITS``."""
    return (sys.executable, __file__, str(UNITS[name]))


def confine(unit: str) -> None:
    """Take from this process, and from all it starts, what the unit does not allow."""
    told = directives(unit)
    libc = ctypes.CDLL(None, use_errno=True)
    calls = allowed_calls(told["SystemCallFilter"])
    details = Filter(ALLOW)
    families = {getattr(socket, name) for line in told["RestrictAddressFamilies"] for name in line.split()}
    for family in set(range(MAX_FAMILIES)) - families:
        details.add(REFUSE | errno.EAFNOSUPPORT, "socket", (0, EQUAL, family, 0))
    if told["MemoryDenyWriteExecute"] == ["true"]:
        _deny_new_code(details)
        # Kernels before 6.3 do not know it; the rules above hold there, too.
        libc.prctl(PR_SET_MDWE, 1, 0, 0, 0)
    if told["RestrictNamespaces"] == ["true"]:
        for flag in NAMESPACES:
            details.add(REFUSE | errno.EPERM, "unshare", (0, MASKED, flag, flag))
            details.add(REFUSE | errno.EPERM, "clone", (0, MASKED, flag, flag))
        details.add(REFUSE | errno.EPERM, "setns")
        details.add(REFUSE | errno.ENOSYS, "clone3")  # its flags cannot be looked at; the C library then uses clone
    if told["RestrictSUIDSGID"] == ["true"]:
        for bit in SET_USER_OR_GROUP_ID:
            details.add(REFUSE | errno.EPERM, "chmod", (1, MASKED, bit, bit))
            details.add(REFUSE | errno.EPERM, "fchmod", (1, MASKED, bit, bit))
            details.add(REFUSE | errno.EPERM, "fchmodat", (2, MASKED, bit, bit))
    service = Filter(REFUSE | errno.EPERM)
    for call in sorted(calls):
        service.add(ALLOW, call)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "PR_SET_NO_NEW_PRIVS")
    details.load()
    service.load()


def _deny_new_code(rules: Filter) -> None:
    rules.add(REFUSE | errno.EPERM, "mmap", (2, MASKED, WRITE_AND_EXECUTE, WRITE_AND_EXECUTE))
    for call in ("mprotect", "pkey_mprotect"):
        rules.add(REFUSE | errno.EPERM, call, (2, MASKED, EXECUTE, EXECUTE))
    rules.add(REFUSE | errno.EPERM, "shmat", (2, MASKED, SHM_EXEC, SHM_EXEC))


if __name__ == "__main__":
    confine(Path(sys.argv[1]).read_text("utf-8"))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606  a shell would be one more program to confine
