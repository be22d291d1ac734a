"""Pictures of the film: its poster, and a sheet with a frame of every scene."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from assembly._planes import fit, read_picture
from assembly.errors import UnreadableMedia
from assembly.timeline import Timeline

_SHEET_WIDTH = 1600
_GAP = 20
_GROUND, _INK = "#14161a", "#c9ced6"

SHEETS = 1
"""Raised whenever the same film would give other stills."""


def poster(picture: Path, timeline: Timeline, out: Path) -> None:
    """Writes a still as the film's poster, a JPEG of the film's size. Raises UnreadableMedia."""
    rgb = fit(read_picture(picture, timeline.background), timeline.width, timeline.height)
    whole = Image.fromarray(rgb).resize((timeline.width, timeline.height), Image.Resampling.LANCZOS)
    _save(whole, out)


def contact_sheet(film: Path, timeline: Timeline, out: Path) -> None:
    """Writes a JPEG with the frame in the middle of each scene, numbered, with its time.

    Raises UnreadableMedia for a film that cannot be decoded.
    """
    upright = timeline.height > timeline.width
    columns = min(len(timeline.shots), 6 if upright else 4)
    wide = (_SHEET_WIDTH - _GAP * (columns + 1)) // columns
    high = round(wide * timeline.height / timeline.width)
    label = min(24, max(16, wide // 14))
    rows = -(-len(timeline.shots) // columns)
    row = high + label * 2
    sheet = Image.new("RGB", (_SHEET_WIDTH, _GAP + rows * (row + _GAP)), _GROUND)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(label)
    middles = [shot.start + shot.frames // 2 for shot in timeline.shots]
    for index, picture in enumerate(_frames(film, middles, timeline.fps)):
        left = _GAP + index % columns * (wide + _GAP)
        top = _GAP + index // columns * (row + _GAP)
        sheet.paste(picture.resize((wide, high), Image.Resampling.LANCZOS), (left, top))
        seconds = timeline.shots[index].start // timeline.fps
        told = f"{index + 1}   {seconds // 60}:{seconds % 60:02d}"
        pen.text((left, top + high + label // 3), told, fill=_INK, font=font)
    _save(sheet, out)


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
