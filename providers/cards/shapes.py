"""Shapes with smooth edges, painted straight onto a picture. Lengths in pixels, angles in degrees.

Each edge is computed as a distance field, so that a disc of ten pixels and one of a thousand are
equally clean and no larger copy of the picture is ever needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from providers.cards.color import rgb

Point = tuple[float, float]
Field = NDArray[np.float32]


def _frame(
    image: Image.Image, x0: float, y0: float, x1: float, y1: float
) -> tuple[int, int, int, int]:
    """Whole pixels that hold the box and its soft edge, cut to the picture."""
    left, top = max(0, math.floor(x0 - 1)), max(0, math.floor(y0 - 1))
    right, bottom = min(image.width, math.ceil(x1 + 1)), min(image.height, math.ceil(y1 + 1))
    return left, top, max(left, right), max(top, bottom)


def _axes(frame: tuple[int, int, int, int], x: float, y: float) -> tuple[Field, Field]:
    """Pixel centres of the frame relative to (`x`, `y`), as a row and a column."""
    across = np.arange(frame[0], frame[2], dtype=np.float32)[None, :] + np.float32(0.5 - x)
    down = np.arange(frame[1], frame[3], dtype=np.float32)[:, None] + np.float32(0.5 - y)
    return across, down


def _paste(
    image: Image.Image,
    frame: tuple[int, int, int, int],
    cover: NDArray[np.floating],
    color: str,
    opacity: float,
) -> None:
    mask = (np.clip(cover, 0, 1) * (255 * opacity) + 0.5).astype(np.uint8)
    image.paste(rgb(color), frame, Image.fromarray(mask))


def disc(
    image: Image.Image, x: float, y: float, radius: float, color: str, opacity: float = 1
) -> None:
    """A filled circle around (`x`, `y`)."""
    frame = _frame(image, x - radius, y - radius, x + radius, y + radius)
    if frame[0] < frame[2] and frame[1] < frame[3]:
        across, down = _axes(frame, x, y)
        _paste(image, frame, radius + 0.5 - np.hypot(across, down), color, opacity)


def sector(
    image: Image.Image,
    x: float,
    y: float,
    inner: float,
    outer: float,
    start: float,
    sweep: float,
    color: str,
    opacity: float = 1,
) -> None:
    """A piece of a ring, clockwise from `start` (0 is to the right); a sweep of 360 is the ring."""
    frame = _frame(image, x - outer, y - outer, x + outer, y + outer)
    if frame[0] >= frame[2] or frame[1] >= frame[3] or sweep <= 0:
        return
    across, down = _axes(frame, x, y)
    far = np.hypot(across, down)
    cover = np.minimum(outer + 0.5 - far, 1)
    if inner > 0:
        cover = np.minimum(cover, far - inner + 0.5)
    if sweep < 360:
        first, last = math.radians(start), math.radians(start + sweep)
        after = down * np.float32(math.cos(first)) - across * np.float32(math.sin(first)) + 0.5
        before = across * np.float32(math.sin(last)) - down * np.float32(math.cos(last)) + 0.5
        both = np.minimum if sweep <= 180 else np.maximum
        cover = np.minimum(cover, both(np.clip(after, 0, 1), np.clip(before, 0, 1)))
    _paste(image, frame, cover, color, opacity)


def ring(
    image: Image.Image,
    x: float,
    y: float,
    radius: float,
    width: float,
    color: str,
    opacity: float = 1,
) -> None:
    """A circle line of `width`, its middle at `radius`."""
    sector(image, x, y, radius - width / 2, radius + width / 2, 0, 360, color, opacity)


def box(
    image: Image.Image,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    color: str,
    opacity: float = 1,
    radius: float = 0,
) -> None:
    """A filled rectangle with round corners."""
    frame = _frame(image, x0, y0, x1, y1)
    if frame[0] >= frame[2] or frame[1] >= frame[3]:
        return
    radius = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
    across, down = _axes(frame, (x0 + x1) / 2, (y0 + y1) / 2)
    out_x = np.abs(across) - np.float32((x1 - x0) / 2 - radius)
    out_y = np.abs(down) - np.float32((y1 - y0) / 2 - radius)
    if radius < 0.5:
        cover = np.clip(0.5 - out_x, 0, 1) * np.clip(0.5 - out_y, 0, 1)
    else:
        outside = np.hypot(np.maximum(out_x, 0), np.maximum(out_y, 0))
        cover = radius + 0.5 - outside - np.minimum(np.maximum(out_x, out_y), 0)
    _paste(image, frame, cover, color, opacity)


def stroke(
    image: Image.Image, points: Sequence[Point], width: float, color: str, opacity: float = 1
) -> None:
    """A line through `points` with round joins and ends."""
    half = width / 2
    xs, ys = zip(*points, strict=True)
    frame = _frame(image, min(xs) - half, min(ys) - half, max(xs) + half, max(ys) + half)
    if frame[0] >= frame[2] or frame[1] >= frame[3]:
        return
    cover = np.zeros((frame[3] - frame[1], frame[2] - frame[0]), np.float32)
    for (ax, ay), (bx, by) in pairwise(points):
        part = _frame(
            image, min(ax, bx) - half, min(ay, by) - half, max(ax, bx) + half, max(ay, by) + half
        )
        if part[0] >= part[2] or part[1] >= part[3]:
            continue
        across, down = _axes(part, ax, ay)
        dx, dy = np.float32(bx - ax), np.float32(by - ay)
        along = (across * dx + down * dy) / np.float32(max(float(dx * dx + dy * dy), 1e-6))
        along = np.clip(along, 0, 1)
        near = half + 0.5 - np.hypot(across - along * dx, down - along * dy)
        rows = slice(part[1] - frame[1], part[3] - frame[1])
        columns = slice(part[0] - frame[0], part[2] - frame[0])
        cover[rows, columns] = np.maximum(cover[rows, columns], near)
    _paste(image, frame, cover, color, opacity)


def polygon(image: Image.Image, points: Sequence[Point], color: str, opacity: float = 1) -> None:
    """A filled polygon, drawn at four times its size and reduced."""
    xs, ys = zip(*points, strict=True)
    frame = _frame(image, min(xs), min(ys), max(xs), max(ys))
    if frame[0] >= frame[2] or frame[1] >= frame[3]:
        return
    mask = Image.new("L", ((frame[2] - frame[0]) * 4, (frame[3] - frame[1]) * 4))
    shifted = [((x - frame[0]) * 4, (y - frame[1]) * 4) for x, y in points]
    ImageDraw.Draw(mask).polygon(shifted, fill=round(255 * opacity))
    image.paste(rgb(color), frame, mask.reduce(4))
