"""Cards drawn on this machine: words, figures and pictures set in a theme, at no cost."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import PIL
from PIL import Image

from providers._pictures import open_picture
from providers.base import Provider
from providers.cards.bars import bar
from providers.cards.build import State, build_states, count_states, has_parts, paint_parts
from providers.cards.code import code
from providers.cards.compare import comparison
from providers.cards.font_scan import system_files
from providers.cards.fonts import explain_uncovered, families, family_files, uncovered
from providers.cards.ground import paint_ground
from providers.cards.hero import paint_hero
from providers.cards.lines import line
from providers.cards.lists import points
from providers.cards.number import can_count, number
from providers.cards.overlays import lay_lower_third, paint_logo, paint_lower_third
from providers.cards.picture import picture as picture_card
from providers.cards.png import animated_png, png
from providers.cards.sheet import Box, Entrance, Mark, Sheet, Words
from providers.cards.steps import steps
from providers.cards.table import table
from providers.cards.text import RAQM, is_rtl
from providers.cards.themes import Theme, UnknownTheme, branded, load_theme
from providers.cards.words import closing, quote, statement, title
from providers.cards.wrap import TooLong
from providers.errors import Misconfigured, Rejected
from providers.requests import (
    AnyRequest,
    Brand,
    CardSpec,
    ImageRequest,
    LineItem,
    Made,
    OverlaySpec,
)

__all__ = [
    "CardLayout",
    "Cards",
    "check_card",
    "check_lower_third",
    "draw_card",
    "has_parts",
    "layout_card",
    "paint",
]

_LAYOUTS: dict[str, Callable[[Sheet, CardSpec], None]] = {
    "title": title, "statement": statement, "points": points, "steps": steps, "quote": quote,
    "number": number, "comparison": comparison, "table": table, "bar": bar, "line": line,
    "code": code, "image": picture_card, "closing": closing,
}  # fmt: skip
_DIGEST = re.compile("[0-9a-f]{64}")
_BOLD = {"statement", "closing"}
_LINED = {"table", "bar", "line"}
_RECEDING = {"points", "steps", "comparison", "table", "code"}
"""Cards on which the part that is spoken of stands out from those before it."""


@dataclass(frozen=True)
class CardLayout:
    """A card measured but not drawn: its marks in drawing order and where strong art may stand."""

    theme: Theme
    width: int
    height: int
    bold: bool
    lined: bool
    """The card has lines of its own: a chart or table."""
    seed: int
    marks: tuple[Mark, ...]
    hero: Box | None
    safe: Box
    entrances: dict[int, Entrance]
    """How parts appear that do not fade in."""

    @property
    def words(self) -> tuple[Words, ...]:
        """Every line of text with its box, colour and ground."""
        return tuple(mark for mark in self.marks if isinstance(mark, Words))

    @property
    def focus(self) -> tuple[float, float]:
        """The middle of the largest words, in shares of width and height."""
        if not self.words:
            return 0.5, 0.5
        size = max(mark.type.size for mark in self.words)
        boxes = [mark.box for mark in self.words if mark.type.size > size * 0.8]
        x = (min(box.x0 for box in boxes) + max(box.x1 for box in boxes)) / 2
        y = (min(box.y0 for box in boxes) + max(box.y1 for box in boxes)) / 2
        return round(x / self.width, 3), round(y / self.height, 3)


def layout_card(
    card: CardSpec, theme: Theme, width: int, height: int, brand: Brand, language: str,
    captions: bool, picture: Path | None = None, logo: Path | None = None, counted: float = 1.0,
) -> CardLayout:  # fmt: skip
    """Measures a card of `width` x `height` pixels and places its words, without drawing.

    `counted` is the share up to which a number card's figure has been counted.

    Raises ValueError when words do not fit (the field and by how much), a chart's cell is no
    number, a picture cannot be read, or no installed font has a character.
    """
    texts = list(_texts(card, brand))
    lacking = uncovered(texts)
    if lacking:
        raise ValueError(explain_uncovered(lacking))
    bold = card.kind in _BOLD
    sheet = Sheet(branded(theme, brand), width, height, language, captions, bold)
    sheet.brand, sheet.counted = brand.name, counted
    sheet.logo = _read(logo, "logo") if logo else None
    if picture:
        opened = _read(picture, "picture")
        # What is see-through in the picture shows the theme's panel colour.
        sheet.picture = Image.new("RGB", opened.size, sheet.theme.surface)
        sheet.picture.paste(opened, mask=opened.getchannel("A"))
    _LAYOUTS[card.kind](sheet, card)
    rtl = is_rtl(" ".join(texts))
    hero = sheet.hero
    if hero and rtl:
        hero = Box(width - hero.x1, hero.y0, width - hero.x0, hero.y1)
    # Cards of one film differ, and the same card is the same picture for ever.
    seed = int.from_bytes(
        hashlib.sha256(card.model_dump_json(exclude={"builds"}).encode()).digest()[:6]
    )
    return CardLayout(
        sheet.theme,
        width,
        height,
        bold,
        card.kind in _LINED,
        seed,
        sheet.placed(rtl),
        hero,
        sheet.safe,
        sheet.mirrored_entrances(rtl),
    )


def check_card(
    card: CardSpec, theme: Theme, width: int, height: int, brand: Brand, language: str,
    captions: bool, picture: Path | None = None, logo: Path | None = None,
) -> None:  # fmt: skip
    """Raises the ValueError that drawing the card would raise; draws nothing."""
    layout_card(card, theme, width, height, brand, language, captions, picture, logo)


def draw_card(
    card: CardSpec, theme: Theme, width: int, height: int, brand: Brand, language: str,
    captions: bool, picture: Path | None = None, logo: Path | None = None,
) -> Image.Image:  # fmt: skip
    """The card as an RGB image of `width` x `height` pixels. Raises ValueError as `layout_card`."""
    laid = layout_card(card, theme, width, height, brand, language, captions, picture, logo)
    return paint(laid)


def paint(laid: CardLayout) -> Image.Image:
    """Draws a measured card."""
    return paint_parts(_ground(laid), laid.marks, lambda _: 1.0)


def _ground(laid: CardLayout) -> Image.Image:
    """What a card's marks are painted on."""
    presence = 0.5 if laid.lined else 1.0
    image = paint_ground(laid.theme, laid.width, laid.height, laid.seed, laid.bold, presence)
    if laid.hero:
        paint_hero(image, laid.theme, laid.hero, laid.seed)
    return image


def _texts(card: CardSpec, brand: Brand) -> tuple[str, ...]:
    """Every text on a card, the most telling first."""
    columns = [text for column in card.columns for text in (column.title, *column.items)]
    rows = [card.table.header, *card.table.rows] if card.table else []
    cells = [cell for row in rows for cell in row]
    return (
        card.heading, card.text, *card.items, *columns, *cells, card.kicker, card.attribution,
        card.number, card.code, brand.name,
    )  # fmt: skip


def _read(path: Path, what: str) -> Image.Image:
    """A picture file the right way up, in RGBA. Raises ValueError when Pillow cannot read it."""
    try:
        return open_picture(path)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(
            f"the card's {what} is no picture that can be read: use PNG, JPEG or WebP"
        ) from error


_OTHER_SOURCES = ("cards/themes.toml", "_pictures.py", "_svg.py")


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    digest = hashlib.sha256(f"pillow {PIL.__version__} raqm {RAQM}".encode())
    here = Path(__file__).parent
    sources = [*here.glob("*.py"), *(here.parent / name for name in _OTHER_SOURCES)]
    for path in sorted(sources):
        digest.update(path.name.encode() + path.read_bytes())
    own = [path for family in families() for path in family_files(family)]
    for path in sorted({*own, *system_files()}):
        digest.update(f"{path.name} {path.stat().st_size}".encode())
    return digest.hexdigest()[:16]


class Cards(Provider):
    """Draws cards with Pillow: the look every film has, and the fallback of every other picture."""

    name = "cards"

    def engine(self) -> str:
        """Changes with the drawing code, the themes, the fonts of this machine and Pillow."""
        return _fingerprint()

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        """Nothing to pay. Raises Misconfigured without a card and for an unknown theme."""
        if not isinstance(request, ImageRequest):
            return super().quote(request)
        if request.card is None and request.overlay is None:
            raise Misconfigured("cards draws only requests with a card: choose an image provider")
        try:
            load_theme(request.theme)
        except UnknownTheme as error:
            raise Misconfigured(str(error)) from error
        free = Decimal(0)
        return (LineItem(quantity=Decimal(1), unit="card", unit_usd=free, usd=free,
                         source="drawn on this machine"),)  # fmt: skip

    async def image(self, request: ImageRequest) -> Made:
        """The card as PNG bytes. Raises Rejected when its words do not fit or cannot be drawn."""
        bill = self.quote(request)
        card = request.card or CardSpec(kind="title")
        return await asyncio.to_thread(self._made, request, card, bill)

    def _typed(self, brand: Brand) -> Brand:
        """The brand with its font files where they can be read; names of families stay."""
        given = {"heading_font": brand.heading_font, "body_font": brand.body_font}
        files = {
            key: str(self.open_input(font).absolute())
            for key, font in given.items()
            if _DIGEST.fullmatch(font)
        }
        return brand.model_copy(update=files)

    def _overlay(
        self, request: ImageRequest, spec: OverlaySpec, bill: tuple[LineItem, ...]
    ) -> Made:
        """What stands over scenes, on a transparent frame; the fact `box` tells where it is."""
        size = request.width, request.height
        try:
            sheet = overlay_sheet(
                spec, load_theme(request.theme), *size, self._typed(request.brand),
                request.language,
            )  # fmt: skip
            if spec.kind == "lower_third":
                image, box = paint_lower_third(sheet, lay_lower_third(sheet, spec))
            else:
                logo = _read(self.open_input(request.brand.logo), "logo")
                image, box = paint_logo(sheet, spec, logo)
        except ValueError as error:
            raise Rejected(str(error)) from error
        data = io.BytesIO()
        image.save(data, "PNG", compress_level=1)
        facts = {
            "width": size[0], "height": size[1],
            "box": [round(edge) for edge in (box.x0, box.y0, box.x1, box.y1)],
        }  # fmt: skip
        return Made(data=data.getvalue(), media_type="image/png", facts=facts, bill=bill)

    def _made(self, request: ImageRequest, card: CardSpec, bill: tuple[LineItem, ...]) -> Made:
        if request.overlay is not None:
            return self._overlay(request, request.overlay, bill)
        picture = self.open_input(card.picture) if card.picture else None
        logo = self.open_input(request.brand.logo) if request.brand.logo else None

        def lay(counted: float) -> CardLayout:
            return layout_card(
                card, load_theme(request.theme), request.width, request.height,
                self._typed(request.brand), request.language, request.captions, picture, logo,
                counted,
            )  # fmt: skip

        try:
            laid = lay(1.0)
        except ValueError as error:
            raise Rejected(str(error)) from error
        facts: dict[str, Any] = {
            "width": request.width, "height": request.height, "focus": list(laid.focus),
        }  # fmt: skip
        states = _states(card, laid, lay) if card.builds else []
        if not states:
            return Made(data=png(paint(laid)), media_type="image/png", facts=facts, bill=bill)
        facts["states"] = [{"part": s.part, "how": s.how, "box": s.box} for s in states]
        data = animated_png(states[-1].image, [(state.image, state.box) for state in states])
        return Made(data=data, media_type="image/png", facts=facts, bill=bill)


def overlay_sheet(
    spec: OverlaySpec, theme: Theme, width: int, height: int, brand: Brand, language: str
) -> Sheet:
    """An empty frame for what stands over scenes. Raises ValueError as `layout_card`."""
    lacking = uncovered([spec.name, spec.role])
    if lacking:
        raise ValueError(explain_uncovered(lacking))
    return Sheet(branded(theme, brand), width, height, language, captions=True, bold=False)


def check_lower_third(
    spec: OverlaySpec, theme: Theme, width: int, height: int, brand: Brand, language: str
) -> None:
    """Raises the ValueError that drawing a name would raise; draws nothing."""
    try:
        lay_lower_third(overlay_sheet(spec, theme, width, height, brand, language), spec)
    except TooLong as error:
        raise ValueError(str(error).replace("the card's ", "the ")) from error


def _states(card: CardSpec, laid: CardLayout, lay: Callable[[float], CardLayout]) -> list[State]:
    """What stands on a card as it builds itself; nothing for a card without parts."""
    ground = _ground(laid)
    states = list(build_states(ground, laid.marks, laid.entrances, card.kind in _RECEDING))
    if states and card.kind == "number" and can_count(card.number or card.heading):
        counted = count_states(states[0], lambda share: lay(share).marks, ground)
        states[1:2] = list(counted)
    return states
