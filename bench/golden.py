"""Half an hour of film with two hundred edges: how far words and pictures are apart.

    python -m bench.golden [--scenes 200] [--seconds 9]

The film is small (256x144), spoken by espeak-ng and shown on cards; every edge is measured in the
finished file, as in every film that is delivered.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean
from typing import Any

import av

_THINGS = (
    "tide",
    "cloud",
    "bridge",
    "engine",
    "forest",
    "river",
    "market",
    "letter",
    "planet",
    "song",
)
_DOES = (
    "moves slowly",
    "turns around",
    "is built by hand",
    "grows in the dark",
    "costs very little",
)


def script(scenes: int, words: int) -> str:
    """A script whose scenes all differ, and all last about as long."""
    told = ["---", "title: Half an hour", "theme: paper", "---", ""]
    for number in range(scenes):
        thing = _THINGS[number % len(_THINGS)]
        sentence = f"Number {number + 1}: every {thing} {_DOES[number * 7 % len(_DOES)]}"
        sentence += ", as anyone can see who takes the time to look at it closely."
        said = " ".join((sentence + " ").split() * 4)
        told += [f"## {thing.capitalize()} {number + 1}", " ".join(said.split()[:words]) + ".", ""]
    return "\n".join(told)


def main() -> None:
    """Makes the film and prints what was measured."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--scenes", type=int, default=200)
    asked.add_argument("--seconds", type=float, default=9.0)
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "half-an-hour.md"
        path.write_text(script(told.scenes, round(told.seconds * 2.55)))
        environment = os.environ | {
            "REELWRIGHT_HOME": f"{place}/home",
            "REELWRIGHT_SHORT_SIDE": "144",
        }
        command = [sys.executable, "-m", "flows", "make", str(path), "--out", f"{place}/films"]
        subprocess.run(command, env=environment, check=True)
        folder = next(Path(f"{place}/films").iterdir())
        receipt = json.loads((folder / "receipt.json").read_text())
        with av.open(str(folder / "video.mp4")) as film:
            frames = sum(1 for _ in film.decode(video=0))
        tell(receipt["measured"], frames)


def tell(measured: dict[str, Any], frames: int) -> None:
    """Prints the film's edges: how many could be seen, the worst, and whether they drift."""
    errors = [edge["error"] for edge in measured["sync"] if edge["error"] is not None]
    pictures = [abs(edge["picture"]) for edge in measured["sync"] if edge["picture"] is not None]
    tenth = max(1, len(errors) // 10)
    print(f"film                    {measured['duration_s'] / 60:.1f} min, {frames} frames decoded")
    print(f"edges                   {len(measured['sync']) - 1}, {len(errors)} with words heard")
    print(f"words against pictures  worst {max(map(abs, errors)):.3f} frames (aim 1)")
    print(f"pictures against plan   worst {max(pictures):.3f} frames (aim 1)")
    drift = mean(errors[-tenth:]) - mean(errors[:tenth])
    print(f"drift                   {drift:+.3f} frames from the first to the last tenth")
    level, peak = measured["integrated_lufs"], measured["true_peak_dbtp"]
    print(f"sound                   {level:.2f} LUFS, {peak:.2f} dBTP")


if __name__ == "__main__":
    main()
