"""The font that captions are burned in, for measuring how wide they come out."""

from __future__ import annotations

from pathlib import Path

from PIL import ImageFont

from assembly.captions import font_size
from assembly.timeline import CaptionLook

_FILES = (".ttf", ".otf", ".ttc", ".otc")
_PROBE = 1000


def caption_widths(
    lines: list[str], look: CaptionLook, fonts_dir: Path, width: int, height: int
) -> list[float] | None:
    """Pixels that caption lines take in a frame of `width` x `height`; None: no such font there.

    libass scales a font so that its ascent and descent together are the size asked for.
    """
    font = _font(look, fonts_dir)
    if font is None:
        return None
    ascent, descent = font.getmetrics()
    scale = font_size(look, width, height) / (ascent + descent)
    return [font.getlength(line) * scale for line in lines]


def _font(look: CaptionLook, fonts_dir: Path) -> ImageFont.FreeTypeFont | None:
    best: tuple[int, ImageFont.FreeTypeFont] | None = None
    for path in sorted(p for p in fonts_dir.rglob("*") if p.suffix.lower() in _FILES):
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
