"""The quiet ground of a card: a soft gradient without banding, and the theme's faint art on it."""

from __future__ import annotations

import math
import random
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from providers.cards import shapes as shapes
from providers.cards.color import mix, rgb
from providers.cards.themes import BOLD_ART, Theme

Floats = NDArray[np.float32]
_COARSE = 8
"""Soft light is computed on every eighth pixel and enlarged."""


@lru_cache(maxsize=1)
def _noise() -> Floats:
    """Even noise of one grey level: hides the steps of a gradient, leaves flat colour flat."""
    return np.random.default_rng(7).uniform(-0.5, 0.5, (256, 256, 1)).astype(np.float32)


def dithered(light: Floats) -> Image.Image:
    """Rounds a float picture (H x W x 3, 0 to 255) to bytes without visible steps."""
    height, width = light.shape[:2]
    tile = np.tile(_noise(), (math.ceil(height / 256), math.ceil(width / 256), 1))
    light += tile[:height, :width] + np.float32(0.5)
    return Image.fromarray(np.clip(light, 0, 255).astype(np.uint8))


def _spread(width: int, height: int) -> tuple[Floats, Floats]:
    """Coarse coordinates in shares of the width and height."""
    wide, tall = -(-width // _COARSE), -(-height // _COARSE)
    across = (np.arange(wide, dtype=np.float32) + 0.5) / wide
    down = (np.arange(tall, dtype=np.float32) + 0.5) / tall
    return np.broadcast_to(across, (tall, wide)), np.broadcast_to(down[:, None], (tall, wide))


def _soft(theme: Theme, width: int, height: int, seed: int, bold: bool) -> Image.Image:
    """The gradient, with the aurora theme's lights in it."""
    across, down = _spread(width, height)
    start = theme.bold_background if bold else theme.background
    end = mix(start, theme.bold_art, BOLD_ART) if bold else theme.background_end
    slope = np.clip((across * 0.55 + down * 0.75) / 1.3, 0, 1)[..., None]
    light = np.array(rgb(start), np.float32) * (1 - slope) + np.array(rgb(end), np.float32) * slope
    if theme.motif == "aurora" and not bold:
        chance = random.Random(seed)  # noqa: S311
        ratio = width / height
        for color, side in ((theme.primary, 1.0), (theme.accent, 0.0), (theme.primary, 0.5)):
            x, y = side + chance.uniform(-0.15, 0.15), chance.choice((-0.1, 1.05))
            far = ((across - x) * max(ratio, 1)) ** 2 + ((down - y) * max(1 / ratio, 1)) ** 2
            glow = (theme.art * np.exp(-far / 0.22))[..., None]
            light = light * (1 - glow) + np.array(rgb(color), np.float32) * glow
    if theme.motif == "aurora" and bold:
        far = (across - 0.85) ** 2 * 1.4 + (down - 0.1) ** 2
        shade = (BOLD_ART * np.clip(far / 0.9, 0, 1))[..., None]
        light = np.array(rgb(start), np.float32) * (1 - shade)
    full = cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR)
    return dithered(np.asarray(full, np.float32))


def contour_lines(
    image: Image.Image, seed: int, color: str, opacity: float, levels: float, width: float
) -> None:
    """The height lines of a landscape of soft hills, across the whole picture."""
    wide, tall = image.width, image.height
    across, down = _spread(wide, tall)
    ratio = wide / tall
    chance = random.Random(seed)  # noqa: S311
    hills: NDArray[np.floating] = np.zeros_like(across)
    for _ in range(9):
        x, y = chance.uniform(-0.1, 1.1), chance.uniform(-0.1, 1.1)
        size = chance.uniform(0.02, 0.12)
        far = ((across - x) * max(ratio, 1)) ** 2 + ((down - y) * max(1 / ratio, 1)) ** 2
        hills = hills + np.float32(chance.uniform(0.5, 1) * chance.choice((1, 1, -1))) * np.exp(
            -far / np.float32(size)
        )
    enlarged = cv2.resize(hills * levels, (wide, tall), interpolation=cv2.INTER_CUBIC)
    field = np.asarray(enlarged, np.float32)
    steep = np.hypot(*_slopes(field)) + np.float32(1e-5)
    away = np.abs(field - np.round(field)) / steep
    # Where the land is nearly flat a line would spread into a stain.
    cover = np.clip(width / 2 + 0.5 - away, 0, 1) * np.clip(steep * 900, 0, 1)
    mask = (cover * (255 * opacity)).astype(np.uint8)
    image.paste(rgb(color), (0, 0, wide, tall), Image.fromarray(mask))


def _slopes(field: NDArray[np.float32]) -> tuple[Floats, Floats]:
    kernel = np.array([-0.5, 0, 0.5], np.float32)
    flat = np.ones(1, np.float32)
    return (
        np.asarray(cv2.sepFilter2D(field, cv2.CV_32F, kernel, flat), np.float32),
        np.asarray(cv2.sepFilter2D(field, cv2.CV_32F, flat, kernel), np.float32),
    )


def _arcs(image: Image.Image, theme: Theme, chance: random.Random, color: str, art: float) -> None:
    short = min(image.size)
    corner = chance.choice(((1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
    x, y = corner[0] * image.width, corner[1] * image.height
    for index in range(4):
        inner = short * (0.2 + 0.19 * index)
        shapes.sector(
            image, x, y, inner, inner + short * 0.1, 0, 360, color, art * (0.85 - 0.15 * index)
        )


def _poster(
    image: Image.Image, theme: Theme, chance: random.Random, color: str, art: float
) -> None:
    short = min(image.size)
    x = image.width * chance.choice((0.86, 0.94, 1.0))
    y = image.height * chance.choice((0.1, 0.95))
    shapes.disc(image, x, y, short * chance.uniform(0.42, 0.6), color, art * 0.8)


def _bubbles(
    image: Image.Image, theme: Theme, chance: random.Random, color: str, art: float
) -> None:
    short = min(image.size)
    edges = [(0.02, 0.1), (0.98, 0.04), (1.0, 0.9), (0.0, 0.98), (0.6, 1.06)]
    tints = [color] if color != theme.primary else [theme.primary, theme.accent]
    for index, (x, y) in enumerate(chance.sample(edges, 4)):
        x, y = x * image.width, y * image.height
        size = short * chance.uniform(0.16, 0.3)
        shapes.disc(image, x, y, size, tints[index % len(tints)], art * 0.9)
        shapes.ring(
            image, x, y, size * 1.3, short * 0.012, tints[(index + 1) % len(tints)], art * 0.9
        )


def _drafting(
    image: Image.Image, theme: Theme, chance: random.Random, color: str, art: float
) -> None:
    step = min(image.size) / 14
    fine = max(1.0, min(image.size) / 700)
    for n in range(1, math.ceil(image.width / step)):
        shapes.box(
            image, n * step - fine / 2, 0, n * step + fine / 2, image.height, color, art * 0.75
        )
    for n in range(1, math.ceil(image.height / step)):
        shapes.box(
            image, 0, n * step - fine / 2, image.width, n * step + fine / 2, color, art * 0.75
        )
    x = image.width * chance.choice((0.0, 1.0))
    y = image.height * chance.choice((0.0, 1.0))
    for radius in (4, 6, 6.4):
        shapes.ring(image, x, y, radius * step, fine * 1.6, color, art)


def _aurora(
    image: Image.Image, theme: Theme, chance: random.Random, color: str, art: float
) -> None:
    short = min(image.size)
    for _ in range(46):
        x, y = chance.uniform(0, image.width), chance.uniform(0, image.height)
        shapes.disc(image, x, y, short * chance.uniform(0.0007, 0.0018), theme.text, 0.22)


def paint_ground(
    theme: Theme, width: int, height: int, seed: int, bold: bool, presence: float = 1
) -> Image.Image:
    """The card before any words: colour never strays from `theme.grounds` (or `bold_grounds`).

    `presence` (0 to 1) holds the art back where a chart or table brings lines of its own.
    """
    image = _soft(theme, width, height, seed, bold)
    chance = random.Random(seed)  # noqa: S311
    color, most = (theme.bold_art, BOLD_ART) if bold else (theme.primary, theme.art)
    strength = most * presence
    if theme.motif == "contours":
        contour_lines(image, seed, color, strength, 5.0, min(width, height) / 480)
        return image
    art = {
        "tiles": _arcs, "aurora": _aurora, "poster": _poster, "bubbles": _bubbles,
        "drafting": _drafting,
    }[theme.motif]  # fmt: skip
    art(image, theme, chance, color, strength)
    return image
