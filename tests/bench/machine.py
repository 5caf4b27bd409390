"""What the figures were taken on, and whether there is room."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

from config.stack.data import ROOT
from config.stack.errors import StackError
from config.stack.servers import short_temporary

BYTES_A_CASE = 13_000  # with its messages, clocks, indexes and the log of writing them


def machine() -> dict[str, object]:
    return {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "memory GiB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "files on": _file_system(short_temporary()),
        "system": platform.platform(),
        "python": platform.python_version(),
        "commit": _commit(),
        "load": " ".join(f"{one:.1f}" for one in os.getloadavg()),
    }


def need_room(cases: int) -> None:
    needed = cases * BYTES_A_CASE + 2**30
    free = shutil.disk_usage(short_temporary()).free
    if free < needed:
        raise StackError(
            f"{cases:,} cases need about {needed / 2**30:.0f} GiB, {short_temporary()} has {free / 2**30:.0f}: "
            "choose smaller ones in BENCH_SIZES, or another folder in TMPDIR"
        )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _file_system(folder: Path) -> str:
    """Durable commits mean nothing on a disk in memory, so it is said."""
    if not Path("/proc/mounts").exists():
        return "unknown"
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    above = [(len(place), kind) for _device, place, kind, *_rest in mounts if folder.resolve().is_relative_to(place)]
    return max(above)[1]


def _commit() -> str:
    said = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return said.stdout.strip() or "unknown"
