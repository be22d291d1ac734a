"""Words set in type: which font draws which run, how wide they are, and how they are painted."""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import ImageDraw, ImageFont, features

from providers.cards.font_scan import characters, drawn
from providers.cards.fonts import explain_uncovered, fallback_for, font_file, load_file

RAQM = features.check("raqm")
_MOSTLY = 0.3
"""From this share of missing characters on, a whole line is set in the stand-in font."""

_MARKED = re.compile(r"\d[.,]|[.,]\d")


@dataclass(frozen=True)
class Type:
    """A way of setting words. `size` in pixels; `tracking` in ems; `features` are OpenType tags.

    `marked`: the most white, in ems, between a decimal mark and a digit beside it, where letters
    are tracked.
    """

    family: str
    weight: int
    size: float
    tracking: float = 0.0
    italic: bool = False
    features: tuple[str, ...] = ()
    marked: float = math.inf

    def at(self, size: float) -> Type:
        return replace(self, size=round(size, 2))


@dataclass(frozen=True)
class Run:
    """Characters that one font draws, at `x` pixels from the line's left end."""

    text: str
    path: Path
    x: float
    rtl: bool


@dataclass(frozen=True)
class Ink:
    """Where a line's ink lies relative to its origin on the baseline, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


def is_rtl(text: str) -> bool:
    """Whether the first strong character reads from right to left (Unicode UAX #9, rule P2)."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


def _spaced_script(text: str) -> bool:
    """Letters of joined or stacked scripts must stay as the shaper sets them."""
    return all(ord(char) < 0x0530 or 0x2000 <= ord(char) < 0x2100 for char in text)


def _font(path: Path, type_: Type) -> ImageFont.FreeTypeFont:
    return load_file(path, type_.weight, type_.size)


def _shaping(rtl: bool, type_: Type, language: str) -> dict[str, Any]:
    """What Pillow is told about a run; nothing where its raqm layout is not built in."""
    if not RAQM:
        return {}
    tags = list(type_.features) + (["-liga", "-clig"] if type_.tracking else [])
    told: dict[str, Any] = {"direction": "rtl" if rtl else "ltr", "features": tags}
    if language:
        told["language"] = language
    return told


def _split(text: str, type_: Type) -> list[tuple[str, Path]]:
    """Cuts a line into pieces by font; marks and spaces stay with what they follow."""
    own = font_file(type_.family, type_.weight, type_.italic)
    has = characters(own)
    lacking = "".join(dict.fromkeys(char for char in drawn(text) if ord(char) not in has))
    if not lacking:
        return [(text, own)]
    foreign = sum(char in lacking for char in text) >= _MOSTLY * len(drawn(text))
    if (foreign or is_rtl(text)) and (whole := fallback_for(text, type_.weight)):
        return [(text, whole)]
    shared = fallback_for(lacking, type_.weight)
    pieces: list[tuple[str, Path]] = []
    for char in text:
        if char in lacking:
            path = shared or fallback_for(char, type_.weight)
            if path is None:
                raise ValueError(explain_uncovered(char))
        elif pieces and (unicodedata.combining(char) or not drawn(char)):
            path = pieces[-1][1]
        else:
            path = own
        if pieces and pieces[-1][1] == path:
            pieces[-1] = (pieces[-1][0] + char, path)
        else:
            pieces.append((char, path))
    return list(reversed(pieces)) if is_rtl(text) else pieces


@lru_cache(maxsize=8192)
def _runs(text: str, type_: Type, language: str) -> tuple[tuple[Run, ...], float]:
    """The runs of a line from left to right, and the line's advance width in pixels."""
    runs: list[Run] = []
    x = 0.0
    rtl = is_rtl(text)
    for piece, path in _split(text, type_):
        font = _font(path, type_)
        told = _shaping(rtl, type_, language)
        if type_.tracking and _spaced_script(piece):
            # Each letter stands where kerning puts it, plus the tracking so far.
            for index, char in enumerate(piece):
                lead = font.getlength(piece[: index + 1], **told) - font.getlength(char, **told)
                lead += _spread(piece[: index + 1], path, type_, language)
                runs.append(Run(char, path, x + lead - type_.tracking * type_.size, False))
            x += font.getlength(piece, **told) + _spread(piece, path, type_, language)
        else:
            runs.append(Run(piece, path, x, rtl))
            x += font.getlength(piece, **told)
    trailing = type_.tracking * type_.size if runs and _spaced_script(text[-1:]) else 0.0
    return tuple(runs), x - trailing


@lru_cache(maxsize=16384)
def advance(text: str, type_: Type, language: str = "") -> float:
    """The width of a line in pixels, side bearings included. Raises ValueError without glyphs."""
    width = 0.0
    for piece, path in _split(text, type_):
        told = _shaping(is_rtl(text), type_, language)
        width += _font(path, type_).getlength(piece, **told)
        if type_.tracking and _spaced_script(piece):
            width += _spread(piece, path, type_, language)
    return width


def _spread(piece: str, path: Path, type_: Type, language: str) -> float:
    """By how many pixels tracking makes a piece of a line wider."""
    wider = len(piece) * type_.tracking * type_.size
    if type_.marked < math.inf:
        for pair in map("".join, itertools.pairwise(piece)):
            if _MARKED.fullmatch(pair):
                white = _white(pair, path, type_, language) + type_.tracking * type_.size
                wider -= max(0.0, white - type_.marked * type_.size)
    return wider


@lru_cache(maxsize=1024)
def _white(pair: str, path: Path, type_: Type, language: str) -> float:
    """The pixels between two characters as their font sets them."""
    font, told = _font(path, type_), _shaping(False, type_, language)
    first_right = _inked(pair[0], path, type_, False, language)[2]
    second_left = _inked(pair[1], path, type_, False, language)[0]
    apart = font.getlength(pair, **told) - font.getlength(pair[1], **told)
    return float(apart + second_left - first_right)


@lru_cache(maxsize=4096)
def ink(text: str, type_: Type, language: str = "") -> Ink:
    """The box of the line's ink around its origin on the baseline, in pixels."""
    boxes = []
    for run in _runs(text, type_, language)[0]:
        if drawn(run.text):
            left, top, right, bottom = _inked(run.text, run.path, type_, run.rtl, language)
            boxes.append((run.x + left, top, run.x + right, bottom))
    if not boxes:
        return Ink(0, 0, 0, 0)
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Ink(min(lefts), min(tops), max(rights), max(bottoms))


def _inked(
    text: str, path: Path, type_: Type, rtl: bool, language: str
) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the ink that one font draws, from its origin."""
    # The font's own box reaches back to the origin; only the drawn mask shows side bearings.
    told = _shaping(rtl, type_, language)
    mask, (x, y) = _font(path, type_).getmask2(text, "L", anchor="ls", **told)
    left, top, right, bottom = mask.getbbox() or (0, 0, 0, 0)
    return x + left, y + top, x + right, y + bottom


@lru_cache(maxsize=1024)
def cap_height(type_: Type) -> float:
    """The height of capitals in pixels: what the eye takes for the top of a line."""
    path = font_file(type_.family, type_.weight, type_.italic)
    return float(-_font(path, type_).getbbox("H", anchor="ls")[1])


def paint_line(
    pen: ImageDraw.ImageDraw, x: float, y: float, text: str, type_: Type, color: str, language: str
) -> None:
    """Draws one line with its origin at `x` on the baseline `y`."""
    for run in _runs(text, type_, language)[0]:
        told = _shaping(run.rtl, type_, language)
        pen.text((x + run.x, y), run.text, color, _font(run.path, type_), anchor="ls", **told)
