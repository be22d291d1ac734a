from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assembly._ffmpeg import ffmpeg_version, run
from assembly.errors import Cancelled, FFmpegError

ENDLESS = ["-re", "-f", "lavfi", "-i", "testsrc=s=64x64", "-f", "null", "-"]


def test_the_version_is_one_word() -> None:
    assert len(ffmpeg_version().split()) == 1
    assert ffmpeg_version() != "unknown"


def test_a_failure_holds_the_command_and_says_why() -> None:
    with pytest.raises(FFmpegError, match="No such file") as caught:
        run(["-i", "absent.mp4", "-f", "null", "-"])
    assert "absent.mp4" in caught.value.command


def test_a_failure_travels_between_processes() -> None:
    error = FFmpegError(("ffmpeg", "-i"), ("line",))
    again = pickle.loads(pickle.dumps(error))
    assert (again.command, again.last_lines, str(again)) == (
        error.command,
        error.last_lines,
        str(error),
    )


def test_a_missing_binary_is_told_plainly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FFMPEG_BINARY", str(tmp_path / "none"))
    with pytest.raises(FFmpegError, match="cannot start"):
        run(["-version"])


def test_the_process_is_ended_when_told_to_stop() -> None:
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        run(ENDLESS, None, cancel)
    assert time.monotonic() - begun < 5


def test_a_failing_source_ends_the_process_and_is_raised_as_itself() -> None:
    def frames() -> Iterator[bytes]:
        yield b"\0" * 6144
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        run(["-f", "rawvideo", "-s", "64x64", "-i", "pipe:", "-f", "null", "-"], frames())
