"""The looks a film can have, and how an organisation's brand is laid over one."""

from __future__ import annotations

import difflib
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Literal

from providers.cards.color import (
    contrast,
    legible,
    luminance,
    mix,
    readable_ground,
    rgb,
)
from providers.requests import Brand, Frozen

__all__ = ["Theme", "branded", "contrast", "load_theme", "text_pairs", "theme_names"]

FILE = Path(__file__).with_name("themes.toml")
BOLD_ART = 0.13
"""How much art mixes in at most on the bold ground."""


class Theme(Frozen):
    """Colours (`#rrggbb`), typefaces and background art. `radius` is a share of the short side."""

    name: str
    dark: bool
    background: str
    background_end: str
    """Where the background's soft gradient ends."""
    surface: str
    text: str
    muted: str
    primary: str
    accent: str
    series: tuple[str, ...]
    bold_background: str
    """The ground of statement and closing cards, with `bold_text` and `bold_accent` on it."""
    bold_text: str
    bold_accent: str
    heading_font: str
    heading_weight: int
    heading_tracking: float
    body_font: str
    body_weight: int
    mono_font: str = "Geist Mono"
    numeral_font: str
    numeral_weight: int
    motif: Literal["tiles", "aurora", "contours", "poster", "bubbles", "drafting"]
    art: float
    """How much of the primary or accent colour that art mixes in at most where words may stand."""
    kicker: Literal["rule", "dot", "plain", "block", "pill", "mono"]
    radius: float
    caption_font: str
    caption_color: str
    caption_box: str
    caption_opacity: float
    caption_accent: str
    """Colour of the word being spoken."""
    caption_style: Literal["plain", "highlight", "pop"] = "plain"
    """How captions are burned when the script only says that they are."""
    transition: Literal["cut", "dissolve", "fade", "fade-white", "slide", "push", "wipe"]
    """How scenes begin that say nothing of it."""

    @property
    def grounds(self) -> tuple[str, ...]:
        """What words on the plain background may have behind them, background art included."""
        ends = (self.background, self.background_end)
        return (
            *ends,
            *(mix(end, self.primary, self.art) for end in ends),
            mix(ends[0], self.accent, self.art),
        )

    @property
    def visible_series(self) -> tuple[str, ...]:
        """The palette of bars and lines: less contrast than words (2.2), since each has a label."""
        return tuple(legible(color, (self.background, self.surface), 2.2) for color in self.series)

    @property
    def bold_art(self) -> str:
        """What art on the bold ground is drawn with: never nearer to the words than it."""
        return (
            "#000000" if luminance(self.bold_text) > luminance(self.bold_background) else "#ffffff"
        )

    @property
    def bold_grounds(self) -> tuple[str, ...]:
        """What words on a statement or closing card may have behind them."""
        ground = self.bold_background
        return (ground, mix(ground, self.bold_art, BOLD_ART))


class UnknownTheme(KeyError):
    """No theme has that name; the message lists those that exist."""

    def __str__(self) -> str:
        return str(self.args[0])


@lru_cache(maxsize=1)
def _themes() -> dict[str, Theme]:
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: Theme(name=name, **fields) for name, fields in told.items()}


def theme_names() -> tuple[str, ...]:
    """The names `load_theme` knows; the first is the one taken when a film names none."""
    return tuple(_themes())


def load_theme(name: str) -> Theme:
    """The theme of that name ("" is the first). Raises UnknownTheme with the nearest name."""
    names = theme_names()
    if not name:
        return _themes()[names[0]]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'?" if near else f"choose one of {', '.join(names)}"
        raise UnknownTheme(f"there is no theme '{name}': {hint}")
    return _themes()[name]


def branded(theme: Theme, brand: Brand) -> Theme:
    """`theme` with the brand's fonts, and its colours, lightened or darkened where words were hard
    to read.

    Raises ValueError for a colour that is not `#rrggbb`.
    """
    for color in (brand.primary, brand.accent, brand.background, brand.text):
        if color:
            rgb(color)
    primary = brand.primary or theme.primary
    accent = brand.accent or theme.accent
    changed: dict[str, object] = {"primary": primary, "accent": accent}
    if brand.heading_font:
        changed |= {"heading_font": brand.heading_font, "numeral_font": brand.heading_font}
    if brand.body_font:
        changed |= {"body_font": brand.body_font}
    text = brand.text or theme.text
    if brand.background:
        ground = readable_ground(brand.background, (primary, accent), theme.art)
        dark = contrast("#ffffff", ground) > contrast("#000000", ground)
        # A gradient or panel toward the far pole can only make words easier to read.
        end = mix(ground, "#000000" if dark else "#ffffff", 0.12)
        if not brand.text:
            text = max((theme.text, "#14161c", "#ffffff"), key=lambda ink: contrast(ink, ground))
        changed |= {
            "background": ground,
            "background_end": end,
            "surface": _panel(ground, dark),
            "dark": dark,
        }
    theme = theme.model_copy(update=changed)
    text = legible(text, (*theme.grounds, theme.surface))
    muted = mix(text, theme.background, 0.3) if brand.background or brand.text else theme.muted
    if brand.primary:
        inks = (theme.bold_text, "#ffffff", "#000000")
        bold_text = max(inks, key=lambda ink: contrast(ink, brand.primary))
        theme = theme.model_copy(update={"bold_background": brand.primary, "bold_text": bold_text})
    if brand.accent:
        theme = theme.model_copy(update={"bold_accent": brand.accent})
    return theme.model_copy(
        update={
            "text": text,
            "muted": legible(muted, (*theme.grounds, theme.surface)),
            "bold_text": legible(theme.bold_text, theme.bold_grounds),
            "bold_accent": legible(theme.bold_accent, theme.bold_grounds),
            "series": (primary, accent, *theme.series[2:]),
            "caption_color": legible(theme.caption_color, (theme.caption_box,)),
            "caption_accent": legible(brand.accent or theme.caption_accent, (theme.caption_box,)),
        }
    )


def _panel(ground: str, dark: bool) -> str:
    """A panel's colour on `ground`: lighter, but on a middling dark ground darker."""
    if not dark:
        return mix(ground, "#ffffff", 0.6)
    return mix(ground, "#ffffff", 0.08) if luminance(ground) < 0.05 else mix(ground, "#000000", 0.2)


def text_pairs(theme: Theme) -> tuple[tuple[str, str], ...]:
    """Every (words, ground) pair of a theme that cards and captions use."""
    plain = [
        (ink, on) for ink in (theme.text, theme.muted) for on in (*theme.grounds, theme.surface)
    ]
    bold = [(ink, on) for ink in (theme.bold_text, theme.bold_accent) for on in theme.bold_grounds]
    captions = [(ink, theme.caption_box) for ink in (theme.caption_color, theme.caption_accent)]
    return (*plain, *bold, *captions)
