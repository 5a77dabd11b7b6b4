"""Processor time of other processes, as Linux counts it."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds_of(pid: int) -> float:
    """Return what a process has used so far, without its children."""
    times = _times(Path(f"/proc/{pid}"))
    return times[1] if times is not None else 0.0


def cpu_seconds_of_server(data: Path) -> float:
    """Return what the PostgreSQL server over ``data`` has used so far, all its processes, those that ended too."""
    postmaster = int((data / "postmaster.pid").read_text().split()[0])
    used = 0.0
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and (times := _times(place)) is not None:
            parent, own, ended = times
            if int(place.name) == postmaster:
                used += own + ended
            elif parent == postmaster:
                used += own
    return used


def _times(place: Path) -> tuple[int, float, float] | None:
    """Return a process's parent, its own time and that of its children that ended; None: it is gone."""
    try:
        fields = (place / "stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    own, ended = (sum(map(int, fields[start : start + 2])) / _TICKS for start in (11, 13))
    return int(fields[1]), own, ended
