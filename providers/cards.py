"""Cards drawn on this machine: words, figures and pictures set in a theme, at no cost."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import PIL
from PIL import Image, ImageOps, UnidentifiedImageError

from providers._card_bars import bar
from providers._card_code import code
from providers._card_compare import comparison
from providers._card_ground import paint_ground
from providers._card_hero import paint_hero
from providers._card_lines import line
from providers._card_lists import points
from providers._card_number import number
from providers._card_picture import picture as picture_card
from providers._card_sheet import Box, Mark, Sheet, Words
from providers._card_steps import steps
from providers._card_table import table
from providers._card_text import RAQM, is_rtl
from providers._card_words import closing, quote, statement, title
from providers._font_scan import system_files
from providers.base import Provider
from providers.errors import Misconfigured, Rejected
from providers.fonts import explain_uncovered, families, family_files, uncovered
from providers.requests import AnyRequest, Brand, CardSpec, ImageRequest, LineItem, Made
from providers.themes import Theme, UnknownTheme, branded, load_theme

_LAYOUTS: dict[str, Callable[[Sheet, CardSpec], None]] = {
    "title": title, "statement": statement, "points": points, "steps": steps, "quote": quote,
    "number": number, "comparison": comparison, "table": table, "bar": bar, "line": line,
    "code": code, "image": picture_card, "closing": closing,
}  # fmt: skip
_BOLD = {"statement", "closing"}
_LINED = {"table", "bar", "line"}


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
    captions: bool, picture: Path | None = None, logo: Path | None = None,
) -> CardLayout:  # fmt: skip
    """Measures a card of `width` x `height` pixels and places its words, without drawing.

    Raises ValueError when words do not fit (the field and by how much), a chart's cell is no
    number, a picture cannot be read, or no installed font has a character.
    """
    texts = list(_texts(card, brand))
    lacking = uncovered(texts)
    if lacking:
        raise ValueError(explain_uncovered(lacking))
    bold = card.kind in _BOLD
    sheet = Sheet(branded(theme, brand), width, height, language, captions, bold)
    sheet.brand = brand.name
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
    seed = int.from_bytes(hashlib.sha256(card.model_dump_json().encode()).digest()[:6])
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
    presence = 0.5 if laid.lined else 1.0
    image = paint_ground(laid.theme, laid.width, laid.height, laid.seed, laid.bold, presence)
    if laid.hero:
        paint_hero(image, laid.theme, laid.hero, laid.seed)
    for mark in laid.marks:
        mark.paint(image)
    return image


def _png(image: Image.Image) -> bytes:
    """Packed quickly: one row filter and light compression, since the film is what is kept."""
    options = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP]
    return cv2.imencode(".png", np.asarray(image)[..., ::-1], options)[1].tobytes()


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
        with Image.open(path) as opened:
            return ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise ValueError(
            f"the card's {what} is no picture that can be read: use PNG, JPEG or WebP"
        ) from error


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    digest = hashlib.sha256(f"pillow {PIL.__version__} raqm {RAQM}".encode())
    here = Path(__file__).parent
    sources = [*here.glob("_card_*.py"), *here.glob("_font_*.py")]
    sources += [here / name for name in ("cards.py", "fonts.py", "themes.py", "themes.toml")]
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
        if request.card is None:
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

    def _made(self, request: ImageRequest, card: CardSpec, bill: tuple[LineItem, ...]) -> Made:
        picture = self.open_input(card.picture) if card.picture else None
        logo = self.open_input(request.brand.logo) if request.brand.logo else None
        try:
            laid = layout_card(
                card, load_theme(request.theme), request.width, request.height,
                request.brand, request.language, request.captions, picture, logo,
            )  # fmt: skip
        except ValueError as error:
            raise Rejected(str(error)) from error
        data = _png(paint(laid))
        facts = {"width": request.width, "height": request.height, "focus": list(laid.focus)}
        return Made(data=data, media_type="image/png", facts=facts, bill=bill)
