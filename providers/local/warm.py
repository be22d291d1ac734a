"""A process that stays: engines that take long to load are asked again and again, one at a time.

It is asked in lines of JSON on its stdin and answers on its stdout: lines with a `step` or a
`note` while it works, then one with `done` or `failed`. It ends when this process does.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from providers.errors import Failed, Misconfigured

Hear = Callable[[str], None]
"""Is told what a process is doing, in a few words."""
_TAIL = 600
"""Characters of its last words that are told when it dies."""


class Refused(Exception):
    """The process answered that it could not; `kind` says whether trying again may help."""

    def __init__(self, sentence: str, kind: str, told: Mapping[str, Any]) -> None:
        super().__init__(sentence)
        self.kind, self.told = kind, told


class Died(Failed):
    """The process ended in the middle of its work."""


class Warm:
    """One such process, started when it is first asked and again after it has died."""

    def __init__(self, python: str, module: str) -> None:
        # -P keeps the working directory off the import path: a stranger's file cannot pose as ours.
        self._command = (python, "-P", "-m", module)
        # One thread: what is asked meanwhile waits, and takes no thread that others need.
        self._line = ThreadPoolExecutor(1, thread_name_prefix=module)
        self._process: subprocess.Popen[str] | None = None
        self._words: IO[str] | None = None
        self._ending = threading.Lock()

    async def ask(self, asked: Mapping[str, Any], hear: Hear) -> dict[str, Any]:
        """What it answers. Raises Refused, Died, or Misconfigured where it cannot be started.

        When the wait is called off while it works, it is ended: it knows no other way to stop.
        """
        loop = asyncio.get_running_loop()

        def tell(words: str) -> None:
            loop.call_soon_threadsafe(hear, words)

        job = self._line.submit(self._ask, asked, tell)
        answer = asyncio.wrap_future(job)
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            if not job.cancel() and not job.done():
                await asyncio.to_thread(self.end)
            # How it ended is nobody's news any more.
            await asyncio.gather(answer, return_exceptions=True)
            raise

    def end(self) -> None:
        """Ends the process, if there is one; the next question starts another."""
        with self._ending:
            if self._process is not None:
                self._process.kill()
                self._process.wait()
                for pipe in (self._process.stdin, self._process.stdout):
                    if pipe is not None:
                        pipe.close()
                self._process = None
            if self._words is not None:
                self._words.close()
                self._words = None

    def _ask(self, asked: Mapping[str, Any], tell: Hear) -> dict[str, Any]:
        process = self._started()
        if process.stdin is None or process.stdout is None:
            raise Died("the engine has no way to answer")
        try:
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                said: dict[str, Any] = json.loads(line)
                if "done" in said:
                    answer: dict[str, Any] = said["done"]
                    return answer
                if "failed" in said:
                    raise Refused(said["failed"], said.get("kind", ""), said)
                tell(said["note"] if "note" in said else f"step {said['step']} of {said['of']}")
        except (OSError, ValueError):
            # A pipe that broke, or was closed by `end`: how the process ended says why.
            pass
        raise Died(self._why())

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self.end()
            # Held open as long as this process: its last words say why it died.
            self._words = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
            try:
                self._process = subprocess.Popen(
                    self._command, text=True, encoding="utf-8", stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE, stderr=self._words, start_new_session=True,
                    env=os.environ | {"PYTHONUNBUFFERED": "1"},
                )  # fmt: skip
            except OSError as wrong:
                self.end()
                raise Misconfigured(f"{self._command[0]} cannot be started: {wrong}") from wrong
        return self._process

    def _why(self) -> str:
        process = self._process
        if process is None:
            return "the engine was ended"
        code = process.wait()
        words = ""
        if self._words is not None and not self._words.closed:
            self._words.seek(0)
            words = " ".join(self._words.read().split())[-_TAIL:]
        if code == -9:
            return "the engine was killed, as happens when a machine's memory is full"
        return f"the engine died ({code}): {words or 'without a word'}"


@functools.cache
def warm(python: str, module: str) -> Warm:
    """The process of `module`, one for all films of this run; `python` empty: this one."""
    process = Warm(python or sys.executable, module)
    atexit.register(process.end)
    return process
