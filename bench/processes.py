"""What lies below a process: who, how much processor time, how much memory. Linux."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import NamedTuple

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Process(NamedTuple):
    """One process; `processor_s` holds what its ended children took, too."""

    pid: int
    parent: int
    processor_s: float


def below(*roots: int) -> list[Process]:
    """The processes and all that they started, first to last."""
    found = {one.pid: one for one in map(_read, Path("/proc").glob("[0-9]*")) if one}
    tree = [found[root] for root in roots if root in found]
    for one in tree:
        tree += [other for other in found.values() if other.parent == one.pid]
    return tree


def processor_s(*roots: int) -> float:
    """Processor seconds of processes and all below them that run or were waited for."""
    return sum(one.processor_s for one in below(*roots))


def resident_mb(pid: int) -> float:
    """Memory that a process holds, shared pages by their share; 0 for one that is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1e3
    return 0.0


def command_of(pid: int) -> list[str]:
    """A process's command line; empty for one that is gone."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    return []


def environment_of(pid: int) -> dict[str, str]:
    """What a process was told when it began."""
    told = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(pair.split("=", 1) for pair in told if "=" in pair)


def kill(root: int) -> int:
    """Kills a process and all below it, as losing its machine would; how many there were."""
    tree = below(root)
    for one in tree:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one.pid, signal.SIGKILL)
    return len(tree)


def _read(folder: Path) -> Process | None:
    try:
        told = (folder / "stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return Process(int(folder.name), int(told[1]), sum(map(int, told[11:15])) * _TICK_S)
