"""The strong art of title and number cards, in a region that no words enter."""

from __future__ import annotations

import math
import random

import numpy as np
from PIL import Image, ImageOps

from providers.cards import shapes as shapes
from providers.cards.color import mix, rgb
from providers.cards.ground import contour_lines, dithered
from providers.cards.sheet import Box
from providers.cards.themes import Theme


def paint_hero(image: Image.Image, theme: Theme, region: Box, seed: int) -> None:
    """Draws the theme's motif large in `region`, which bleeds off the picture."""
    left, top = round(region.x0), round(region.y0)
    part = image.crop((left, top, round(region.x1), round(region.y1)))
    # Art that bleeds off the left edge is that of the right edge, turned round.
    flipped = left == 0 and part.width < image.width
    if flipped:
        part = ImageOps.mirror(part)
    art = {
        "tiles": _tiles, "aurora": _orbit, "contours": _landscape, "poster": _poster,
        "bubbles": _bubbles, "drafting": _drafting,
    }[theme.motif]  # fmt: skip
    art(part, theme, random.Random(seed))  # noqa: S311
    if flipped:
        part = ImageOps.mirror(part)
    image.paste(part, (left, top))


def _tiles(part: Image.Image, theme: Theme, chance: random.Random) -> None:
    """A wall of quarter discs, half discs and rings."""
    columns = 2 if part.height > part.width else 4
    size = part.width / columns
    rows = math.ceil(part.height / size)
    grounds = [theme.primary, mix(theme.background, theme.primary, 0.14), theme.text,
               theme.accent, mix(theme.background, theme.accent, 0.25),
               theme.series[3]]  # fmt: skip
    before = -1
    for row in range(rows):
        for column in range(columns):
            x, y = column * size, row * size
            choice = chance.choice([n for n in range(len(grounds)) if n != before])
            before = choice
            ground = grounds[choice]
            ink = chance.choice([c for c in (*grounds, theme.surface) if c != ground])
            tile = Image.new(
                "RGB", (round(x + size) - round(x), round(y + size) - round(y)), ground
            )
            _tile(tile, chance, ink, size)
            part.paste(tile, (round(x), round(y)))


def _tile(tile: Image.Image, chance: random.Random, ink: str, size: float) -> None:
    kind = chance.choice(("quarter", "quarter", "half", "ring", "arcs", "disc", "dots"))
    corner = chance.choice(((0, 0), (1, 0), (0, 1), (1, 1)))
    x, y = corner[0] * size, corner[1] * size
    if kind == "quarter":
        shapes.disc(tile, x, y, size, ink)
    elif kind == "half":
        shapes.disc(tile, size / 2, y, size / 2, ink)
    elif kind == "ring":
        shapes.ring(tile, size / 2, size / 2, size * 0.3, size * 0.16, ink)
    elif kind == "arcs":
        for n in range(4):
            shapes.ring(tile, x, y, size * (0.22 + 0.24 * n), size * 0.11, ink)
    elif kind == "disc":
        shapes.disc(tile, size / 2, size / 2, size * 0.26, ink)
    else:
        for n in range(16):
            shapes.disc(
                tile, size * (n % 4 + 0.5) / 4, size * (n // 4 + 0.5) / 4, size * 0.045, ink
            )


def _orbit(part: Image.Image, theme: Theme, chance: random.Random) -> None:
    """A planet lit from one side, with its orbits, fading toward the words."""
    ground = part.copy()
    short = min(part.size)
    x, y = part.width * 0.54, part.height * 0.5
    radius = short * 0.3
    coarse = (-(-part.width // 8), -(-part.height // 8))
    far = np.hypot(
        (np.arange(coarse[0], dtype=np.float32)[None, :] + 0.5) * 8 - np.float32(x),
        (np.arange(coarse[1], dtype=np.float32)[:, None] + 0.5) * 8 - np.float32(y),
    )
    halo = 87 * np.exp(-np.clip(far / radius - 1, 0, None) / 0.34)
    glow = Image.fromarray(halo.astype(np.float32)).resize(part.size, Image.Resampling.BICUBIC)
    part.paste(rgb(theme.primary), (0, 0, *part.size), glow.convert("L"))
    _planet(part, theme, x, y, radius)
    for n, wide in enumerate((1.42, 1.86, 2.4, 3.0)):
        shapes.ring(part, x, y, radius * wide, short * 0.0035, theme.text, 0.34 - 0.06 * n)
        angle = chance.uniform(-1.3, 1.3) + (math.pi if n % 2 else 0)
        color = (theme.accent, theme.series[2], theme.series[3], theme.series[4])[n]
        px, py = x + math.cos(angle) * radius * wide, y + math.sin(angle) * radius * wide
        shapes.disc(part, px, py, short * 0.03, theme.background)
        shapes.disc(part, px, py, short * (0.022 - 0.003 * n), color)
    # The side toward the words is the left one of a tall region and the lower one of a wide one.
    fade = np.ones(part.size[::-1], np.float32)
    if part.height > part.width:
        fade *= np.clip(np.arange(part.width) / (part.width * 0.3), 0, 1)[None, :]
    else:
        fade *= np.clip(np.arange(part.height, 0, -1) / (part.height * 0.3), 0, 1)[:, None]
    mask = Image.fromarray((255 * (1 - fade)).astype(np.uint8))
    part.paste(ground, (0, 0), mask)


def _planet(part: Image.Image, theme: Theme, x: float, y: float, radius: float) -> None:
    """A ball lit from the upper left, with a faint rim."""
    left, top, size = round(x - radius - 1), round(y - radius - 1), round(2 * radius + 2)
    across = (np.arange(size, dtype=np.float32)[None, :] + 0.5 + left - np.float32(x)) / radius
    down = (np.arange(size, dtype=np.float32)[:, None] + 0.5 + top - np.float32(y)) / radius
    far = np.hypot(across, down)
    lit = np.exp(-((across + 0.42) ** 2 + (down + 0.45) ** 2) / 0.62)[..., None]
    rim = np.clip(1 - np.abs(far - 0.97) * 6, 0, 1)[..., None] * 0.25
    night, day, glare = (
        np.array(rgb(color), np.float32)
        for color in (mix(theme.background, theme.primary, 0.22), theme.primary, "#ffffff")
    )
    body = night + (day - night) * np.clip(lit * 1.15 + rim, 0, 1) + (glare - day) * lit**4 * 0.55
    edge = np.clip((1 - far) * radius + 0.5, 0, 1) * 255
    part.paste(
        dithered(body.astype(np.float32)), (left, top), Image.fromarray(edge.astype(np.uint8))
    )


def _landscape(part: Image.Image, theme: Theme, chance: random.Random) -> None:
    """A sun over printed hills."""
    wide, tall = part.size
    shapes.box(part, -4, -4, wide + 4, tall + 4, mix(theme.background, theme.series[2], 0.3))
    sun = min(wide, tall) * 0.27
    shapes.disc(part, wide * 0.56, tall * 0.36, sun, theme.primary)
    for n, share in enumerate((0.22, 0.42, 0.7, 1.0)):
        color = mix(theme.background, theme.accent, share)
        base = tall * (0.46 + 0.135 * n)
        swell, phase = tall * 0.055, chance.uniform(0, 6.28)
        ridge = [
            (wide * s / 40, base + swell * math.sin(phase + s / 40 * 4.2)
             + swell * 0.45 * math.sin(phase * 2 + s / 40 * 9))
            for s in range(41)
        ]  # fmt: skip
        shapes.polygon(part, [*ridge, (wide, tall + 4), (0, tall + 4)], color)
    contour_lines(part, chance.randrange(1 << 30), theme.surface, 0.22, 6.0, min(wide, tall) / 330)


def _poster(part: Image.Image, theme: Theme, chance: random.Random) -> None:
    """A disc, a beam and bars, as on a Swiss concert poster."""
    wide, tall = part.size
    short = min(wide, tall)
    radius = short * 0.62
    x, y = wide * 0.72, tall * chance.choice((0.3, 0.42, 0.6))
    shapes.disc(part, x, y, radius, theme.primary)
    for n in range(7):
        top = y + radius * (-0.1 + 0.15 * n)
        thick = radius * (0.018 + 0.017 * n)
        shapes.box(part, x - radius * 1.1, top, wide, top + thick, theme.background)
    shapes.disc(part, x - radius * 0.62, y - radius * 0.72, radius * 0.3, theme.accent)


def _bubbles(part: Image.Image, theme: Theme, chance: random.Random) -> None:
    """Round friends, a wave and confetti."""
    wide, tall = part.size
    short = min(wide, tall)
    spots = [
        (0.66, 0.3, 0.36),
        (0.98, 0.72, 0.42),
        (0.4, 0.78, 0.2),
        (0.22, 0.2, 0.1),
        (0.8, 0.02, 0.15),
    ]
    colors = [theme.primary, theme.accent, theme.series[3], theme.series[2], theme.series[4]]
    for (x, y, size), color in zip(spots, colors, strict=True):
        # In a low region nothing may be cut by its lower edge: words stand below it.
        lowest = tall - size * short if wide > tall else math.inf
        shapes.disc(part, x * wide, min(y * tall, lowest), size * short, color)
    x, y, size = 0.66 * wide, 0.3 * tall, 0.36 * short
    for side in (-1, 1):
        shapes.disc(part, x + side * size * 0.3, y - size * 0.12, size * 0.085, theme.surface)
    shapes.sector(part, x, y + size * 0.08, size * 0.34, size * 0.42, 25, 130, theme.surface)
    wave = [
        (wide * (0.12 + 0.011 * n), tall * 0.56 + short * 0.035 * math.sin(n * 0.55))
        for n in range(40)
    ]
    shapes.stroke(part, wave, short * 0.024, theme.series[2])
    for _ in range(16):
        cx, cy = chance.uniform(0.08, 0.98) * wide, chance.uniform(0.02, 0.98) * tall
        angle, long = chance.uniform(0, 3.14), short * 0.016
        ends = [(cx - math.cos(angle) * long, cy - math.sin(angle) * long),
                (cx + math.cos(angle) * long, cy + math.sin(angle) * long)]  # fmt: skip
        shapes.stroke(part, ends, short * 0.014, chance.choice(colors))


def _drafting(part: Image.Image, theme: Theme, chance: random.Random) -> None:
    """A construction drawing: circles, centre lines, ticks and a dimension."""
    wide, tall = part.size
    short = min(wide, tall)
    x, y, radius = wide * 0.52, tall * 0.48, short * 0.4
    fine = short / 220
    for far, opacity in ((1.0, 1.0), (0.72, 0.55), (0.4, 0.9), (1.16, 0.35)):
        shapes.ring(
            part, x, y, radius * far, fine * (1.6 if far == 1 else 1), theme.primary, opacity
        )
    shapes.sector(part, x, y, radius * 0.4, radius * 0.72, -90, chance.choice((110, 150, 200)),
                  theme.primary, 0.28)  # fmt: skip
    for n in range(72):
        angle = math.tau * n / 72
        ends = [
            (x + math.cos(angle) * radius * far, y + math.sin(angle) * radius * far)
            for far in (1.16, 1.22 if n % 6 else 1.3)
        ]
        shapes.stroke(part, ends, fine * 0.8, theme.primary, 0.6)
    for n in range(60):
        length = radius * 3.2 / 60
        at = x - radius * 1.6 + n * length
        if n % 4 != 3:
            shapes.box(part, at, y - fine / 3, at + length, y + fine / 3, theme.text, 0.35)
            at = y - radius * 1.6 + n * length
            shapes.box(part, x - fine / 3, at, x + fine / 3, at + length, theme.text, 0.35)
    angle = chance.uniform(-0.9, -0.4)
    tip = (x + math.cos(angle) * radius, y + math.sin(angle) * radius)
    shapes.stroke(part, [(x, y), tip], fine * 1.6, theme.accent)
    for point in ((x, y), tip):
        shapes.disc(part, *point, short * 0.016, theme.accent)
    shapes.ring(part, *tip, short * 0.034, fine, theme.accent)
