"""Things under one another: a column is measured as a whole, then placed; and what heads a card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from PIL import Image

from providers.cards.color import legible, mix
from providers.cards.sheet import LEAST, Arc, Box, Panel, Picture, Sheet
from providers.cards.text import Type, advance, cap_height
from providers.cards.wrap import Block, TooLong

Align = Literal["start", "middle"]


@dataclass
class Stack:
    """Pieces with the gap before each (dropped before the first) and how to draw it at a top."""

    pieces: list[tuple[float, float, Callable[[float], object]]] = field(default_factory=list)

    def add(self, gap: float, height: float, draw: Callable[[float], object]) -> None:
        self.pieces.append((gap if self.pieces else 0.0, height, draw))

    @property
    def height(self) -> float:
        return sum(gap + height for gap, height, _ in self.pieces)

    def place(self, top: float) -> float:
        """Draws everything from `top` down; returns where it ends."""
        for gap, height, draw in self.pieces:
            draw(top + gap)
            top += gap + height
        return top

    def center(self, box: Box) -> float:
        """Draws everything in the middle of a box, a little high, as the eye expects."""
        return self.place(box.y0 + max(0.0, box.height - self.height) * 0.47)


def add_block(
    sheet: Sheet, stack: Stack, block: Block | None, gap: float, x: float, color: str = "",
    align: Align = "start", part: int = 0,
) -> None:  # fmt: skip
    """Puts a block of words, if there is one, under what the stack holds."""
    if block is None or not block.text:
        return

    def draw(top: float) -> None:
        with sheet.part(part):
            sheet.put(block, x, top, color, align=align)

    stack.add(gap, block.height, draw)


def add_kicker(
    sheet: Sheet, stack: Stack, text: str, x: float, width: float, align: Align = "start"
) -> None:
    """The small label over a heading, in the theme's own manner; a short bar when there is none."""
    u, look = sheet.u, sheet.theme.kicker
    if not text:
        start = x - 3.5 * u if align == "middle" else x
        bar = Panel(
            start, 0, start + 7 * u, 0.9 * u, sheet.lively, radius=min(sheet.radius, 0.45 * u)
        )
        stack.add(0, 0.9 * u, lambda top: sheet.marks.append(_lowered(bar, top)))
        return
    type_ = kicker_type(sheet)
    shown = text.upper()
    lead = {"rule": 7.2, "dot": 2.8, "block": 1.4, "pill": 1.9, "mono": 2.8}.get(look, 0.0) * u
    tail = lead if look in ("block", "pill") else 0.0
    long = advance(shown, type_, sheet.language)
    if long + lead + tail > width:
        # A narrow card gives up the spacing of the letters before the words.
        type_ = Type(type_.family, type_.weight, LEAST * 100 * u)
        long = advance(shown, type_, sheet.language)
        if long + lead + tail > width:
            raise TooLong("kicker", (long + lead + tail) / width - 1)
    left = x - (long + lead + tail) / 2 if align == "middle" else x
    tall = cap_height(type_)
    pad = {"block": 1.15 * u, "pill": 1.35 * u}.get(look, 0.0)
    block = sheet.line("kicker", shown, type_)

    def draw(top: float) -> None:
        middle = top + pad + tall / 2
        color, on = _kicker_colors(sheet)
        if look == "rule":
            sheet.marks.append(
                Panel(left, middle - 0.3 * u, left + 5 * u, middle + 0.3 * u, sheet.lively)
            )
        elif look == "dot":
            sheet.marks.append(Arc(left + 0.8 * u, middle, 0, 0.8 * u, sheet.lively))
        elif look == "mono":
            sheet.marks.append(
                Panel(left, middle - 0.75 * u, left + 1.5 * u, middle + 0.75 * u, sheet.lively)
            )
        elif pad:
            sheet.marks.append(
                Panel(left, top, left + long + lead + tail, top + tall + 2 * pad, on[0],
                      radius=tall + pad if look == "pill" else 0)
            )  # fmt: skip
        sheet.put(block, left + lead, top + pad, color, on)

    stack.add(0, tall + 2 * pad, draw)


def kicker_type(sheet: Sheet) -> Type:
    """Small spaced capitals; in the drafting look, those of a typewriter."""
    size = 2.9 * sheet.u
    if sheet.theme.kicker == "mono":
        return Type(sheet.theme.mono_font, 500, size, 0.06)
    return Type(sheet.theme.body_font, 700, size, 0.13)


def _kicker_colors(sheet: Sheet) -> tuple[str, tuple[str, ...]]:
    """The label's colour and what it stands on."""
    theme, look = sheet.theme, sheet.theme.kicker
    if look == "block":
        ground = sheet.ink
        return (theme.bold_background if sheet.bold else theme.background), (ground,)
    if look == "pill":
        base = theme.bold_background if sheet.bold else theme.background
        ground = mix(base, theme.bold_art if sheet.bold else theme.primary, 0.16)
        return (theme.bold_text if sheet.bold else theme.primary), (ground,)
    if look == "plain" and not sheet.bold:
        return theme.primary, sheet.grounds
    return sheet.muted, sheet.grounds


def _lowered(bar: Panel, top: float) -> Panel:
    return Panel(bar.x0, top, bar.x1, top + bar.y1, bar.color, radius=bar.radius)


def logo_picture(logo: Image.Image, width: float, height: float) -> Image.Image:
    """The logo scaled to lie within a box."""
    scale = min(width / logo.width, height / logo.height)
    size = (max(1, round(logo.width * scale)), max(1, round(logo.height * scale)))
    return logo.resize(size, Image.Resampling.LANCZOS)


def add_brand(sheet: Sheet, stack: Stack, x: float, width: float, align: Align = "start") -> None:
    """The organisation's logo, or else its name, large enough to be a signature."""
    u = sheet.u
    if sheet.logo is not None:
        small = logo_picture(sheet.logo, min(width, 40 * u), 8 * u)
        left = round(x - small.width / 2 if align == "middle" else x)
        stack.add(
            0, small.height,
            lambda top: sheet.marks.append(Picture(small, small.getchannel("A"), left, round(top))),
        )  # fmt: skip
    elif sheet.brand:
        block = sheet.fit(
            "brand name", sheet.brand, "strong", width, 9 * u, (3.6, 2.6), most_lines=2
        )
        add_block(sheet, stack, block, 0, x, align=align)


def corner_brand(sheet: Sheet) -> float:
    """A small logo or name in the upper corner of a content card; returns the width it takes."""
    u, safe = sheet.u, sheet.safe
    if sheet.logo is not None:
        small = logo_picture(sheet.logo, 20 * u, 5 * u)
        left, top = round(safe.x1 - small.width), round(safe.y0 - 1.5 * u)
        sheet.marks.append(Picture(small, small.getchannel("A"), left, top))
        return small.width + 4 * u
    if sheet.brand:
        block = sheet.fit(
            "brand name", sheet.brand, "strong", 34 * u, 3 * u, (2.6, 2.4), most_lines=1
        )
        sheet.put(block, safe.x1, safe.y0, sheet.muted, align="end")
        return block.width + 4 * u
    return 0.0


def heading_stack(
    sheet: Sheet, kicker: str, heading: str, width: float, height: float,
    sizes: tuple[float, float], x: float, taken: float = 0.0,
) -> Stack:  # fmt: skip
    """Kicker and heading of a content card, not yet placed."""
    u, stack = sheet.u, Stack()
    if kicker or heading:
        add_kicker(sheet, stack, kicker, x, width - taken)
    if heading:
        room = height - stack.height
        block = sheet.fit("heading", heading, "heading", width, room, sizes, 1.08)
        add_block(sheet, stack, block, (3.4 if kicker else 3.0) * u, x)
    return stack


def accent_on(sheet: Sheet, color: str) -> str:
    """`color` where it must be read as words on the sheet's ground."""
    return legible(color, sheet.grounds)
