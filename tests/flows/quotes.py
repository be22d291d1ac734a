"""What `plan` says that the examples cost, against what the lab charges for the same things."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from flows.buying.sourcing import Sourcing, do_directly
from flows.money.amounts import Spender
from flows.money.purse import RunPurse
from flows.scripts.prepare import prepare
from flows.scripts.wishes import Wishes
from flows.settings import load_settings
from providers.store import Store
from tests.lab.server import Lab

EXAMPLES = Path(__file__).parents[2] / "examples"
TIERS = ("offline", "1", "1-cheap", "2", "3")


class Quoted(NamedTuple):
    """One film at one tier: USD as planned and as charged; None when a price is not known."""

    script: str
    tier: str
    quote_usd: Decimal | None
    bill_usd: Decimal

    @property
    def off(self) -> Decimal:
        """How far the quote is above the bill, as a share of the bill."""
        quote = self.quote_usd or Decimal(0)
        return quote / self.bill_usd - 1 if self.bill_usd else quote


def quote_and_buy(script: Path, tier: str, lab: Lab, home: Path) -> Quoted:
    """Plans a film, then buys all that it needs (and renders nothing)."""
    lab.reset()
    with _settings(lab.urls | {"REELWRIGHT_HOME": str(home)}):
        settings, store = load_settings(), Store(home / "store")
        prepared = prepare(script, Wishes(tier=tier), settings, store)
    quote = prepared.quote_usd()
    purse = RunPurse(f"sqlite:///{home / 'ledger.sqlite'}", Spender("quote"), store)
    sourcing = Sourcing(store, purse, prepared.providers, do_directly, strict=True)

    async def buy_all() -> None:
        # The editor's files come first: cards are drawn from them.
        for first in (True, False):
            async with asyncio.TaskGroup() as group:
                for thing in prepared.wanted():
                    if (thing[0] == "film") == first:
                        group.create_task(sourcing.have(*thing))

    asyncio.run(buy_all())
    return Quoted(script.stem, tier, quote, lab.bill.usd)


@contextmanager
def _settings(told: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(told)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
