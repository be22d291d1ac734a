"""The font that captions are burned in, for measuring how wide they come out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PIL import ImageFont

from assembly.captions.cues import CaptionLook
from assembly.captions.layout import font_size

Measure = Callable[[str], float]
"""Pixels that a line takes in the captions' type."""

_FILES = (".ttf", ".otf", ".ttc", ".otc")
_PROBE = 1000


def caption_measure(
    look: CaptionLook, fonts: Iterable[Path], width: int, height: int
) -> Measure | None:
    """Measures caption lines in a frame of `width` x `height`; None: the font is not in `fonts`.

    `fonts` are font files. libass scales a font so that its ascent and descent together are the
    size asked for.
    """
    font = _font(look, fonts)
    if font is None:
        return None
    ascent, descent = font.getmetrics()
    scale = font_size(look, width, height) / (ascent + descent)
    return lambda line: font.getlength(line) * scale


def _font(look: CaptionLook, fonts: Iterable[Path]) -> ImageFont.FreeTypeFont | None:
    best: tuple[int, ImageFont.FreeTypeFont] | None = None
    for path in sorted(p for p in fonts if p.suffix.lower() in _FILES):
        try:
            font = ImageFont.truetype(str(path), _PROBE, layout_engine=ImageFont.Layout.BASIC)
        except OSError:
            continue
        family, style = (name or "" for name in font.getname())
        if family.casefold() != look.font.casefold():
            continue
        wanted = ("bold",) if look.bold else ("regular", "book", "")
        rank = 0 if style.casefold() in wanted else 2 if "italic" in style.casefold() else 1
        if best is None or rank < best[0]:
            best = (rank, font)
    return best[1] if best else None
