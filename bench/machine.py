"""What processes cost: CPU from /proc, memory as PSS (shared pages divided among those who share them)."""

from pathlib import Path

import psutil


def family(pid: int) -> list[psutil.Process]:
    """The process and all its children."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def cpu_seconds(*pids: int) -> float:
    """CPU that these process families have used so far."""
    total = 0.0
    for pid in pids:
        for process in family(pid):
            used = process.cpu_times()
            total += used.user + used.system
    return total


def pss_mib(pid: int) -> float:
    """Memory of a process family in MiB."""
    total = 0
    for process in family(pid):
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024
