"""Colours as `#rrggbb`: mixing them, and keeping words legible on them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

RGB = tuple[int, int, int]
LEGIBLE = 4.5
"""The least contrast of words and what lies behind them: WCAG 2.2, success criterion 1.4.3."""
SOUGHT = 4.7
"""What is aimed for, so that rounding and faint background art never fall below LEGIBLE."""


def rgb(color: str) -> RGB:
    """The three channels, 0 to 255. Raises ValueError for anything but `#rrggbb`."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise ValueError(f"'{color}' is not a colour: write it as #rrggbb")
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def mix(a: str, b: str, share: float) -> str:
    """`a` with `share` (0 to 1) of `b` mixed in."""
    blended = (round(x + (y - x) * share) for x, y in zip(rgb(a), rgb(b), strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in blended)


@lru_cache(maxsize=4096)
def luminance(color: str) -> float:
    """Relative luminance, 0 (black) to 1 (white), as WCAG 2.2 defines it."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in rgb(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def least_contrast(color: str, backgrounds: Iterable[str]) -> float:
    """The contrast with the background it stands out from least."""
    return min(contrast(color, background) for background in backgrounds)


@lru_cache(maxsize=4096)
def legible(color: str, backgrounds: tuple[str, ...], sought: float = SOUGHT) -> str:
    """`color`, lightened or darkened as little as it takes to be read on every background.

    When no colour can be read on all of them, the nearest of black and white is returned.
    """
    if least_contrast(color, backgrounds) >= sought:
        return color
    for step in range(1, 51):
        for pole in ("#ffffff", "#000000"):
            tried = mix(color, pole, step / 50)
            if least_contrast(tried, backgrounds) >= sought:
                return tried
    return max(("#ffffff", "#000000"), key=lambda pole: least_contrast(pole, backgrounds))


def readable_ground(background: str, art: tuple[str, ...], share: float) -> str:
    """`background`, moved until some colour reads on it, bare or under `share` of any `art`.

    Mid-grey grounds carry neither black nor white once art lies on them.
    """
    pole = "#ffffff" if luminance(background) >= 0.18 else "#000000"
    for step in range(51):
        tried = mix(background, pole, step / 50)
        grounds = (tried, *(mix(tried, color, share) for color in art))
        if max(least_contrast(ink, grounds) for ink in ("#ffffff", "#000000")) >= SOUGHT:
            return tried
    return pole
