"""From a catalog entry's list price to the lines of a quote or bill."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from providers.errors import Misconfigured
from providers.models import Model, Price
from providers.requests import LineItem

OWN_MACHINES = ("here", "workstation")
"""Machines that count as free until MACHINE_RATES says what an hour of them costs."""
SECONDS_A = {"h": 3600, "min": 60, "s": 1}
FINEST = Decimal("1e-12")
"""What a rate is rounded to, in USD a second."""
MACHINE_UNIT = "second of "
USUAL = {
    "run_s": "run",
    "run_s_per_second": "second",
    "run_s_per_megapixel": "megapixel",
    "run_s_per_character": "character",
}
"""Limits that say how long a run usually takes, and what each is multiplied by."""
_RATE = re.compile(r"\s*\$?(\d+(?:\.\d+)?)\s*(?:/\s*(h|min|s))?\s*")


def machine_rates(told: str) -> dict[str, Decimal]:
    """USD per second by machine, from `workstation=0.40/h,runpod=0.0004/s` (per hour if unsaid).

    Raises Misconfigured.
    """
    rates = {}
    for part in filter(str.strip, told.split(",")):
        name, _, rate = part.partition("=")
        read = _RATE.fullmatch(rate)
        if not name.strip() or read is None:
            raise Misconfigured(
                f"MACHINE_RATES says {part.strip()!r}; write machines as workstation=0.40/h"
            )
        rates[name.strip()] = (Decimal(read[1]) / SECONDS_A[read[2] or "h"]).quantize(FINEST)
    return rates


def at_rates(model: Model, rates: Mapping[str, Decimal]) -> Model:
    """`model` with its machine's rate as its price; unchanged where no rate is known.

    What runs on a machine is billed by `hardware`: seconds as measured.
    """
    if not model.machine or model.price:
        return model
    rate, source = rates.get(model.machine), "MACHINE_RATES"
    if rate is None:
        if model.machine not in OWN_MACHINES:
            return model
        rate, source = Decimal(0), "your own machine; MACHINE_RATES gives it a price"
    price = Price(unit=f"{MACHINE_UNIT}{model.machine}", usd=rate, source=source)
    return model.model_copy(update={"price": (price,)})


def hardware(model: Model, seconds: float) -> dict[str, Decimal]:
    """`seconds` of whatever hardware `model` is sold by."""
    units = (price.unit for price in model.price)
    return {unit: Decimal(str(seconds)) for unit in units if unit.startswith(MACHINE_UNIT)}


def usual_s(model: Model, count: Mapping[str, Decimal]) -> float | None:
    """How long a run with such a `count` usually takes, by the limits in `USUAL`; None: unsaid."""
    said = [name for name in USUAL if name in model.limits]
    if not said:
        return None
    return sum(float(model.limits[name]) * float(count.get(USUAL[name], 0)) for name in said)


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
                usd=_times(quantity, price.usd),
                source=price.source,
                checked=str(price.checked or ""),
            )
        )
    return tuple(lines)


def _times(quantity: Decimal | None, usd: Decimal) -> Decimal | None:
    """What is free is free in any quantity."""
    if quantity is None:
        return None if usd else Decimal(0)
    return quantity * usd
