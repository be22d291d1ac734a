"""A sheet with a frame of every scene, to see a whole film at one look."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from math import log
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from assembly.chapters import clock
from assembly.errors import UnreadableMedia
from assembly.timeline import Timeline

_SHEET_WIDTH, _WIDE_SHEET = 1920, 2560
_MANY = 48
"""Scenes from which on the sheet is the wide one."""
_GAP = 20
_LABEL_SHARE = 0.14
"""About what a label takes below a frame, as a share of its width."""
_GROUND, _INK, _FAINT = "#14161a", "#e6e9ee", "#9aa2ad"

SHEETS = 2
"""Raised whenever the same film would give another sheet."""


def contact_sheet(film: Path, timeline: Timeline, out: Path) -> None:
    """Writes a JPEG with a frame of each scene, its id and the time at which it begins.

    Raises UnreadableMedia for a film that cannot be decoded.
    """
    shots = timeline.shots
    shape = timeline.height / timeline.width
    whole = _SHEET_WIDTH if len(shots) <= _MANY else _WIDE_SHEET
    columns = _columns(len(shots), shape)
    wide = (whole - _GAP * (columns + 1)) // columns
    high = round(wide * shape)
    label = min(26, max(15, wide // 12))
    row = high + round(label * 1.7) + _GAP // 2
    rows = -(-len(shots) // columns)
    top = round(label * 1.7) + _GAP
    sheet = Image.new("RGB", (whole, top + rows * row + _GAP), _GROUND)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(label)
    told = f"{len(shots)} {'scene' if len(shots) == 1 else 'scenes'}"
    lasts = f"{clock(round(timeline.duration_s))}   {timeline.width}x{timeline.height}"
    pen.text((_GAP, _GAP), told, fill=_INK, font=font)
    pen.text((whole - _GAP, _GAP), f"{lasts}   {timeline.fps} fps", _FAINT, font, anchor="ra")
    # Three quarters in, what is built up word by word stands, and captions are still there.
    moments = [shot.start + shot.frames * 3 // 4 for shot in shots]
    for index, picture in enumerate(_frames(film, moments, timeline.fps)):
        left = _GAP + index % columns * (wide + _GAP)
        upper = top + index // columns * row
        sheet.paste(picture.resize((wide, high), Image.Resampling.LANCZOS), (left, upper))
        below = upper + high + label // 4
        scene, begins = shots[index].scene, clock(shots[index].start // timeline.fps)
        pen.text((left, below), scene, fill=_INK, font=font)
        pen.text((left + font.getlength(scene + "  "), below), begins, fill=_FAINT, font=font)
    _save(sheet, out)


def _columns(count: int, shape: float) -> int:
    """How many frames of `shape` (height by width) lie side by side in a sheet of about 4 : 3."""

    def badness(columns: int) -> float:
        rows = -(-count // columns)
        tall = rows * (shape + _LABEL_SHARE) / columns
        return abs(log(tall / 0.75)) + (rows * columns - count) / columns

    return min(range(min(count, 2), min(count, 16) + 1), key=badness)


def _frames(film: Path, wanted: Sequence[int], fps: int) -> list[Image.Image]:
    """The frames with these numbers, each found from the key frame before it."""
    found: list[Image.Image] = []
    try:
        with av.open(str(film)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            assert stream.time_base is not None  # noqa: S101
            for number in wanted:
                ticks = round(number / fps / stream.time_base)
                container.seek(ticks, stream=stream)
                for frame in container.decode(stream):
                    if frame.pts is not None and frame.pts >= ticks:
                        found.append(Image.fromarray(np.asarray(frame.to_ndarray(format="rgb24"))))
                        break
    except (av.FFmpegError, IndexError) as error:
        raise UnreadableMedia(f"{film}: this film cannot be read ({error})") from error
    return found


def _save(picture: Image.Image, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".sheet-", dir=out.parent) as work:
        half_made = Path(work) / "sheet.jpg"
        picture.save(half_made, quality=90, optimize=True, progressive=True)
        os.replace(half_made, out)  # noqa: PTH105  the atomic one, by its usual name
