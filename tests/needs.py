"""System parts of the tests: installs them on Debian as root, else names the packages. Needs Python alone.

``make test`` runs it first. Tests that find a part missing when pytest is called directly use its sentence.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CHROMIUM = "chromium"
STRACE = "strace"
NGINX = "nginx"
SYSTEMD_ANALYZE = "systemd-analyze"
PROMTOOL = "promtool"
PACKAGES = {
    CHROMIUM: ("chromium", "fonts-liberation"),
    STRACE: ("strace",),
    NGINX: ("nginx",),
    SYSTEMD_ANALYZE: ("systemd",),
    PROMTOOL: ("prometheus",),
}
"""Debian packages of each program."""

ADMIN_PROGRAMS = "/usr/sbin"
"""Where nginx lies; not on everybody's PATH."""

NODE = Path(sys.executable).with_name("node")
"""Node of the tests, from PyPI: ``make setup`` links it beside Python."""


def found(program: str) -> str | None:
    """Return where a program is. ``CHROMIUM`` in the environment names another browser."""
    named = (os.environ.get("CHROMIUM") or CHROMIUM) if program == CHROMIUM else program
    return shutil.which(named) or shutil.which(named, path=ADMIN_PROGRAMS)


def sentence(programs: Sequence[str]) -> str:
    """Return what to do about missing programs, for the reader of a test run."""
    if CHROMIUM in programs and (named := os.environ.get("CHROMIUM")):
        return f"CHROMIUM names {named}, and there is no such program."
    packages = " ".join(package for program in programs for package in PACKAGES[program])
    other = " Another browser: make test CHROMIUM=/its/path." if CHROMIUM in programs else ""
    return f"The tests need {', '.join(programs)}. As root: apt-get install {packages}{other and '.'}{other}"


def missing(programs: Sequence[str] = tuple(PACKAGES)) -> list[str]:
    """Return the programs that are not there."""
    return [program for program in programs if found(program) is None]


def provide(*, root: bool) -> str:
    """Install missing parts where that is possible; return the sentence about those still missing, or nothing."""
    absent = missing()
    if root and shutil.which("apt-get") and not (CHROMIUM in absent and os.environ.get("CHROMIUM")):
        packages = [package for program in absent for package in PACKAGES[program]]
        if packages:
            sys.stderr.write(f"Installing {' '.join(packages)} for the tests (once)\n")
            _apt_get("update")
            _apt_get("install", "--yes", "--no-install-recommends", *packages)
            absent = missing()
    return sentence(absent) if absent else ""


def _apt_get(*words: str) -> None:
    """Run apt-get; only its faults are shown."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", "-qq", *words], env=quiet, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr)


if __name__ == "__main__":
    sys.exit(provide(root=os.geteuid() == 0) or None)
