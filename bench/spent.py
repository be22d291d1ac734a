"""What work takes: seconds by the clock and by the processor, and memory of all its processes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Spent:
    """Seconds by the clock, and by the processor for this process and its children."""

    clock: float
    processor: float

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.clock + other.clock, self.processor + other.processor)


def now() -> Spent:
    """Where both clocks stand."""
    return Spent(time.perf_counter(), sum(os.times()[:4]))


def since(begun: Spent) -> Spent:
    """What was spent since `begun`; children count once they have ended."""
    ended = now()
    return Spent(ended.clock - begun.clock, ended.processor - begun.processor)


def _family(root: int) -> Iterator[int]:
    """The process and all below it. Children are told per thread, so all threads are asked."""
    yield root
    with contextlib.suppress(OSError):
        for told in Path(f"/proc/{root}/task").glob("*/children"):
            for child in map(int, told.read_text().split()):
                # Until it has become its own program, a child is seen with its parent's memory.
                if _program(child) != _program(root):
                    yield from _family(child)


def _program(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()


def _share_mb(process: int) -> float:
    """Proportional set size: what is shared counts once over all who share it."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1e3
    return 0.0


def peak_mb(command: list[str]) -> tuple[float, Spent]:
    """Runs a command; the most memory its whole process tree held at once, ten times a second."""
    begun, most = now(), 0.0
    ended = threading.Event()
    child = subprocess.Popen(command)

    def watch() -> None:
        nonlocal most
        while not ended.wait(0.1):
            most = max(most, sum(_share_mb(one) for one in set(_family(child.pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = child.wait()
    ended.set()
    watcher.join()
    if code:
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return most, since(begun)
