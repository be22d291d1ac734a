"""The receipt: what was made or owned, from whom, at whose price; and what was measured."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from flows.buying.sourcing import Got


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReceiptItem(_Frozen):
    """One line: a thing of the film. `usd` is what it cost when it was made, None when unknown."""

    scene: str
    what: str
    state: Literal["made", "owned"]
    provider: str
    model: str
    asked: str
    """The name that was asked for, when that model was shut down and this one succeeds it."""
    quantity: Decimal
    unit: str
    unit_usd: Decimal | None
    usd: Decimal | None
    price_source: str
    price_checked: str
    key: str
    digest: str


class Judgement(_Frozen):
    """One passage or picture by one judge; `found` are words of a list, `scores` run from 0 to 1.

    `approved_by` is who let it pass although it was flagged.
    """

    scene: str
    what: str
    by: str
    ruling: Literal["allow", "flag", "refuse"]
    categories: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    scores: dict[str, float] = {}
    unreadable: str = ""
    approved_by: str = ""
    approved_at: str = ""


class LicenceLine(_Frozen):
    """What the licences of a model, its parts and its voice allow together."""

    model: str
    licence: str
    commercial: Literal["yes", "conditional", "no"]
    accepted: bool = False
    """Its conditions are accepted by name."""


class Hearing(_Frozen):
    """One scene as it was heard back: `rate` is the share of words that are not the script's."""

    scene: str
    by: str
    rate: float
    differs: str = ""
    """The first words that were heard otherwise."""
    made_again: bool = False


class PieceCount(_Frozen):
    """How many pieces of our own work were made now and how many were owned."""

    made: int
    owned: int


class Delivery(_Frozen):
    """A place that the film was sent to, or told of; `unchanged`: it was there already."""

    to: str
    state: Literal["delivered", "unchanged", "failed"]
    why: str = ""
    at: datetime


class Receipt(_Frozen):
    """All of one run. `usd` is what this run paid; `saved_usd` what owning things saved."""

    version: Literal[1] = 1
    run: str
    slug: str
    title: str
    script: str
    state: Literal["done", "failed"]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What fell back and why, and which models took the place of others."""
    at: datetime
    seconds: float
    tier: str
    encoded: dict[str, Any] = {}
    """How the picture and sound are coded, by which encoder and why by no other."""
    usd: Decimal
    saved_usd: Decimal
    unknown_prices: int
    items: tuple[ReceiptItem, ...]
    licences: tuple[LicenceLine, ...] = ()
    """One for each model that made something of the film."""
    moderation: tuple[Judgement, ...] = ()
    """Empty when nobody judges."""
    heard: tuple[Hearing, ...] = ()
    """Empty when nobody listens."""
    pieces: dict[str, PieceCount]
    measured: dict[str, Any]
    film_digest: str
    software: dict[str, str]
    delivered: tuple[Delivery, ...] = ()
    """Where the film was sent afterwards, and who was told."""


def receipt_items(scene: str, what: str, got: Got) -> list[ReceiptItem]:
    """The receipt's lines of a thing: one per line of the bill of each of its parts."""
    return [
        ReceiptItem(
            scene=scene,
            what=what,
            state="made" if part.purchase.made else "owned",
            provider=part.request.provider,
            model=part.request.model,
            asked=got.candidate.asked,
            quantity=line.quantity,
            unit=line.unit,
            unit_usd=line.unit_usd,
            usd=line.usd,
            price_source=line.source,
            price_checked=line.checked,
            key=part.purchase.asset.key,
            digest=part.purchase.asset.digest,
        )
        for part in got.parts
        for line in part.purchase.asset.bill
    ]


def told_by_engines(things: Iterable[Got]) -> list[str]:
    """What engines noted of what they made, such as what had to be given up for it; once each."""
    parts = [part.purchase.asset.facts for got in things for part in got.parts]
    return list(dict.fromkeys(str(note) for facts in parts for note in facts.get("notes", ())))


def distinct(items: list[ReceiptItem]) -> list[ReceiptItem]:
    """The items without repetition: what scenes share counts once, as made if one had it made."""
    once: dict[tuple[str, str], ReceiptItem] = {}
    for item in items:
        if item.state == "made" or (item.key, item.unit) not in once:
            once[(item.key, item.unit)] = item
    return list(once.values())


def totals(items: list[ReceiptItem]) -> tuple[Decimal, Decimal, int]:
    """(USD paid now, USD saved by owning, lines whose price is not known). Sharing counts once."""
    paid, saved, unknown = Decimal(0), Decimal(0), 0
    for item in distinct(items):
        if item.usd is None:
            unknown += 1
        elif item.state == "made":
            paid += item.usd
        else:
            saved += item.usd
    return paid, saved, unknown
