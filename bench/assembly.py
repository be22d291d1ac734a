"""Times the assembly of one minute of film against the encoder alone and against MoviePy.

One film is made three ways: 1920x1080, 30 frames a second, eight still cards that move slowly,
burned captions, speech-like sound. Every way writes H.264 with the same preset, quality and pixel
format.

ours       segments in two threads, the mix beside them, the join; nothing is kept from before
encoder    FFmpeg fed with finished frames by a process that does nothing else: our own film's
           frames, decoded into memory beforehand, a part at a time, so that no disk and no
           drawing is timed; same settings, all cores, one process
moviepy    bench/moviepy_film.py in its own environment: an idiomatic program for the same film

The ways take turns within each round, so that a busy machine slows all of them; the fastest round
of each counts. Processor seconds (of all processes) stand beside: where other work runs on the
machine, they are the steadier figure. The check of the finished film is timed apart.

Run: make bench
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
import soundfile
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

# This file has the package's name: the package is to be found first.
sys.path.insert(0, str(Path(__file__).parents[1]))

from assembly._ffmpeg import ffmpeg_path, run
from assembly.check import measure
from assembly.join import join
from assembly.render import engine, render_segment
from assembly.segments import CRF, PRESET, X264, segments
from assembly.sound import mix
from assembly.timeline import CaptionLook, FilmSpec, SceneMedia, Timeline, Word, build_timeline
from assembly.verdict import problems

WIDTH, HEIGHT, FPS = 1920, 1080, 30
SCENES = 8
CHUNK_S = 5
SENTENCE = (
    "A short sentence tells what the card shows, and the next one says why it matters; "
    "then there is a moment to look."
)


def fonts_dir() -> Path:
    """The folder of the family that the captions are set in."""
    found = find_spec("font_source_sans_pro")
    if found is None or found.submodule_search_locations is None:
        raise SystemExit("the font package font-source-sans-pro is missing: run make fast first")
    return Path(found.submodule_search_locations[0]) / "files"


def card(number: int, folder: Path) -> str:
    """A card as the film shows them: a soft ground, a heading, lines of text, a shape."""
    wide, high = round(WIDTH * 1.08), round(HEIGHT * 1.08)
    down, across = np.mgrid[0:high, 0:wide].astype(np.float32)
    shade = across / wide * 0.6 + down / high * 0.4
    tints = np.random.default_rng(number).integers(20, 90, (2, 3))
    ground = tints[0] + (tints[1] - tints[0]) * shade[..., None]
    image = Image.fromarray(ground.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    bold = ImageFont.truetype(str(fonts_dir() / "SourceSansPro-Bold.ttf"), wide // 18)
    plain = bold.font_variant(size=wide // 36)
    draw.text((wide * 0.09, high * 0.16), f"The {number + 1}. thing to know", "#ffffff", bold)
    for line in range(4):
        top = high * (0.36 + 0.09 * line)
        draw.ellipse([wide * 0.09, top + 14, wide * 0.09 + 24, top + 38], fill="#ffc857")
        draw.text((wide * 0.12, top), f"One point of several, number {line + 1}", "#e6e6e6", plain)
    draw.rounded_rectangle(
        [wide * 0.66, high * 0.32, wide * 0.9, high * 0.68], 40, fill="#2e86ab", outline="#ffffff"
    )
    image.save(folder / f"card{number}.png")
    return f"card{number}.png"


def speech(number: int, seconds: float, folder: Path) -> str:
    """Tones and breath in syllables, as a voice has them."""
    moments = np.arange(round(seconds * 24_000)) / 24_000
    pitch = 110 + 12 * np.sin(2 * np.pi * 0.4 * moments)
    phase = 2 * np.pi * np.cumsum(pitch) / 24_000
    voice = sum(np.sin(k * phase) / k for k in range(1, 12))
    breath = np.random.default_rng(number).normal(0, 0.15, len(moments))
    syllables = np.clip(np.sin(2 * np.pi * 2.1 * moments) + 0.5, 0, 1)
    soundfile.write(folder / f"speech{number}.wav", 0.15 * (voice + breath) * syllables, 24_000)
    return f"speech{number}.wav"


def script(seconds: float, folder: Path) -> Timeline:
    """The film in integer frames."""
    spoken = seconds / SCENES - 0.7
    words = SENTENCE.split()
    step = spoken / len(words)
    told = tuple(
        Word(text=word, start_s=i * step, end_s=(i + 0.9) * step) for i, word in enumerate(words)
    )
    motions = ("push-in", "pull-out")
    scenes = [
        SceneMedia(
            id=f"s{number}",
            title=f"Part {number + 1}",
            picture=card(number, folder),
            motion=motions[number % 2],
            speech=speech(number, spoken, folder),
            speech_s=spoken,
            words=told,
        )
        for number in range(SCENES)
    ]
    look = CaptionLook(font="Source Sans Pro")
    return build_timeline(
        scenes, FilmSpec(title="Bench", width=WIDTH, height=HEIGHT, fps=FPS, look=look)
    )


@dataclasses.dataclass(frozen=True, order=True)
class Spent:
    """Seconds by the clock, and by the processor for this process and its children."""

    clock: float
    processor: float

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.clock + other.clock, self.processor + other.processor)


def now() -> Spent:
    return Spent(time.perf_counter(), sum(os.times()[:4]))


def since(begun: Spent) -> Spent:
    """What was spent since `begun`; children count once they have ended."""
    ended = now()
    return Spent(ended.clock - begun.clock, ended.processor - begun.processor)


def ours(timeline: Timeline, folder: Path) -> tuple[Path, dict[str, float]]:
    """Makes the film as the pipeline does, with nothing kept from before."""
    never = threading.Event()
    parts = segments(timeline, engine(fonts_dir()))
    files = [folder / f"segment{order}.mp4" for order in range(len(parts))]
    marks = [time.perf_counter()]

    def render(order: int) -> None:
        render_segment(parts[order], folder.joinpath, fonts_dir(), files[order], never)

    with ThreadPoolExecutor(3) as pool:
        sound = pool.submit(mix, timeline, folder.joinpath, folder / "sound.mp4", never)
        with ThreadPoolExecutor(2) as renderers:
            list(renderers.map(render, range(len(parts))))
        sound.result()
    marks.append(time.perf_counter())
    join(files, folder / "sound.mp4", timeline, folder / "ours.mp4", never)
    marks.append(time.perf_counter())
    steps = ("render and mix", "join")
    spans = {step: b - a for step, a, b in zip(steps, marks, marks[1:], strict=False)}
    return folder / "ours.mp4", spans


def chunk(film: Path, start_s: float) -> bytes:
    """Finished frames of the film in memory."""
    args: Any = ffmpeg.input(str(film), ss=start_s, t=CHUNK_S)
    return run(args.video.output("pipe:", format="rawvideo", pix_fmt="yuv420p").get_args()).data


def encoder(film: Path, seconds: float, folder: Path) -> Spent:
    """What the encoder alone takes for the film's frames."""
    total = Spent(0.0, 0.0)
    for part in range(round(seconds / CHUNK_S)):
        frames = chunk(film, part * CHUNK_S)

        def pieces(data: bytes = frames) -> Iterator[memoryview]:
            size = WIDTH * HEIGHT * 3 // 2
            view = memoryview(data)
            for at in range(0, len(view), size):
                yield view[at : at + size]

        shape = {"format": "rawvideo", "pix_fmt": "yuv420p", "s": f"{WIDTH}x{HEIGHT}"}
        raw: Any = ffmpeg.input("pipe:", framerate=FPS, **shape)
        made = raw.output(
            str(folder / "encoder.mp4"), vcodec="libx264", preset=PRESET, crf=CRF,
            g=8 * FPS, pix_fmt="yuv420p", **{"profile:v": "high", "x264-params": X264},
        )  # fmt: skip
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


def main() -> None:
    """Runs the rounds and prints the table; with `--json`, writes the figures to a file too."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--moviepy", type=Path, default=Path(".venv.bench/bin/python"))
    options.add_argument("--json", type=Path)
    asked = options.parse_args()
    times: dict[str, list[Spent]] = {"ours": [], "encoder": [], "moviepy": [], "check": []}
    steps: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="reelwright-bench-") as work:
        folder = Path(work)
        timeline = script(asked.seconds, folder)
        for number in range(asked.rounds):
            begun = now()
            film, spans = ours(timeline, folder)
            times["ours"].append(since(begun))
            if times["ours"][-1] == min(times["ours"]):
                steps = spans
            times["encoder"].append(encoder(film, timeline.duration_s, folder))
            begun = now()
            measured = measure(film, timeline, folder.joinpath, fonts_dir())
            times["check"].append(since(begun))
            if faults := problems(measured, timeline):
                raise SystemExit("the film that was timed is not good: " + "; ".join(faults))
            # MoviePy takes minutes: once is enough to see a difference of several times.
            if number == 0 and asked.moviepy.exists():
                times["moviepy"].append(moviepy(asked.moviepy, timeline, folder))
        sizes = {p.stem: p.stat().st_size / 1e6 for p in folder.glob("*.mp4")}
    report({name: min(spent) for name, spent in times.items() if spent}, steps, sizes, timeline)
    if asked.json:
        told = {name: [dataclasses.asdict(one) for one in all_] for name, all_ in times.items()}
        asked.json.write_text(json.dumps({"times": told, "steps": steps}, indent=1), "utf-8")


def compared(own: float, other: float) -> str:
    """How much longer or shorter ours takes than another way."""
    return f"{own / other:.2f} of it" if own >= other else f"{other / own:.1f}x faster"


def report(
    best: dict[str, Spent], steps: dict[str, float], sizes: dict[str, float], timeline: Timeline
) -> None:
    """Prints the table of times and ratios."""
    table = Table(title=f"{timeline.duration_s:.0f} s of 1080p30, {os.cpu_count()} cores")
    for column in ("way", "seconds", "frames/s", "ours is", "processor s", "ours is", "MB"):
        table.add_column(column, justify="left" if column == "way" else "right")
    for name in ("ours", "encoder", "moviepy"):
        if name in best:
            spent = best[name]
            size = f"{sizes[name]:.1f}" if name != "encoder" else ""
            clock = compared(best["ours"].clock, spent.clock) if name != "ours" else ""
            work = compared(best["ours"].processor, spent.processor) if name != "ours" else ""
            rate = f"{timeline.frames / spent.clock:.0f}"
            row = f"{spent.clock:.1f}", rate, clock, f"{spent.processor:.1f}", work, size
            table.add_row(name, *row)
    console = Console()
    console.print(table)
    console.print("ours: " + ", ".join(f"{name} {taken:.1f} s" for name, taken in steps.items()))
    check = best["check"]
    share = check.processor / best["ours"].processor
    console.print(
        f"check of the finished film: {check.clock:.1f} s, {check.processor:.1f} s of processor "
        f"({share:.0%} of making it)"
    )


if __name__ == "__main__":
    main()
