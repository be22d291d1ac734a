"""Pictures as planes Y, U, V, and the view of them that a frame shows."""

from __future__ import annotations

import contextlib
import ctypes
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from assembly._resample import MARGIN, Bytes2D, Line, Resampler
from assembly.errors import UnreadableMedia
from assembly.focus import Focus, crop_box, picture_focus
from assembly.motion import View

# Work goes on in several segments at a time; more threads inside each would only be in the way.
cv2.setNumThreads(1)

_M_ARENA_MAX, _M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -8, -3, -1
with contextlib.suppress(OSError, AttributeError, TypeError):
    # By default glibc keeps what each thread has freed for that thread alone: 80 MB more here.
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
    # What an encoder held goes back to the system at once: it would be kept in pieces otherwise.
    ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 2 << 20)
    # But not what arithmetic on sound takes and gives back all the time: to have each page of that
    # anew took a third of the time of mixing.
    ctypes.CDLL(None).mallopt(_M_TRIM_THRESHOLD, 32 << 20)

OVERSIZE = 1.08
"""Pictures are worked on this much larger than the film, so that no move enlarges a pixel.

Nearer to a move's greatest zoom, hardly any whole rectangle would fall where it should (see
`assembly._resample`).
"""

_LUMA = (0.2126, 0.7152, 0.0722)

_STRIP = 64
"""Rows that are converted at a time; even."""

# A card is a dozen megabytes of PNG; Pillow's limit against decompression bombs is far above that.
_MOST_PIXELS = 120_000_000


@dataclass(frozen=True)
class Planes:
    """Y at full size, U and V at half size; BT.709, limited range, 8 bit.

    `margin` samples around each plane repeat its edge and are no part of the picture.
    """

    y: Bytes2D
    u: Bytes2D
    v: Bytes2D
    margin: int = 0


def yuv_of(color: str) -> tuple[int, int, int]:
    """BT.709 limited-range Y, U, V of `#rrggbb`."""
    pixel = np.array([[[int(color[i : i + 2], 16) for i in (1, 3, 5)]] * 2] * 2, dtype=np.uint8)
    planes = to_planes(pixel)
    return int(planes.y[0, 0]), int(planes.u[0, 0]), int(planes.v[0, 0])


def to_planes(rgb: Bytes2D) -> Planes:
    """Converts full-range RGB (height, width, 3; even sides) to planes.

    Formula: ITU-R BT.709-6, items 3.2 to 3.5. Chroma samples sit on the left of each pair of
    columns and between two rows, as H.264 takes them when nothing is said.
    """
    red, green, blue = _LUMA
    up, down = 219 / 255, 224 / 255
    cb, cr = down / (2 * (1 - blue)), down / (2 * (1 - red))
    matrix = np.array(
        [
            [red * up, green * up, blue * up, 16.0],
            [-red * cb, -green * cb, (1 - blue) * cb, 128.0],
            [(1 - red) * cr, -green * cr, -blue * cr, 128.0],
        ],
        dtype=np.float32,
    )
    high, wide = rgb.shape[:2]
    y = np.empty((high, wide), np.uint8)
    u, v = (np.empty((high // 2, wide // 2), np.uint8) for _ in range(2))
    # A strip at a time: a whole picture in floats would be the most that this process ever holds.
    for top in range(0, high, _STRIP):
        rows, half = slice(top, top + _STRIP), slice(top // 2, (top + _STRIP) // 2)
        yuv = np.asarray(cv2.transform(rgb[rows].astype(np.float32), matrix), np.float32)
        y[rows] = _rounded(yuv[..., 0])
        u[half], v[half] = _halved(yuv[..., 1]), _halved(yuv[..., 2])
    return Planes(y, u, v)


def _rounded(plane: npt.NDArray[np.floating]) -> Bytes2D:
    return np.ascontiguousarray(np.clip(np.rint(plane), 0, 255).astype(np.uint8))


def _halved(plane: npt.NDArray[np.floating]) -> Bytes2D:
    across = np.array([0.25, 0.5, 0.25])
    smooth = np.asarray(
        cv2.sepFilter2D(plane, -1, across, np.array([1.0]), borderType=cv2.BORDER_REPLICATE)
    )
    return _rounded((smooth[0::2, ::2] + smooth[1::2, ::2]) / 2)


def _to_rgb(picture: Image.Image, background: str) -> Image.Image:
    """Any mode Pillow reads as 8-bit RGB; what is transparent shows `background`."""
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        levels = np.asarray(picture).astype(np.float64)
        # 16-bit grey spans 65535; anything else is stretched to what it holds.
        top = 65535.0 if levels.max(initial=0.0) > 255 else 255.0
        grey = np.clip(levels * (255 / top), 0, 255).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, background)
        return Image.alpha_composite(ground, picture).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def read_picture(path: Path, background: str) -> Bytes2D:
    """A still as RGB, upright. Raises UnreadableMedia."""
    try:
        with Image.open(path) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise UnreadableMedia(
                    f"{path}: a picture of {opened.width}x{opened.height} is too large; "
                    "make it smaller"
                )
            # A copy of a card's picture takes a third as long as decoding it.
            ImageOps.exif_transpose(opened, in_place=True)
            return np.asarray(_to_rgb(opened, background))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableMedia(
            f"{path}: this picture cannot be read ({error}); save it as PNG or JPEG"
        ) from error


def fit(
    rgb: Bytes2D,
    width: int,
    height: int,
    oversize: float = OVERSIZE,
    focus: Focus | None = None,
) -> Bytes2D:
    """Crops `rgb` to the shape of the film and brings it to its working size (even sides).

    That is `oversize` times the film's: 1.0 for what does not move in the frame. What is cut lies
    around `focus`, or around what the picture seems to be about.
    A picture that has the shape and nearly the working size is left as it is.
    """
    high, wide = rgb.shape[:2]
    shape = width / height
    sides = (wide, width), (high, height)
    near = all(0 <= have / wish - oversize + 0.006 <= 0.05 for have, wish in sides)
    if near and abs(wide / high / shape - 1) < 0.004:
        return np.ascontiguousarray(rgb[: high // 2 * 2, : wide // 2 * 2])
    left, top, crop_wide, crop_high = crop_box(
        wide, high, shape, focus or picture_focus(rgb, shape)
    )
    cropped = rgb[top : top + crop_high, left : left + crop_wide]
    size = (round(width * oversize / 2) * 2, round(height * oversize / 2) * 2)
    smaller = crop_wide > size[0]
    return cv2.resize(
        cropped, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    ).astype(np.uint8, copy=False)


@functools.lru_cache(maxsize=8)
def still(
    path: Path,
    width: int,
    height: int,
    background: str,
    oversize: float,
    focus: Focus | None = None,
) -> Planes:
    """The planes of a still at working size; the last few are kept for the segments beside."""
    return working_planes(read_picture(path, background), width, height, oversize, focus)


def working_planes(
    rgb: Bytes2D, width: int, height: int, oversize: float, focus: Focus | None = None
) -> Planes:
    """The planes of a picture at `oversize` times the film's size, with a margin."""
    bare = to_planes(fit(rgb, width, height, oversize, focus))
    y, u, v = (_with_margin(plane) for plane in (bare.y, bare.u, bare.v))
    return Planes(y, u, v, MARGIN)


def _with_margin(plane: Bytes2D) -> Bytes2D:
    around = (MARGIN,) * 4
    return np.asarray(cv2.copyMakeBorder(plane, *around, cv2.BORDER_REPLICATE), np.uint8)


def _view(plane: Any) -> Bytes2D:
    """A plane of FFmpeg's, which is to be filled."""
    lines: Bytes2D = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    lines[:] = 0
    return lines[: plane.height, : plane.width]


class Canvas:
    """One frame of yuv420p that is drawn on again and again, and encoded from where it lies.

    x264 looks a little beyond the ends of lines: what lies there is the same every time.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._resampler = Resampler()
        self.frame = av.VideoFrame(width, height, "yuv420p")
        self.y, self.u, self.v = (_view(plane) for plane in self.frame.planes)

    @property
    def data(self) -> memoryview:
        """All planes, one after another, as a program reads them from a pipe."""
        return np.concatenate([plane.ravel() for plane in self.planes()]).data

    def planes(self) -> tuple[Bytes2D, Bytes2D, Bytes2D]:
        return self.y, self.u, self.v

    def foresee(self, picture: Planes, views: Sequence[View]) -> None:
        """Prepares to show what these views see of `picture` or of others of its size."""
        self._resampler.forget()
        lines = [self._lines(picture, view) for view in views]
        down, across, *chroma = zip(*lines, strict=True)
        self._resampler.foresee(picture.y.shape, picture.margin, down, across)
        self._resampler.foresee(picture.u.shape, picture.margin, *chroma)

    def show(self, picture: Planes, view: View) -> None:
        """Draws what `view` sees of `picture`, to a few hundredths of a pixel."""
        down, across, below, aside = self._lines(picture, view)
        self._resampler.draw((picture.y,), picture.margin, down, across, (self.y,))
        chroma = picture.u, picture.v
        self._resampler.draw(chroma, picture.margin, below, aside, (self.u, self.v))

    def strays(self, before: View, after: View) -> float:
        """By how many pixels, at most, what one view shows is elsewhere in the other."""
        wide, high = self.width * after.zoom, self.height * after.zoom
        grown = 0.5 / before.zoom - 0.5 / after.zoom
        across, down = abs(before.x - after.x), abs(before.y - after.y)
        return max(wide * (across + abs(grown)), high * (down + abs(grown)))

    def _lines(self, picture: Planes, view: View) -> tuple[Line, Line, Line, Line]:
        """What `view` sees: down and across of luma, and of chroma.

        A pixel's centre lies half a pixel in; chroma's first sample lies at luma (0, 1/2).
        """
        around = 2 * picture.margin
        high, wide = picture.y.shape[0] - around, picture.y.shape[1] - around
        across, along = wide / (self.width * view.zoom), high / (self.height * view.zoom)
        left = view.x * wide + (0.5 - self.width / 2) * across - 0.5
        top = view.y * high + (0.5 - self.height / 2) * along - 0.5
        return (
            Line(top, along, self.height),
            Line(left, across, self.width),
            Line((along / 2 + top - 0.5) / 2, along, self.height // 2),
            Line(left / 2, across, self.width // 2),
        )

    def paint(self, color: tuple[int, int, int]) -> None:
        """Fills the frame with one Y, U, V."""
        for plane, level in zip(self.planes(), color, strict=True):
            plane[:] = level

    def copy(self, other: Canvas) -> None:
        """Takes over what is drawn on another of the same size."""
        for plane, own in zip(other.planes(), self.planes(), strict=True):
            np.copyto(own, plane)

    def mix(self, other: Canvas, share: float) -> None:
        """Lays `share` (0 to 1) of `other` over this frame."""
        for plane, over in zip(self.planes(), other.planes(), strict=True):
            cv2.addWeighted(plane, 1 - share, over, share, 0, plane)
