"""Overlays drawn on frames: only the part of the planes that they touch, and taken off again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from assembly._planes import Canvas, to_planes
from assembly._resample import Bytes2D
from assembly.errors import UnreadableMedia
from assembly.overlays import Drawing, Overlay

Floats = npt.NDArray[np.float32]
_SOFT = 0.12
"""Width of the edge behind which a drawing is uncovered, as a share of its own."""


@dataclass(frozen=True)
class _Print:
    """A drawing as planes, each with its share of cover (0 to 1)."""

    planes: tuple[Bytes2D, ...]
    covers: tuple[Floats, ...]


class Overprint:
    """The overlays of one segment: drawn on a frame, and taken off when it has been written."""

    def __init__(self, overlays: Sequence[Overlay], media: Callable[[str], Path]) -> None:
        self._prints = [(overlay, _read(media(overlay.drawing.picture), overlay.drawing))
                        for overlay in overlays]  # fmt: skip
        self._kept: list[tuple[Bytes2D, Bytes2D]] = []

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Draws what stands over frame `frame` of the segment."""
        for overlay, prints in self._prints:
            come, left = overlay.moment(frame)
            if come * left <= 0:
                continue
            self._draw(canvas, overlay, prints, come, left)

    def lift(self) -> None:
        """Takes off what was drawn last, so that the frame below can be drawn on again."""
        for place, kept in reversed(self._kept):
            place[:] = kept
        self._kept.clear()

    def _draw(
        self, canvas: Canvas, overlay: Overlay, prints: _Print, come: float, left: float
    ) -> None:
        drawing = overlay.drawing
        strength = overlay.opacity * left * (1.0 if overlay.uncovers else come)
        for number, plane in enumerate(canvas.planes()):
            half = 2 if number else 1
            y, x = drawing.top // half, drawing.left // half
            over, cover = prints.planes[number], prints.covers[number] * np.float32(strength)
            place = plane[y : y + over.shape[0], x : x + over.shape[1]]
            if overlay.uncovers:
                cover *= _uncovered(cover.shape[1], come, from_right=overlay.uncovers == "right")
            self._kept.append((place, place.copy()))
            below = place.astype(np.float32)
            place[:] = np.rint(below + cover * (over - below))


def _uncovered(width: int, share: float, *, from_right: bool) -> Floats:
    """How far each of `width` columns is uncovered, 0 to 1."""
    places = (np.arange(width, dtype=np.float32) + 0.5) / width
    if from_right:
        places = places[::-1]
    edge = share * (1 + _SOFT)
    return np.clip((edge - places) / _SOFT, 0, 1).astype(np.float32)


@functools.lru_cache(maxsize=8)
def _read(path: Path, drawing: Drawing) -> _Print:
    try:
        with Image.open(path) as opened:
            pixels = np.asarray(opened.convert("RGBA"))
    except (OSError, ValueError, SyntaxError) as error:
        raise UnreadableMedia(
            f"{path}: this drawing cannot be read ({error}); have it drawn again"
        ) from error
    right, bottom = drawing.left + drawing.width, drawing.top + drawing.height
    if pixels.shape[0] < bottom or pixels.shape[1] < right:
        raise UnreadableMedia(f"{path}: this drawing is too small; have it drawn again")
    pixels = pixels[drawing.top : bottom, drawing.left : right]
    cover = (pixels[..., 3] / 255).astype(np.float32)
    planes = to_planes(_spread(pixels[..., :3], cover))
    half = drawing.width // 2, drawing.height // 2
    small = np.asarray(cv2.resize(cover, half, interpolation=cv2.INTER_AREA), np.float32)
    return _Print((planes.y, planes.u, planes.v), (cover, small, small))


def _spread(rgb: Bytes2D, cover: Floats) -> Bytes2D:
    """The colours, also where nothing covers: those of what is near, so that no edge turns dark."""
    weight = cover[..., None]
    near = cv2.blur(rgb.astype(np.float32) * weight, (5, 5))
    share = cv2.blur(cover, (5, 5))[..., None]
    filled = np.where(share > 1e-3, near / np.maximum(share, 1e-3), 0)
    return np.where(weight > 0.02, rgb, np.clip(np.rint(filled), 0, 255)).astype(np.uint8)
