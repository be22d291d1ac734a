"""Other ways to the same film: the encoder alone, MoviePy, and FFmpeg as tutorials use it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ffmpeg

from assembly._ffmpeg import ffmpeg_path, run
from assembly.captions.files import to_srt
from assembly.encoding import CRF
from assembly.segments import segments
from assembly.timeline import SAMPLE_RATE, Timeline
from bench.film import FPS, HEIGHT, WIDTH, fonts_dir
from bench.spent import Spent, now, since

_CHUNK_S = 5


def encoder(film: Path, timeline: Timeline, folder: Path) -> Spent:
    """The encoder alone: our film's own frames, decoded into memory before the clock runs.

    Same settings, one process, as many threads as x264 likes on this machine; no disk, no drawing,
    no captions, no sound.
    """
    total = Spent(0.0, 0.0)
    told = dict(segments(timeline)[0].encoder)
    for part in range(round(timeline.duration_s / _CHUNK_S)):
        args: Any = ffmpeg.input(str(film), ss=part * _CHUNK_S, t=_CHUNK_S)
        decoded = args.video.output("pipe:", format="rawvideo", pix_fmt="yuv420p")
        frames = run(decoded.get_args()).data

        def pieces(data: bytes = frames) -> Iterator[memoryview]:
            size = WIDTH * HEIGHT * 3 // 2
            view = memoryview(data)
            for at in range(0, len(view), size):
                yield view[at : at + size]

        shape = {"format": "rawvideo", "pix_fmt": "yuv420p", "s": f"{WIDTH}x{HEIGHT}"}
        raw: Any = ffmpeg.input("pipe:", framerate=FPS, **shape)
        made = raw.output(str(folder / "encoder.mp4"), **told)
        begun = now()
        run(made.get_args(), pieces())
        total += since(begun)
    return total


def moviepy(python: Path, timeline: Timeline, folder: Path) -> Spent:
    """What the MoviePy program takes from its first line to the finished file."""
    (folder / "timeline.json").write_text(timeline.model_dump_json(), "utf-8")
    font = fonts_dir() / "SourceSansPro-Bold.ttf"
    program = Path(__file__).with_name("moviepy_film.py")
    begun = now()
    subprocess.run(
        [python, program, folder, font, folder / "moviepy.mp4"],
        check=True,
        env={**os.environ, "IMAGEIO_FFMPEG_EXE": ffmpeg_path(), "FFMPEG_BINARY": ffmpeg_path()},
    )
    return since(begun)


def plain(timeline: Timeline, folder: Path) -> Spent:
    """One FFmpeg command: each still looped, scaled up four times and zoomed, joined by xfade."""
    (folder / "plain.srt").write_text(to_srt(timeline.cues, FPS), "utf-8")
    inputs: list[str] = []
    graph: list[str] = []
    for number, shot in enumerate(timeline.shots):
        after = timeline.shots[number + 1].overlap if number + 1 < len(timeline.shots) else 0
        frames = shot.frames + shot.overlap // 2 + after // 2
        inputs += ["-loop", "1", "-framerate", str(FPS), "-t", f"{frames / FPS:.4f}"]
        inputs += ["-i", str(folder / shot.picture)]
        grown = f"0.06*on/{frames}"
        zoom = f"1+{grown}" if shot.motion == "push-in" else f"1.06-{grown}"
        graph.append(
            f"[{number}:v]scale={4 * WIDTH}:{4 * HEIGHT},zoompan=z='{zoom}':x='iw/2-iw/zoom/2'"
            f":y='ih/2-ih/zoom/2':d=1:s={WIDTH}x{HEIGHT}:fps={FPS},format=yuv420p[v{number}]"
        )
    joined = "v0"
    for number, shot in enumerate(timeline.shots[1:], 1):
        offset = (shot.start - shot.overlap / 2) / FPS
        length = f"duration={shot.overlap / FPS:.4f}:offset={offset:.4f}"
        graph.append(f"[{joined}][v{number}]xfade=transition=fade:{length}[x{number}]")
        joined = f"x{number}"
    graph.append(f"[{joined}]subtitles={folder / 'plain.srt'}:fontsdir={fonts_dir()}[shown]")
    first = len(timeline.shots)
    for number, narration in enumerate(timeline.narrations):
        inputs += ["-i", str(folder / narration.digest)]
        late = round(narration.start * 1000 / SAMPLE_RATE)
        graph.append(f"[{first + number}:a]adelay={late}:all=1[a{number}]")
    voices = "".join(f"[a{number}]" for number in range(len(timeline.narrations)))
    graph.append(
        f"{voices}amix=inputs={len(timeline.narrations)}:normalize=0,loudnorm=I=-16:TP=-1[heard]"
    )
    command = [
        *inputs, "-filter_complex", ";".join(graph), "-map", "[shown]", "-map", "[heard]",
        "-c:v", "libx264", "-preset", "veryfast", "-crf", str(CRF), "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-ar", "48000", "-t", f"{timeline.duration_s:.3f}",
        "-movflags", "+faststart", str(folder / "plain.mp4"),
    ]  # fmt: skip
    begun = now()
    run(command)
    return since(begun)
