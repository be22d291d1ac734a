"""The takes of a scene beside each other, with their numbers, as one picture to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from flows.pages.html import still

_WIDE, _GAP, _LABEL = 640, 24, 30
_GROUND, _INK, _FAINT, _PICKED = "#14161a", "#e6e9ee", "#9aa2ad", "#f2b84b"


class Shown(NamedTuple):
    """A take: its number, its file (a picture or a clip), a few words, and whether it is picked."""

    number: int
    path: Path
    words: str
    is_picked: bool


def take_sheet(takes: Sequence[Shown], out: Path) -> None:
    """Writes a PNG of all takes, two or three in a row, each under its number."""
    pictures = [still(take.path) for take in takes]
    shape = max(picture.height / picture.width for picture in pictures)
    columns = min(len(takes), 2 if len(takes) in (2, 4) else 3)
    wide = _WIDE if shape <= 1 else round(_WIDE / shape)
    high = round(wide * shape)
    row = high + round(_LABEL * 2.2) + _GAP
    size = columns * (wide + _GAP) + _GAP, -(-len(takes) // columns) * row + _GAP
    sheet = Image.new("RGB", size, _GROUND)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(_LABEL)
    small = ImageFont.load_default(_LABEL * 2 // 3)
    for at, (take, picture) in enumerate(zip(takes, pictures, strict=True)):
        left = _GAP + at % columns * (wide + _GAP)
        upper = _GAP + at // columns * row
        fitted = picture.resize((wide, round(wide * picture.height / picture.width)))
        sheet.paste(fitted, (left, upper))
        below = upper + high + _LABEL // 3
        if take.is_picked:
            frame = (left - 6, upper - 6, left + wide + 5, upper + high + 5)
            pen.rectangle(frame, outline=_PICKED, width=5)
        name = f"{take.number}  picked" if take.is_picked else str(take.number)
        pen.text((left, below), name, fill=_PICKED if take.is_picked else _INK, font=font)
        room = wide - font.getlength(name) - 2 * _GAP
        words = take.words
        while words and small.getlength(words) > room:
            words = words[:-2].rstrip("…") + "…" if len(words) > 3 else ""
        begins = left + font.getlength(name) + _GAP, below + _LABEL // 4
        pen.text(begins, words, fill=_FAINT, font=small)
    sheet.save(out, optimize=True)
