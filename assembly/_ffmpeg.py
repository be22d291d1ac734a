"""The one place in this package that starts processes."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import re
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import IO, cast

import imageio_ffmpeg

from assembly.errors import Cancelled, FFmpegError, FFmpegKilled

_GLOBAL = ("-hide_banner", "-nostats", "-y", "-loglevel", "level+info")
_PIPE_BYTES = 1 << 20
_KEPT_LINES, _LAST_LINES = 400, 12

__all__ = ["Output", "ffmpeg_path", "ffmpeg_version", "pieces", "run"]


@dataclass(frozen=True)
class Output:
    """What a finished FFmpeg wrote: its standard output and its log lines."""

    data: bytes
    log: tuple[str, ...]


def ffmpeg_path() -> str:
    """The FFmpeg binary: `FFMPEG_BINARY` when set, else the pinned static build."""
    return os.environ.get("FFMPEG_BINARY") or imageio_ffmpeg.get_ffmpeg_exe()


@functools.cache
def ffmpeg_version() -> str:
    """The version word FFmpeg prints first, such as `n9.0.2-17-g2a571b6068-20260930`."""
    told = run(["-version"]).data.decode(errors="replace")
    found = re.match(r"ffmpeg version (\S+)", told)
    return found.group(1) if found else "unknown"


def _feed(
    pipe: IO[bytes], chunks: Iterable[bytes | memoryview], failures: list[BaseException]
) -> None:
    """Writes the chunks and closes the pipe; a failing source is remembered for the caller."""
    try:
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                rest = rest[pipe.write(rest) :]
    except (BrokenPipeError, ValueError):
        # FFmpeg ended first: its return code tells why.
        pass
    except BaseException as failure:  # noqa: BLE001  it is raised again by run()
        failures.append(failure)
    finally:
        with contextlib.suppress(OSError, ValueError):
            pipe.close()


def _widen(pipe: IO[bytes]) -> None:
    """Lets the pipe hold more, where the system can: fewer switches between the two processes."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def run(
    args: Sequence[str],
    stdin: Iterable[bytes | memoryview] | None = None,
    cancel: threading.Event | None = None,
) -> Output:
    """Runs FFmpeg with `args` (without the binary) and waits for it.

    The process is killed when `cancel` is set or the source of `stdin` fails.
    Raises FFmpegError when FFmpeg fails, Cancelled when told to stop.
    """
    command = (ffmpeg_path(), *_GLOBAL, *(() if stdin is not None else ("-nostdin",)), *args)
    child = _start(command, subprocess.PIPE if stdin is not None else subprocess.DEVNULL)
    assert child.stdout is not None  # noqa: S101
    assert child.stderr is not None  # noqa: S101
    out, stderr = child.stdout, child.stderr
    data = bytearray()
    log: deque[str] = deque(maxlen=_KEPT_LINES)
    failures: list[BaseException] = []

    def read_out() -> None:
        while chunk := out.read(_PIPE_BYTES):
            data.extend(chunk)

    threads = [
        threading.Thread(target=read_out),
        threading.Thread(target=log.extend, args=(_lines(stderr),)),
    ]
    if stdin is not None and child.stdin is not None:
        _widen(child.stdin)
        threads.append(threading.Thread(target=_feed, args=(child.stdin, stdin, failures)))
    try:
        for thread in threads:
            thread.start()
        while child.poll() is None and not failures:
            if cancel is not None and cancel.is_set():
                raise Cancelled("stopped while FFmpeg was at work")
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=0.1)
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
        for thread in threads:
            thread.join()
        out.close()
        stderr.close()
    if failures:
        raise failures[0]
    _refuse_failure(child, command, log)
    return Output(bytes(data), tuple(log))


def pieces(
    args: Sequence[str], size: int, cancel: threading.Event | None = None
) -> Generator[bytes, None, None]:
    """What FFmpeg writes to its standard output, in pieces of `size` bytes, as it comes.

    A rest that is shorter is left out. The process is ended when `cancel` is set or the iterator is
    closed. Raises FFmpegError when FFmpeg fails, Cancelled when told to stop.
    """
    command = (ffmpeg_path(), *_GLOBAL, "-nostdin", *args)
    child = _start(command, subprocess.DEVNULL)
    assert child.stdout is not None  # noqa: S101
    assert child.stderr is not None  # noqa: S101
    log: deque[str] = deque(maxlen=_KEPT_LINES)
    reader = threading.Thread(target=log.extend, args=(_lines(child.stderr),))
    try:
        reader.start()
        _widen(child.stdout)
        with io.BufferedReader(cast("io.RawIOBase", child.stdout), _PIPE_BYTES) as out:
            while len(piece := out.read(size)) == size:
                if cancel is not None and cancel.is_set():
                    raise Cancelled("stopped while FFmpeg was at work")
                yield piece
        child.wait()
    finally:
        child.kill()
        child.wait()
        reader.join()
        child.stderr.close()
    _refuse_failure(child, command, log)


def _start(command: tuple[str, ...], stdin: int) -> subprocess.Popen[bytes]:
    """Raises FFmpegError where there is no such program."""
    try:
        return subprocess.Popen(
            command, bufsize=0, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as error:
        raise FFmpegError(command, (f"cannot start: {error.strerror}",)) from error


def _refuse_failure(
    child: subprocess.Popen[bytes], command: tuple[str, ...], log: Iterable[str]
) -> None:
    if child.returncode < 0:
        name = signal.Signals(-child.returncode).name
        raise FFmpegKilled(command, (f"it was killed ({name}); memory may have run out",))
    if child.returncode != 0:
        lines = list(log)
        bad = [line for line in lines if line.startswith(("[error]", "[fatal]", "[panic]"))]
        raise FFmpegError(command, tuple((bad or lines)[-_LAST_LINES:]))


def _lines(pipe: IO[bytes]) -> Iterable[str]:
    """Text lines of an unbuffered pipe; FFmpeg's context prefixes are left off."""
    rest = b""
    while chunk := pipe.read(1 << 16):
        *whole, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
        for line in whole:
            yield _plain(line)
    if rest:
        yield _plain(rest)


def _plain(line: bytes) -> str:
    return re.sub(r"^(\[\S+ @ 0x[0-9a-f]+\] )+", "", line.decode(errors="replace"))
