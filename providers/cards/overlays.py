"""What stands over scenes, drawn in a theme on a transparent frame: names, and the logo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from providers.cards import shapes as shapes
from providers.cards.color import contrast, luminance
from providers.cards.sheet import Box, Sheet, Words
from providers.cards.stack import logo_picture
from providers.cards.text import is_rtl
from providers.cards.themes import Theme
from providers.requests import OverlaySpec

_FOOT = {"wide": 0.075, "square": 0.075, "portrait": 0.085, "tall": 0.2}
"""Share of the height below a name; a phone's buttons lie over the foot of a tall frame."""
_WIDEST = {"wide": 0.5, "square": 0.76, "portrait": 0.8, "tall": 0.8}
_HEAD = {"wide": 0.03, "square": 0.03, "portrait": 0.03, "tall": 0.045}
"""Share of the height above (or below) a logo."""
_PLAIN = 1.6
"""Less contrast than this and a part of a logo is hardly seen."""
_LOST = 0.4
"""A logo of which so much is hardly seen gets a plate."""


@dataclass(frozen=True)
class LowerThird:
    """A name laid out: a panel with it, a strip with the role below, and the words on them."""

    panel: Box
    strip: Box | None
    bar: Box
    words: tuple[Words, ...]


def lay_lower_third(sheet: Sheet, spec: OverlaySpec) -> LowerThird:
    """Measures a name. Raises TooLong when it does not fit."""
    u, theme = sheet.u, sheet.theme
    most = sheet.width * _WIDEST[sheet.shape]
    inside = 2.6 * u
    larger = 1.0 if sheet.wide else 1.1
    name = sheet.fit(
        "lower third", spec.name, "heading", most - 2 * inside, 12 * u,
        (5.2 * larger, 3.4), most_lines=1,
    )  # fmt: skip
    role = None
    if spec.role:
        role = sheet.fit(
            "lower third", spec.role, "strong", most - 2 * inside, 12 * u,
            (3.0 * larger, 2.4), most_lines=1,
        )  # fmt: skip
    wide = max(name.width, role.width if role else 0.0) + 2 * inside
    high = name.height + 3.6 * u
    below = role.height + 2.7 * u if role else 0.0
    bottom = sheet.height * (1 - _FOOT[sheet.shape])
    if spec.foot:
        logo_top = sheet.height * (1 - _HEAD[sheet.shape]) - spec.foot * 100 * u
        bottom = min(bottom, logo_top - 2.5 * u)
    rtl = is_rtl(spec.name) if spec.side == "start" else spec.side == "right"
    left = sheet.width * 0.055
    if rtl:
        left = sheet.width - left - wide
    top = bottom - below - high
    panel = Box(left, top, left + wide, top + high)
    bar_x = panel.x1 - 0.9 * u if rtl else panel.x0
    strip = Box(left, panel.y1, left + wide, bottom) if role else None
    x = panel.x1 - inside if rtl else panel.x0 + inside
    align: Literal["start", "end"] = "end" if rtl else "start"
    sheet.put(name, x, top + 1.8 * u, theme.text, (theme.surface,), align)
    if role:
        sheet.put(role, x, panel.y1 + 1.35 * u, theme.bold_text, (theme.bold_background,), align)
    words = tuple(mark for mark in sheet.marks if isinstance(mark, Words))
    return LowerThird(panel, strip, Box(bar_x, top, bar_x + 0.9 * u, bottom), words)


def paint_lower_third(sheet: Sheet, laid: LowerThird) -> tuple[Image.Image, Box]:
    """The name on a transparent frame, and the box that holds all of it, its shadow too."""
    theme, panel = sheet.theme, laid.panel
    whole = replace(panel, y1=laid.strip.y1 if laid.strip else panel.y1)
    colors = Image.new("RGB", (sheet.width, sheet.height), theme.surface)
    if laid.strip:
        wider = replace(laid.strip, x0=panel.x0 - 9, x1=panel.x1 + 9, y1=sheet.height)
        shapes.box(colors, *_edges(wider), theme.bold_background)
    shapes.box(colors, *_edges(laid.bar), theme.bold_accent if laid.strip else theme.accent)
    for words in laid.words:
        words.paint(colors)
    cover = Image.new("RGB", colors.size)
    shapes.box(cover, *_edges(whole), "#ffffff", 1, min(sheet.radius, 1.2 * sheet.u))
    return _shaded(sheet, colors, cover.getchannel("R"), whole)


def paint_logo(sheet: Sheet, spec: OverlaySpec, logo: Image.Image) -> tuple[Image.Image, Box]:
    """The logo in its corner of a transparent frame, on a plate where it would be hard to see."""
    u, corner = sheet.u, spec.corner
    high = spec.size * min(sheet.width, sheet.height)
    plate = _plate(sheet.theme, logo, spec.over_pictures)
    pad = 0.16 * high if plate else 0.0
    small = logo_picture(logo, 0.34 * sheet.width - 2 * pad, high - 2 * pad)
    wide, high = small.width + 2 * pad, small.height + 2 * pad
    side, edge = 3.6 * u, sheet.height * _HEAD[sheet.shape]
    left = side if corner.endswith("left") else sheet.width - side - wide
    top = edge if corner.startswith("top") else sheet.height - edge - high
    place = Box(left, top, left + wide, top + high)
    frame = Image.new("RGBA", (sheet.width, sheet.height))
    if plate:
        colors = Image.new("RGB", frame.size, plate)
        cover = Image.new("RGB", frame.size)
        shapes.box(cover, *_edges(place), "#ffffff", 0.86, min(sheet.radius, 0.2 * high))
        frame = Image.merge("RGBA", (*colors.split(), cover.getchannel("R")))
    frame.alpha_composite(small, (round(left + pad), round(top + pad)))
    return frame, _even(place, sheet, 2)


def _plate(theme: Theme, logo: Image.Image, over_pictures: bool) -> str:
    """The colour that a logo needs behind it; empty: none."""
    pixels = np.asarray(logo.resize((48, 48), Image.Resampling.BOX)).reshape(-1, 4)
    seen = pixels[pixels[:, 3] > 128]
    if not len(seen) or len(seen) > 0.98 * len(pixels):
        # Without a clear ground it is its own plate.
        return ""
    colors = ["#{:02x}{:02x}{:02x}".format(*map(int, pixel[:3])) for pixel in seen[::7]]

    def lost(ground: str) -> float:
        return sum(contrast(color, ground) < _PLAIN for color in colors) / len(colors)

    grounds = (theme.background, theme.background_end, theme.bold_background)
    if not over_pictures and all(lost(ground) < _LOST for ground in grounds):
        return ""
    lights = sorted((theme.surface, theme.background, "#ffffff", "#10131a"), key=luminance)
    return min(lights, key=lost)


def _shaded(
    sheet: Sheet, colors: Image.Image, cover: Image.Image, place: Box
) -> tuple[Image.Image, Box]:
    """What is covered, with a soft shadow around it, so that it stands off any ground."""
    soft = 1.1 * sheet.u
    shadow = cover.filter(ImageFilter.GaussianBlur(soft)).point(lambda level: round(0.38 * level))
    dark = Image.new("RGB", colors.size, "#000000")
    dark.paste(colors, mask=cover)
    frame = Image.merge("RGBA", (*dark.split(), ImageChops.lighter(cover, shadow)))
    return frame, _even(place, sheet, 2.6 * soft)


def _edges(box: Box) -> tuple[float, float, float, float]:
    return box.x0, box.y0, box.x1, box.y1


def _even(box: Box, sheet: Sheet, around: float) -> Box:
    """The box with some room around it, in even pixels within the frame."""
    least = [max(0, int(edge - around) // 2 * 2) for edge in (box.x0, box.y0)]
    most = [
        min(size, -(-int(edge + around + 1) // 2) * 2)
        for edge, size in ((box.x1, sheet.width), (box.y1, sheet.height))
    ]
    return Box(*least, *most)
