"""From a catalog entry's list price to the lines of a quote or bill."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from providers.models import Model
from providers.requests import LineItem


def priced(model: Model, quantities: Mapping[str, Decimal]) -> tuple[LineItem, ...]:
    """A line for each unit the model is sold by; a quantity or price nobody knows makes `usd` None.

    A model without any price has one line for the run, of unknown cost.
    """
    if not model.price:
        run = quantities.get("run", Decimal(1))
        return (LineItem(quantity=run, unit="run", unit_usd=None, usd=None),)
    lines = []
    for price in model.price:
        quantity = quantities.get(price.unit)
        lines.append(
            LineItem(
                quantity=Decimal(0) if quantity is None else quantity,
                unit=price.unit,
                unit_usd=price.usd,
                usd=None if quantity is None else quantity * price.usd,
                source=price.source,
                checked=str(price.checked),
            )
        )
    return tuple(lines)
