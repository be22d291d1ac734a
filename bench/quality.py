"""How near the encoded picture is to the drawn one: VMAF, by FFmpeg's libvmaf."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np

from assembly import render
from assembly._ffmpeg import run
from assembly.captions import to_ass
from assembly.segments import Segment
from bench.film import fonts_dir


def vmaf(parts: list[Segment], folder: Path) -> tuple[float, float, int]:
    """(mean, 1st percentile, frames) of segments against themselves encoded without loss."""
    scores: list[float] = []
    for part in parts:
        made, exact, log = folder / "made.mp4", folder / "exact.mkv", folder / "vmaf.json"
        render.render_segment(part, folder.joinpath, fonts_dir(), made, threading.Event())
        script = folder / "exact.ass"
        told = render._command(part, script, fonts_dir(), made)
        if part.look is not None:
            size = part.width, part.height
            script.write_text(to_ass(part.cues, part.fps, part.look, *size), "utf-8")
        # The same frames through the same filters, into a codec that loses nothing.
        filtered = told[: told.index("-map") + 2]
        lossless = [*filtered, "-c:v", "ffv1", "-frames:v", str(part.frames)]
        run([*lossless, str(exact)], render._frames(part, folder.joinpath))
        # By their numbers: the two containers' clocks round differently.
        clocks = "".join(f"[{n}:v]settb=1/90000,setpts=N*3000[v{n}];" for n in (0, 1))
        compared = f"{clocks}[v0][v1]libvmaf=log_fmt=json:log_path={log}:n_threads=2"
        run(["-i", str(made), "-i", str(exact), "-lavfi", compared, "-f", "null", "-"])
        frames = json.loads(log.read_text("utf-8"))["frames"]
        if len(frames) != part.frames:
            raise SystemExit(f"{len(frames)} frames were encoded of {part.frames}")
        scores += [frame["metrics"]["vmaf"] for frame in frames]
    return float(np.mean(scores)), float(np.percentile(scores, 1)), len(scores)
