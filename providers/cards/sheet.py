"""The sheet a layout is made on: its safe area, its scale, and the marks put on it.

A layout only collects marks. They can be measured and checked without drawing, mirrored for
scripts that run from right to left, and painted in one go.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from PIL import Image, ImageDraw

from providers.cards import shapes as shapes
from providers.cards.color import legible
from providers.cards.shapes import Point
from providers.cards.text import Type, advance, ink, paint_line
from providers.cards.themes import Theme
from providers.cards.wrap import Block, fit

Role = Literal["heading", "body", "strong", "numeral", "display", "mono"]
Entrance = Literal["fade", "cut", "up", "down", "left", "right"]
"""How a part of a card appears; the last four uncover it in that direction."""
LEAST = 0.024
"""The smallest type, as a share of the short side: about 26 pixels of a 1080p film."""
_CAPTIONS = {"wide": 0.21, "square": 0.22, "portrait": 0.24, "tall": 0.33}


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0


@dataclass(frozen=True)
class Words:
    """One line of text with its origin at `x` on the baseline `y`; `on` is what lies behind it."""

    text: str
    type: Type
    x: float
    y: float
    color: str
    on: tuple[str, ...]
    field: str
    language: str
    part: int = 0

    @property
    def box(self) -> Box:
        """Where the ink is."""
        own = ink(self.text, self.type, self.language)
        return Box(self.x + own.left, self.y + own.top, self.x + own.right, self.y + own.bottom)

    def mirrored(self, width: float) -> Words:
        return replace(self, x=width - self.x - advance(self.text, self.type, self.language))

    def paint(self, image: Image.Image) -> None:
        pen = ImageDraw.Draw(image)
        paint_line(pen, self.x, self.y, self.text, self.type, self.color, self.language)


@dataclass(frozen=True)
class Panel:
    """A rectangle with round corners."""

    x0: float
    y0: float
    x1: float
    y1: float
    color: str
    opacity: float = 1
    radius: float = 0
    part: int = 0

    def mirrored(self, width: float) -> Panel:
        return replace(self, x0=width - self.x1, x1=width - self.x0)

    def paint(self, image: Image.Image) -> None:
        shapes.box(image, self.x0, self.y0, self.x1, self.y1, self.color, self.opacity, self.radius)


@dataclass(frozen=True)
class Arc:
    """A piece of a ring, clockwise from the top."""

    x: float
    y: float
    inner: float
    outer: float
    color: str
    sweep: float = 360
    opacity: float = 1
    part: int = 0

    def mirrored(self, width: float) -> Arc:
        return replace(self, x=width - self.x)

    def paint(self, image: Image.Image) -> None:
        shapes.sector(
            image, self.x, self.y, self.inner, self.outer, -90, self.sweep, self.color, self.opacity
        )


@dataclass(frozen=True)
class Path:
    """A line through points, or the area inside them when `width` is 0."""

    points: tuple[Point, ...]
    color: str
    width: float
    opacity: float = 1
    part: int = 0

    def mirrored(self, width: float) -> Path:
        return replace(self, points=tuple((width - x, y) for x, y in self.points))

    def paint(self, image: Image.Image) -> None:
        if self.width:
            shapes.stroke(image, self.points, self.width, self.color, self.opacity)
        else:
            shapes.polygon(image, self.points, self.color, self.opacity)


@dataclass(frozen=True)
class Picture:
    """An image put at (`x`, `y`), in its final size, through its own mask."""

    image: Image.Image
    mask: Image.Image
    x: int
    y: int
    part: int = 0

    def mirrored(self, width: float) -> Picture:
        return replace(self, x=round(width) - self.x - self.image.width)

    def paint(self, image: Image.Image) -> None:
        image.paste(self.image, (self.x, self.y), self.mask)


Mark = Words | Panel | Arc | Path | Picture


class Sheet:
    """An empty card: lengths are pixels, `u` is a hundredth of the short side."""

    def __init__(
        self, theme: Theme, width: int, height: int, language: str, captions: bool, bold: bool
    ) -> None:
        self.theme, self.width, self.height = theme, width, height
        self.language, self.captions, self.bold = language, captions, bold
        self.u = min(width, height) / 100
        ratio = width / height
        self.shape = next(
            name
            for name, least in (("wide", 1.3), ("square", 0.9), ("portrait", 0.7), ("tall", 0))
            if ratio > least
        )
        side = 0.11 if self.shape == "wide" else 0.105
        below = _CAPTIONS[self.shape] + 0.012 if captions else 0.115
        self.safe = Box(width * side, height * 0.115, width * (1 - side), height * (1 - below))
        self.hero: Box | None = None
        """Where background art may stand out strongly; no words go there."""
        self.brand = ""
        self.logo: Image.Image | None = None
        """RGBA, any size."""
        self.picture: Image.Image | None = None
        self.marks: list[Mark] = []
        self.upright: list[Mark] = []
        """Marks that are not mirrored: code and pictures that fill the card."""
        self.entrances: dict[int, Entrance] = {}
        """How a part appears, where it does not fade in."""
        self.counted = 1.0
        """The share up to which the card's figure has been counted."""

    @property
    def wide(self) -> bool:
        return self.shape == "wide"

    @property
    def grounds(self) -> tuple[str, ...]:
        return self.theme.bold_grounds if self.bold else self.theme.grounds

    @property
    def ink(self) -> str:
        return self.theme.bold_text if self.bold else self.theme.text

    @property
    def muted(self) -> str:
        return self.theme.bold_text if self.bold else self.theme.muted

    @property
    def lively(self) -> str:
        """The colour of small decorations."""
        return self.theme.bold_accent if self.bold else self.theme.accent

    @property
    def lively_words(self) -> str:
        """The colour of words that stand out."""
        return self.theme.bold_accent if self.bold else self.theme.primary

    @property
    def radius(self) -> float:
        return self.theme.radius * self.u * 100

    @contextmanager
    def part(self, number: int) -> Iterator[None]:
        """What is put on the sheet inside is part `number` of the card; 0 is always there."""
        marks, upright = len(self.marks), len(self.upright)
        yield
        self.marks[marks:] = [replace(mark, part=number) for mark in self.marks[marks:]]
        self.upright[upright:] = [replace(mark, part=number) for mark in self.upright[upright:]]

    def type(self, role: Role, size: float = 10) -> Type:
        """The theme's type for a role, `size` in pixels."""
        theme = self.theme
        if role == "heading":
            return Type(theme.heading_font, theme.heading_weight, size, theme.heading_tracking)
        if role == "numeral":
            return Type(theme.numeral_font, theme.numeral_weight, size, features=("tnum",))
        if role == "display":
            # Figures of one width leave holes about a 1 and a decimal mark at this size.
            mono = theme.numeral_font == theme.mono_font
            font = theme.heading_font if mono else theme.numeral_font
            weight = theme.heading_weight if mono else theme.numeral_weight
            return Type(font, weight, size, -0.03, marked=0.06)
        if role == "mono":
            return Type(theme.mono_font, 400, size, features=("-liga", "-calt"))
        weight = 700 if role == "strong" else theme.body_weight
        return Type(theme.body_font, weight, size)

    def fit(
        self,
        field: str,
        text: str,
        role: Role,
        width: float,
        height: float,
        sizes: tuple[float, float],
        leading: float = 1.14,
        most_lines: int = 99,
    ) -> Block:
        """The largest setting within a box; `sizes` in units `u`. Raises TooLong."""
        pixels = (sizes[0] * self.u, max(sizes[1] / 100, LEAST) * 100 * self.u)
        balance = role in ("heading", "numeral", "display") or len(text) < 90
        return fit(
            field, text, self.type(role), width, height, pixels, self.language, leading,
            most_lines, balance,
        )  # fmt: skip

    def put(
        self,
        block: Block,
        x: float,
        top: float,
        color: str = "",
        on: tuple[str, ...] = (),
        align: Literal["start", "middle", "end"] = "start",
    ) -> float:
        """Sets a block with its capitals' top at `top`; `x` is its start, middle or end.

        Returns the last baseline. Large type is moved so that its ink, not its side bearing,
        stands on the margin.
        """
        grounds = on or self.grounds
        shown = legible(color or self.ink, grounds)
        baseline = top + block.height - block.step * (len(block.lines) - 1)
        for line in block.lines:
            long = advance(line, block.type, self.language)
            left = x - {"start": 0.0, "middle": long / 2, "end": long}[align]
            if align == "start" and block.type.size > 5 * self.u:
                left -= ink(line, block.type, self.language).left
            self.marks.append(
                Words(line, block.type, left, baseline, shown, grounds, block.field, self.language)
            )
            baseline += block.step
        return baseline - block.step

    def line(self, field: str, text: str, type_: Type) -> Block:
        """One line that is known to fit."""
        return Block((text,), type_, 1.0, advance(text, type_, self.language), field, text)

    def placed(self, rtl: bool) -> tuple[Mark, ...]:
        """All marks where they are drawn."""
        turned = [mark.mirrored(self.width) for mark in self.marks] if rtl else self.marks
        return (*self.upright, *turned)

    def mirrored_entrances(self, rtl: bool) -> dict[int, Entrance]:
        """How parts appear, where the card runs from right to left if `rtl`."""
        turned: dict[Entrance, Entrance] = {"left": "right", "right": "left"} if rtl else {}
        return {part: turned.get(how, how) for part, how in self.entrances.items()}
