"""Burned captions in this process: libass draws each of their states once, by itself.

A state is laid over as many frames as it lasts, where it has something to show, and nowhere else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Any

import cv2
import ffmpeg
import numpy as np

from assembly._ffmpeg import pieces
from assembly._planes import Canvas
from assembly._resample import Bytes2D
from assembly.captions.cues import CaptionLook
from assembly.captions.files import to_ass
from assembly.captions.layout import band, font_size
from assembly.holds import caption_changes, clocks
from assembly.segments import Segment


@dataclass(frozen=True)
class _Patch:
    """One plane's part of a state: its top left corner, the light of its letters and box, and how
    much of what lies below comes through (0 to 255).
    """

    top: int
    left: int
    light: Bytes2D
    through: Bytes2D

    def lay(self, plane: Bytes2D) -> tuple[Bytes2D, Bytes2D]:
        """Lays the patch over the plane; returns that part of it, and what was there before."""
        high, wide = self.light.shape
        place = plane[self.top : self.top + high, self.left : self.left + wide]
        before = place.copy()
        place[:] = cv2.add(cv2.multiply(before, self.through, scale=1 / 255), self.light)
        return place, before


class Letters:
    """The captions of one segment: drawn on a frame, and taken off when it has been written."""

    def __init__(self, segment: Segment, fonts_dir: Path, folder: Path) -> None:
        """Has libass draw all states; `folder` takes its script. Raises FFmpegError."""
        self._starts: list[int] = []
        self._states: list[tuple[_Patch, ...]] = []
        self._kept: list[tuple[Bytes2D, Bytes2D]] = []
        if segment.look is not None:
            self._starts = sorted({0, *caption_changes(segment)})
            self._states = list(_states(segment, segment.look, self._starts, fonts_dir, folder))

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Draws the captions of frame `frame` of the segment."""
        state = int(np.searchsorted(self._starts, frame, "right")) - 1
        if state >= 0 and self._states[state]:
            laid = zip(self._states[state], canvas.planes(), strict=True)
            self._kept = [patch.lay(plane) for patch, plane in laid]

    def lift(self) -> None:
        """Takes off what was drawn last."""
        for place, before in self._kept:
            place[:] = before
        self._kept = []


def _states(
    segment: Segment, look: CaptionLook, starts: list[int], fonts_dir: Path, folder: Path
) -> Iterator[tuple[_Patch, ...]]:
    """The patches of each state, one per plane; none where no caption shows."""
    rows = _rows(segment, look)
    wide, high = segment.width, len(rows)
    told = to_ass(segment.cues, segment.fps, look, wide, segment.height, rows)
    script = folder / "captions.ass"
    script.write_text(told, "utf-8")

    def ground(color: str, level: int) -> Any:
        stream = (
            ffmpeg.input(f"color={color}:s={wide}x{high}:r={segment.fps}", f="lavfi")
            .filter("format", "yuv420p")
            .filter("trim", end_frame=1)
            .filter("lutyuv", y=level, u=level, v=level)
            .filter("loop", loop=len(starts), size=1)
            .filter("setpts", "N")
        )
        for clock in clocks(starts):
            stream = stream.filter("setpts", clock)
        return stream

    # Over nothing and over everything: from both follows what is drawn, and what comes through.
    both = ffmpeg.filter([ground("black", 0), ground("white", 255)], "interleave")
    both = both.filter("settb", f"1/{segment.fps}")
    # The colours are named before captions are drawn, so white text is video white.
    named = both.filter(
        "setparams", range="tv", color_primaries="bt709", color_trc="bt709", colorspace="bt709"
    )
    drawn = named.filter("ass", filename=str(script), fontsdir=str(fonts_dir))
    numbered = drawn.filter("setpts", "N")
    options = {"format": "rawvideo", "fps_mode": "passthrough", "frames:v": 2 * len(starts)}
    args = numbered.output("pipe:", **options, threads=1).get_args()
    with contextlib.closing(pieces(args, 3 * wide * high // 2)) as coming:
        for nothing, everything in zip(coming, coming, strict=True):
            over = np.frombuffer(nothing, np.uint8), np.frombuffer(everything, np.uint8)
            yield _patches(over, wide, high, rows.start)


def _rows(segment: Segment, look: CaptionLook) -> range:
    """Rows, from an even one to an even one, in which all captions lie, with room for what grows or
    has a contour.
    """
    size = segment.width, segment.height
    bands = [band(cue, look, *size) for cue in segment.cues]
    around = font_size(look, *size)
    top = floor(min(top for top, _ in bands) * segment.height) - around
    bottom = ceil(max(bottom for _, bottom in bands) * segment.height) + around
    return range(max(0, top // 2 * 2), min(segment.height, (bottom + 1) // 2 * 2))


def _patches(drawn: tuple[Bytes2D, Bytes2D], wide: int, high: int, top: int) -> tuple[_Patch, ...]:
    """From `high` rows of a frame below `top`, drawn over nothing and over everything (yuv420p)."""
    luma, chroma = wide * high, wide * high // 4
    shapes = ((0, luma, 1), (luma, luma + chroma, 2), (luma + chroma, luma + 2 * chroma, 2))
    planes = [
        [one[begin:end].reshape(high // half, wide // half) for one in drawn]
        for begin, end, half in shapes
    ]
    # What is drawn on luma reaches at least as far as what is drawn on chroma.
    touched = (planes[0][1] < 255) | (planes[0][0] > 0)
    rows, columns = (np.flatnonzero(touched.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return ()
    made: list[_Patch] = []
    for (below, above), (_, _, half) in zip(planes, shapes, strict=True):
        first, left = rows[0] // 2 * 2 // half, columns[0] // 2 * 2 // half
        part = slice(first, rows[-1] // half + 1), slice(left, columns[-1] // half + 1)
        light = np.ascontiguousarray(below[part])
        through = cv2.subtract(above[part], light)
        made.append(_Patch(int(top // half + first), int(left), light, np.asarray(through)))
    return tuple(made)
