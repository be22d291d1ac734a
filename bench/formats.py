"""What each codec costs, weighs and loses: `python -m bench.formats`."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from assembly.encoding import MASTER, Encoding
from assembly.join import join
from assembly.render import render_segment
from assembly.segments import Segment, segments
from assembly.sound.mix import mix
from assembly.timeline import Timeline
from bench.film import fonts_dir, script
from bench.quality import vmaf

KINDS = {
    "h264": Encoding(),
    "hevc": Encoding(codec="hevc"),
    "av1": Encoding(codec="av1", audio="opus"),
    "h264, draft": Encoding(is_draft=True),
    "master": MASTER,
}
SECONDS = 20.0
JUDGED = slice(1, 2)
"""Segments that are compared: the first scene's body. Comparing takes long."""


def main() -> None:
    """Prints a table: seconds, processor seconds, megabytes, VMAF (mean and 1st percentile)."""
    print("| | seconds | processor s | MB | Mbit/s | VMAF | worst 1 % |\n" + "|---" * 7 + "|")
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        film = script(SECONDS, folder, scenes=4)
        rows = {}
        for name, encoding in KINDS.items():
            told = film.model_copy(update={"encoding": encoding})
            began, worked = time.monotonic(), sum(os.times()[:4])
            size = assemble(told, folder)
            seconds, busy = time.monotonic() - began, sum(os.times()[:4]) - worked
            rate = size * 8 / 1e6 / told.duration_s
            rows[name] = f"{seconds:.1f} | {busy:.1f} | {size / 1e6:.1f} | {rate:.1f}"
        for name, row in rows.items():
            parts = segments(film.model_copy(update={"encoding": KINDS[name]}))
            mean, worst, _ = vmaf(list(parts[JUDGED]), folder)
            print(f"| {name} | {row} | {mean:.1f} | {worst:.1f} |", flush=True)


def assemble(film: Timeline, folder: Path) -> int:
    """Renders, mixes and joins; the size of the film's file in bytes."""
    never = threading.Event()
    parts = segments(film)
    files = [folder / f"part{number}" for number in range(len(parts))]

    def make(part: Segment, out: Path) -> None:
        render_segment(part, folder.joinpath, fonts_dir(), out, never)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make, parts, files))
    mix(film, folder.joinpath, folder / "sound", never)
    join(files, folder / "sound", film, folder / "film", never)
    return (folder / "film").stat().st_size


if __name__ == "__main__":
    main()
