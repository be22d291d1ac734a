"""Which characters of a film no installed font can draw, and which family its captions take."""

from __future__ import annotations

from collections.abc import Iterable

from providers.cards.fonts import (
    explain_uncovered,
    fallback_family,
    missing_glyphs,
    suggest_font_package,
    uncovered,
)
from providers.requests import CardSpec

Trouble = tuple[str, str]
"""What is wrong, and what to do."""


def lost_glyphs(texts: list[str], family: str) -> Trouble | None:
    """What to say of characters that no installed font has; None when all is well."""
    if not missing_glyphs("".join(texts), family):
        return None
    lost = uncovered(texts)
    if not lost:
        return None
    problem, _, fix = explain_uncovered(lost).partition("; ")
    return problem, fix


def caption_family(narrations: Iterable[str], family: str) -> tuple[str, Trouble | None]:
    """`family`, or the installed one that has every character heard; and what is wrong."""
    heard = "".join(sorted({c for narration in narrations for c in narration}))
    lost = missing_glyphs(heard, family)
    if not lost:
        return family, None
    other = fallback_family(heard)
    if other is None and not uncovered([heard]):
        return family, (
            f"no single installed font has all characters of the narration, such as {lost[:8]}",
            f"install {suggest_font_package(lost)} or leave those characters out",
        )
    return other or family, None


def card_texts(card: CardSpec) -> list[str]:
    """Every word that stands on a card."""
    told = [card.heading, card.kicker, card.text, *card.items, card.attribution, card.number]
    for column in card.columns:
        told += [column.title, *column.items]
    if card.table is not None:
        told += [*card.table.header, *(cell for row in card.table.rows for cell in row)]
    return [*told, card.code]
