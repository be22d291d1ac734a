"""Every figure of how fast and how well films are put together, each with its aim, from one run.

One film is made in several ways: 1920x1080, 30 frames a second, still cards that move slowly,
burned captions, speech-like sound. Ways that are compared take turns, and the fastest round of each
counts. Processor seconds (of all processes) stand beside: where other work runs on the machine,
they are the steadier figure.

Run: make bench, or .venv/bin/python -m bench [--quick] [FIGURE ...]. MoviePy needs .venv.bench.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from assembly.check.measuring import measure
from assembly.check.verdict import problems
from assembly.render import engine
from assembly.segments import segments
from bench.edits import edited, last_asset
from bench.film import fonts_dir, script
from bench.ours import ours
from bench.quality import vmaf
from bench.rivals import encoder, moviepy, plain
from bench.spent import Spent, now, peak_mb, since

_MOVES = ("push-in", "pan-left", "pull-out", "drift")


class Figure(NamedTuple):
    """A line of the table: what was measured, how it came out, what it should be."""

    name: str
    value: str
    aim: str
    how: str = ""


class Lengths(NamedTuple):
    """How much is made: seconds of film, rounds, minutes of the long film for memory."""

    film_s: float
    rounds: int
    edits_s: float
    long_min: float


def _both(own: Spent, other: Spent) -> tuple[str, str]:
    """Ours by the other's, by clock and by processor; and the seconds they come from."""
    ratio = f"{own.clock / other.clock:.3f} (processor {own.processor / other.processor:.3f})"
    told = f"{own.clock:.1f} s / {other.clock:.1f} s; {own.processor:.1f} / {other.processor:.1f}"
    return ratio, told


def _times(own: Spent, other: Spent) -> tuple[str, str]:
    ratio = f"{other.clock / own.clock:.1f} (processor {other.processor / own.processor:.1f})"
    return ratio, _both(other, own)[1]


def _cleared(folder: Path) -> None:
    for kept in folder.glob("*.mp4"):
        kept.unlink()


def speed(lengths: Lengths, folder: Path, python: Path | None) -> Iterator[Figure]:
    """Ours beside the encoder alone, plain FFmpeg, and MoviePy; the check apart."""
    timeline = script(lengths.film_s, folder, scenes=round(lengths.film_s / 7.5))
    own, alone = [], []
    for _ in range(lengths.rounds):
        _cleared(folder)
        begun = now()
        film = ours(timeline, folder)
        own.append(since(begun))
        alone.append(encoder(film, timeline, folder))
    yield Figure("assembly / encoder alone", *_aimed(_both(min(own), min(alone)), "<= 1.15"))
    begun = now()
    measured = measure(film, timeline, folder.joinpath, fonts_dir())
    checked = since(begun)
    faults = problems(measured, timeline)
    yield Figure("what the check finds wrong with it", "; ".join(faults) or "nothing", "nothing")
    yield Figure("check of the film / assembly", *_aimed(_both(checked, min(own)), ""))
    sizes = f"{film.stat().st_size / 1e6:.1f} MB"
    other = plain(timeline, folder)
    sizes += f", {(folder / 'plain.mp4').stat().st_size / 1e6:.1f} MB"
    value, _, how = _aimed(_times(min(own), other), "")
    yield Figure("plain FFmpeg / ours", value, ">= 2", f"{how}; {sizes}")
    if python:
        other = moviepy(python, timeline, folder)
        yield Figure("MoviePy / ours", *_aimed(_times(min(own), other), ">= 5"))


def _aimed(told: tuple[str, str], aim: str) -> tuple[str, str, str]:
    return told[0], aim, told[1]


def edits(lengths: Lengths, folder: Path) -> Iterator[Figure]:
    """One scene of sixty changed, then only the music."""
    _cleared(folder)
    made = edited(lengths.edits_s, folder)
    whole = made.whole.film.processor
    for name, spent in (("one scene of sixty", made.scene), ("music only", made.music)):
        own = spent.film.processor
        how = f"processor {own:.2f} s / {whole:.1f} s"
        yield Figure(f"after editing {name} / full", f"{own / whole:.4f}", "<= 0.03", how)
        checked, before = spent.check.processor, made.whole.check.processor
        share = f"{(own + checked) / (whole + before):.4f}"
        how = f"the check: processor {checked:.2f} s / {before:.1f} s"
        yield Figure(f"after editing {name} / full, both checked", share, "<= 0.03", how)


def latency(folder: Path) -> Iterator[Figure]:
    """From the last asset on."""
    late = last_asset(folder)
    told = f"joined; checked and delivered after {late.delivered_s:.1f} s"
    aim = f"<= {late.slowest_segment_s + 2:.1f} s (slowest segment + 2 s)"
    yield Figure("last asset to film", f"{late.joined_s:.1f} s", aim, told)


def memory(lengths: Lengths, folder: Path) -> Iterator[Figure]:
    """Peak memory of all processes for a short and a long film."""
    peaks = []
    # The cards are drawn here, so that drawing them is not taken for making the film.
    script(60, folder)
    for minutes in (1.0, lengths.long_min):
        _cleared(folder)
        command = [sys.executable, "-m", "bench.ours", str(folder), str(60 * minutes)]
        peak, spent = peak_mb(command)
        peaks.append(peak)
        how = f"{spent.clock:.0f} s, processor {spent.processor:.0f} s"
        yield Figure(f"peak memory, {minutes:g} min", f"{peak:.0f} MB", "<= 700 MB", how)
    yield Figure("long / short film's memory", f"{peaks[1] / peaks[0]:.2f}", "0.9 to 1.1")


def cards(lengths: Lengths, folder: Path) -> Iterator[Figure]:
    """Cards that stand still while captions change over them."""
    _cleared(folder)
    scenes = round(lengths.film_s / 7.5)
    timeline = script(lengths.film_s, folder, scenes=scenes, moves=("none",))
    begun = now()
    film = ours(timeline, folder)
    spent = since(begun)
    per_second = spent.processor / timeline.duration_s
    idle = f"(two cores that do nothing else: {2 / per_second:.1f})"
    value = f"{timeline.duration_s / spent.clock:.1f} {idle}"
    how = f"{spent.clock:.1f} s; {per_second:.3f} processor seconds per second of film"
    yield Figure("card-only film, times realtime", value, ">= 6 on 2 cores", how)
    alone = encoder(film, timeline, folder)
    yield Figure("card-only film / encoder alone", *_aimed(_both(spent, alone), "<= 1.15"))


def quality(lengths: Lengths, folder: Path) -> Iterator[Figure]:
    """VMAF of a part of each kind of move, and of overlaps, against the same without loss."""
    timeline = script(30, folder, scenes=4, moves=_MOVES)
    parts = segments(timeline, engine(fonts_dir()))
    mean, low, frames = vmaf(list(parts), folder)
    yield Figure("VMAF mean", f"{mean:.1f}", ">= 93", f"{frames} frames")
    yield Figure("VMAF 1st percentile", f"{low:.1f}", ">= 85")


def main() -> None:
    """Measures what is asked for, all by default, and prints the table as it grows."""
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = ("speed", "edits", "latency", "memory", "cards", "quality")
    options.add_argument("figures", nargs="*", choices=(*names, []), default=[])
    options.add_argument("--quick", action="store_true", help="short films, no MoviePy")
    options.add_argument("--moviepy", type=Path, default=Path(".venv.bench/bin/python"))
    options.add_argument("--json", type=Path)
    asked = options.parse_args()
    lengths = Lengths(30, 1, 120, 3) if asked.quick else Lengths(60, 2, 300, 20)
    python = asked.moviepy if asked.moviepy.exists() and not asked.quick else None
    console = Console()
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="reelwright-bench-") as work:
        folder = Path(work)
        measures: dict[str, Callable[[], Iterator[Figure]]] = {
            "speed": lambda: speed(lengths, folder, python),
            "edits": lambda: edits(lengths, folder),
            "latency": lambda: latency(folder),
            "memory": lambda: memory(lengths, folder),
            "cards": lambda: cards(lengths, folder),
            "quality": lambda: quality(lengths, folder),
        }
        for name in asked.figures or names:
            for figure in measures[name]():
                found.append(figure)
                console.print(f"{figure.name}: {figure.value}  ({figure.aim})", highlight=False)
    table = Table(title=f"1080p30, {lengths.film_s:g} s of film, {os.cpu_count()} cores")
    for column in ("figure", "measured", "aim", "from"):
        table.add_column(column)
    for figure in found:
        table.add_row(*figure)
    console.print(table)
    if asked.json:
        told = [figure._asdict() for figure in found]
        asked.json.write_text(json.dumps(told, indent=1), "utf-8")


if __name__ == "__main__":
    main()
