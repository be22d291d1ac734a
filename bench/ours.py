"""Our own way: segments two at a time, the mix beside them, the join; files are kept by keys.

Run by itself it makes one film and nothing else, so that its memory can be watched:
python -m bench.ours FOLDER SECONDS
"""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from assembly.join import join
from assembly.render import engine, render_segment
from assembly.segments import Segment, rendering_order, segments
from assembly.sound.mix import mix, sound_key
from assembly.timeline import Timeline
from bench.film import fonts_dir, script

RENDERERS = 2
_MOSTLY_CARDS = ("push-in", *("none",) * 3)
"""Every fourth scene moves: most explainers are cards that stand still while they are told."""


def ours(timeline: Timeline, folder: Path) -> Path:
    """Makes the film as the pipeline does: what lies in `folder` by its key is not made again."""
    never = threading.Event()
    parts = segments(timeline, engine(fonts_dir()))
    sound = folder / f"{sound_key(timeline)}.mp4"

    def render(part: Segment) -> Path:
        out = folder / f"{part.key()}.mp4"
        if not out.exists():
            render_segment(part, folder.joinpath, fonts_dir(), out, never)
        return out

    with ThreadPoolExecutor(RENDERERS + 1) as pool:
        mixing = None
        if not sound.exists():
            mixing = pool.submit(mix, timeline, folder.joinpath, sound, never)
        with ThreadPoolExecutor(RENDERERS) as renderers:
            order = [parts[at] for at in rendering_order(parts)]
            made = dict(zip(order, renderers.map(render, order), strict=True))
            files = [made[part] for part in parts]
        if mixing:
            mixing.result()
    join(files, sound, timeline, folder / "ours.mp4", never)
    return folder / "ours.mp4"


if __name__ == "__main__":
    place = Path(sys.argv[1])
    seconds = float(sys.argv[2])
    scenes = max(4, round(seconds / 7.5))
    ours(script(seconds, place, scenes=scenes, moves=_MOSTLY_CARDS), place)
