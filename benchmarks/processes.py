"""What a command and all its descendants cost, read from Linux's /proc.

CPU time is user + system. Memory is PSS, in which a page shared by n processes counts 1/n in
each, so that the sum over a process pool is what the machine really gave; RSS, which counts
it n times, is kept beside it.
"""

import ctypes
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_PR_SET_CHILD_SUBREAPER = 36
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """A line of /proc/PID/stat. `started` (ticks since boot) tells reused ids apart."""

    pid: int
    parent: int
    session: int
    cpu_s: float
    reaped_cpu_s: float
    started: int


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of several processes together."""

    pss: int
    rss: int


def is_supported() -> bool:
    """Whether this system reports the proportional memory of a process."""
    return (_PROC / "self" / "smaps_rollup").exists()


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent ends, so that they can be waited for.

    prctl(2), PR_SET_CHILD_SUBREAPER.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def tree(root: int) -> list[Process]:
    """`root`, its descendants, and those of its session whose parents have gone."""
    everything = list(_all())
    found = {
        process.pid: process for process in everything if root in (process.pid, process.session)
    }
    grown = True
    while grown:
        children = [p for p in everything if p.parent in found and p.pid not in found]
        found.update((process.pid, process) for process in children)
        grown = bool(children)
    return list(found.values())


def tree_cpu_s(roots: Iterable[int]) -> float:
    """CPU seconds so far of the trees under `roots`, including reaped descendants."""
    return sum(p.cpu_s + p.reaped_cpu_s for root in roots for p in tree(root))


def cpu_of(pid: int | None) -> float:
    """CPU seconds so far of a process of one thread, to the nanosecond; 0 for None."""
    if pid is None:
        return 0.0
    return float((_PROC / str(pid) / "schedstat").read_text("ascii").split()[0]) / 1e9


def cpu_with_servers(roots: Iterable[int]) -> float:
    """CPU seconds of this process, and of those below the servers `roots`, which answer it."""
    answering = (each.pid for root in roots for each in tree(root) if each.pid != root)
    return time.process_time() + sum(map(cpu_of, answering))


def memory(pids: Iterable[int]) -> Memory:
    """Memory of the processes now; those that have ended count as zero."""
    pss = rss = 0
    for pid in pids:
        fields = _rollup(pid)
        pss += fields.get("Pss", 0)
        rss += fields.get("Rss", 0)
    return Memory(pss=pss, rss=rss)


def _all() -> Iterable[Process]:
    for name in os.listdir(_PROC):
        if name.isdecimal() and (process := _process(int(name))) is not None:
            yield process


def _process(pid: int) -> Process | None:
    """proc_pid_stat(5): the command's name, in brackets, may hold blanks and brackets."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    user, system, reaped_user, reaped_system = (int(field) for field in fields[11:15])
    return Process(
        pid=pid,
        parent=int(fields[1]),
        session=int(fields[3]),
        cpu_s=(user + system) / _TICKS_PER_S,
        reaped_cpu_s=(reaped_user + reaped_system) / _TICKS_PER_S,
        started=int(fields[19]),
    )


def _rollup(pid: int) -> dict[str, int]:
    """proc_pid_smaps(5), the rolled-up form: sizes in kB, here in bytes."""
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return {}
    pairs = (line.split()[:2] for line in lines)
    return {name.removesuffix(":"): int(size) * 1024 for name, size in pairs}
