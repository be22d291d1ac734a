"""How near the encoded picture is to the drawn one: VMAF, by FFmpeg's libvmaf."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np

from assembly import render
from assembly._ffmpeg import run
from assembly.captions.letters import Letters
from assembly.holds import changes
from assembly.segments import Segment
from bench.film import fonts_dir


def vmaf(parts: list[Segment], folder: Path) -> tuple[float, float, int]:
    """(mean, 1st percentile, frames) of segments against themselves encoded without loss."""
    scores: list[float] = []
    for part in parts:
        made, exact, log = folder / "made.mp4", folder / "exact.mkv", folder / "vmaf.json"
        render.render_segment(part, folder.joinpath, fonts_dir(), made, threading.Event())
        # The same frames into a codec that loses nothing.
        starts = changes(part)
        letters = Letters(part, fonts_dir(), folder)
        frames = render.drawn(part, starts, folder.joinpath, letters)
        shape = {"format": "rawvideo", "pix_fmt": "yuv420p", "s": f"{part.width}x{part.height}"}
        raw: Any = ffmpeg.input("pipe:", framerate=part.fps, **shape)
        # Where colours are named in one of two streams only, FFmpeg converts what it compares.
        colors = dict.fromkeys(("color_primaries", "color_trc", "colorspace"), "bt709")
        named = raw.filter("setparams", range="tv", **colors)
        args = named.output(str(exact), vcodec="ffv1").get_args()
        run(args, (canvas.data for numbers, canvas in frames for _ in numbers))
        # By their numbers: the two containers' clocks round differently.
        clocks = "".join(f"[{n}:v]settb=1/90000,setpts=N*3000[v{n}];" for n in (0, 1))
        compared = f"{clocks}[v0][v1]libvmaf=log_fmt=json:log_path={log}:n_threads=2"
        run(["-i", str(made), "-i", str(exact), "-lavfi", compared, "-f", "null", "-"])
        frames = json.loads(log.read_text("utf-8"))["frames"]
        if len(frames) != part.frames:
            raise SystemExit(f"{len(frames)} frames were encoded of {part.frames}")
        scores += [frame["metrics"]["vmaf"] for frame in frames]
    return float(np.mean(scores)), float(np.percentile(scores, 1)), len(scores)
