"""Shapes of films: from an aspect to pixels."""

from __future__ import annotations

SHAPES = {"16:9": (16, 9), "9:16": (9, 16), "1:1": (1, 1), "4:5": (4, 5)}


def film_size(aspect: str, short_side: int) -> tuple[int, int]:
    """Width and height in pixels, both even, of a film whose shorter side is `short_side`."""
    wide, high = SHAPES[aspect]
    unit = short_side / min(wide, high)
    return round(wide * unit / 2) * 2, round(high * unit / 2) * 2
