"""What the sound track costs: processor seconds a film minute, and memory as films grow longer.

A film is mixed and encoded, then its track is measured as the check does, in a process of its own:
narrations as films keep them, and a piece of music at 44.1 kHz that goes on under all of it.

Run: python bench/sound.py
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import soundfile

# This file has a sibling of the package's name: the package is to be found first.
sys.path.insert(0, str(Path(__file__).parents[1]))

from assembly._ffmpeg import run
from assembly.check.listen import listen
from assembly.sound.mix import mix
from assembly.timeline import CaptionLook, FilmSpec, SceneMedia, Timeline, build_timeline
from bench.film import speech

SCENE_S = 7.5
VOICES = 8


def music(folder: Path) -> str:
    """A minute and a half of chords, as M4A."""
    moments = np.arange(90 * 44_100) / 44_100
    left = sum(0.15 * np.sin(2 * np.pi * hz * moments) for hz in (110, 220, 277.2, 329.6))
    right = sum(0.15 * np.sin(2 * np.pi * hz * moments) for hz in (110.5, 220, 276.8, 440))
    soundfile.write(folder / "music.wav", np.stack([left, right], 1), 44_100)
    run(["-i", str(folder / "music.wav"), "-b:a", "160k", str(folder / "music.m4a")])
    return "music.m4a"


def script(minutes: float, pieces: tuple[str, ...]) -> Timeline:
    """The film in integer frames; its narrations come round again."""
    scenes = [
        SceneMedia(
            id=f"s{n}", picture="p", speech=f"speech{n % VOICES}.wav", speech_s=SCENE_S - 0.7,
        )
        for n in range(round(minutes * 60 / SCENE_S))
    ]  # fmt: skip
    look = CaptionLook(font="Any")
    spec = FilmSpec(title="Sound", width=64, height=36, look=look, music=pieces)
    return build_timeline(scenes, spec)


def spent_s() -> float:
    """Processor seconds of this process and of those it has waited for."""
    own, others = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def tree_mb() -> float:
    """Memory of this process and its children; pages that several share are counted once."""
    own = os.getpid()
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, StopIteration):
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if own in (parent, int(process.name)):
                lines = (process / "smaps_rollup").read_text().splitlines()
                found += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return found / 1024


class Watch(threading.Thread):
    """Looks at the memory of the process tree four times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self.peak_mb = 0.0

    def run(self) -> None:
        while not self.ended.wait(0.25):
            self.peak_mb = max(self.peak_mb, tree_mb())


def one(minutes: float, pieces: tuple[str, ...], folder: Path) -> None:
    """Mixes and measures one film of the media in `folder`; prints what that took as JSON."""

    def media(digest: str) -> Path:
        return folder / digest

    timeline = script(minutes, pieces)
    out = folder / "sound.mp4"
    watch = Watch()
    watch.start()
    began, clock = spent_s(), time.perf_counter()
    heard = mix(timeline, media, out, threading.Event())
    mixed, mixed_clock = spent_s(), time.perf_counter()
    listen(out, timeline, media)
    checked = spent_s()
    watch.ended.set()
    told = {
        "mix_s": mixed - began,
        "clock_s": mixed_clock - clock,
        "check_s": checked - mixed,
        "peak_mb": watch.peak_mb,
        **heard.model_dump(),
    }
    print(json.dumps(told))


def main() -> None:
    """Prints a line per film: lengths of 1 and 20 minutes, with music and without."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--music", default="")
    asked = parser.parse_args()
    if asked.minutes:
        one(asked.minutes, (asked.music,) if asked.music else (), asked.folder)
        return
    with tempfile.TemporaryDirectory() as work:
        for number in range(VOICES):
            speech(number, SCENE_S - 0.7, Path(work))
        for minutes in (1, 20):
            for piece in ("", music(Path(work))):
                own = ["--minutes", str(minutes), "--folder", work, "--music", piece]
                command = [sys.executable, __file__, *own]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                told = json.loads(done.stdout)
                print(
                    f"{minutes:3d} min {'with music' if piece else 'voice only'}: processor a film "
                    f"minute: mix {told['mix_s'] / minutes:.2f} s, check "
                    f"{told['check_s'] / minutes:.2f} s; mix {told['clock_s']:.1f} s by the clock; "
                    f"peak memory {told['peak_mb']:.0f} MB; {told['integrated_lufs']} LUFS, "
                    f"{told['true_peak_dbtp']} dBTP"
                )


if __name__ == "__main__":
    main()
