"""Money: caps, sums where None means unknown, and how an amount is written."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from providers.requests import LineItem


class LedgerUnusable(Exception):
    """The ledger cannot be read or written; the sentence says why and what to do."""


class OverBudget(Exception):
    """Buying this would pass a cap; nothing was bought. What is owned stays owned."""

    def __init__(self, cap: str, cap_usd: Decimal, spent_usd: Decimal, asked_usd: Decimal) -> None:
        super().__init__(cap, cap_usd, spent_usd, asked_usd)

    def __str__(self) -> str:
        cap, cap_usd, spent, asked = self.args
        return (
            f"the {cap} budget of {dollars(cap_usd)} would be passed: {dollars(spent)} is "
            f"committed and the next item costs {dollars(asked)}; raise the budget and run again, "
            "what was bought is kept"
        )


_ACCOUNTS = {
    "openai": ("openai-text", "openai-moderation"),
    "gemini": ("gemini-text",),
}
"""What is billed to a vendor's account beside what is called like the vendor."""


def billed_to(name: str) -> tuple[str, ...]:
    """The providers that a cap of this name is for: a vendor's words and judges, too."""
    return (name, *_ACCOUNTS.get(name, ()))


class Caps(NamedTuple):
    """Limits in USD; None is no limit. `unknown_usd` is what an unknown price counts as.

    Days and months are those of UTC; a provider's limit holds for all time.
    """

    run_usd: Decimal | None = None
    batch_usd: Decimal | None = None
    day_usd: Decimal | None = None
    month_usd: Decimal | None = None
    provider_usd: tuple[tuple[str, Decimal], ...] = ()
    unknown_usd: Decimal = Decimal(1)


class Spender(NamedTuple):
    """Who spends: a run, the script it films, the caps that hold for it, and what it is part of.

    `batch` names runs that share a cap; `store` is the id of the store that they fill.
    """

    run: str
    script: str = ""
    caps: Caps = Caps()
    batch: str = ""
    store: str = ""


class Batch(NamedTuple):
    """Runs that share a cap, by a name of their own. `cap_usd` None is no limit."""

    name: str = ""
    cap_usd: Decimal | None = None


NO_BATCH = Batch()


class Owned(NamedTuple):
    """Something a run did not have to buy; `usd` is what it was bought for, None is unknown."""

    key: str
    provider: str
    model: str
    what: str
    usd: Decimal | None


def total_usd(items: Iterable[LineItem]) -> Decimal | None:
    """The sum of a bill or quote; None as soon as one price is not known."""
    total = Decimal(0)
    for item in items:
        if item.usd is None:
            return None
        total += item.usd
    return total


def dollars(usd: Decimal | None) -> str:
    """`$0.00` to cents, small amounts to the digits they need, unknown as a word."""
    if usd is None:
        return "unknown"
    if usd == 0 or abs(usd) >= 1:
        return f"${usd:.2f}"
    text = f"{usd:.6f}".rstrip("0").rstrip(".")
    return "$" + (text if len(text) >= 4 else f"{usd:.2f}")
