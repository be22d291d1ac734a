"""Processes that are kept running: started again when they end, and ended with all they started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from flows.cli.desk import plain

AGAIN_S = (0.5, 2.0, 5.0, 10.0)
"""Pauses before a child that ended by itself is started again."""
LONGEST_LOG_BYTES = 20_000_000
STEADY_S = 60.0
"""A child that ran for so long starts its pauses anew."""


class Child:
    """A process that is kept running; it leads a group of its own, which ends with it.

    What it says goes to a file in `logs`.
    """

    def __init__(
        self, name: str, command: list[str], environment: dict[str, str], logs: Path
    ) -> None:
        self.name, self._command, self._environment = name, command, environment
        self._log = logs / f"{name.replace(' ', '-')}.log"
        self._deaths = 0
        self._began = self._again_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._began = time.monotonic()
        self._log.parent.mkdir(parents=True, exist_ok=True)
        if self._log.exists() and self._log.stat().st_size > LONGEST_LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def tend(self) -> None:
        """Starts it again when it has ended, after a pause that grows."""
        if self._process is None or self._process.poll() is None:
            return
        now = time.monotonic()
        if not self._again_at:
            self._deaths = 0 if now - self._began > STEADY_S else self._deaths + 1
            pause_s = AGAIN_S[min(self._deaths, len(AGAIN_S)) - 1] if self._deaths else AGAIN_S[0]
            self._again_at = now + pause_s
            ended = f"{self.name} ended ({self._process.returncode}), see {self._log}"
            plain(f"{ended}; it is started again")
        elif now >= self._again_at:
            self._again_at = 0.0
            self.start()

    def ask_to_stop(self) -> None:
        self._signal(signal.SIGTERM)

    def stop(self, until: float) -> None:
        """Waits until it has ended; from `until` on (monotonic) it is killed, and its children."""
        if self._process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, until - time.monotonic()))
        self._signal(signal.SIGKILL)
        self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
