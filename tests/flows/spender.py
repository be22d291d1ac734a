"""A process that spends, for drills: `python -m tests.flows.spender spend|hold|write URL ...`."""

from __future__ import annotations

import random
import sys
import threading
import time
from decimal import Decimal

from flows.money.amounts import Caps, OverBudget, Spender
from flows.money.ledger import Ledger
from flows.money.ledger_tables import append
from providers.requests import LineItem, SpeechRequest

PRICE = Decimal("0.03")
CAP = Decimal("5.00")
REQUEST = SpeechRequest(provider="vendor", model="m", text="Hello.", voice="v")


def price(usd: str | Decimal | None) -> tuple[LineItem, ...]:
    """A quote or bill of one line."""
    amount = None if usd is None else Decimal(usd)
    return (LineItem(quantity=Decimal(1), unit="run", unit_usd=amount, usd=amount),)


def spender(cap: str, run: str) -> Spender:
    """Who spends under one cap of 5 USD: `cap` is run, batch, day, month or provider."""
    if cap == "provider":
        caps = Caps(provider_usd=(("vendor", CAP),))
    else:
        caps = Caps(**{f"{cap}_usd": CAP})
    shared = "shared" if cap == "run" else run
    return Spender(shared, "script.md", caps, batch="shared", store="store")


def spend(url: str, cap: str, name: str, tasks: int) -> None:
    """Buys in `tasks` threads at once; some things cost less than quoted, some nothing."""
    with Ledger(url) as ledger:

        def buy(number: int) -> None:
            chance = random.Random(f"{name} {number}")
            who = spender(cap, f"{name}-{number}")
            try:
                held = ledger.reserve(who, f"{name}-{number}", REQUEST, price(PRICE), False)
            except OverBudget:
                return
            time.sleep(chance.uniform(0, 0.02))
            {
                "paid": lambda: ledger.settle(held, price(PRICE)),
                "less": lambda: ledger.settle(held, price("0.007")),
                "free": lambda: ledger.release(held),
                "lost": lambda: ledger.lose(held),
            }[chance.choice(("paid", "paid", "less", "free", "lost"))]()

        threads = [threading.Thread(target=buy, args=(n,)) for n in range(tasks)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def hold(url: str, store: str, *keys: str) -> None:
    """Reserves 0.50 under each key, says so, and waits for its end."""
    with Ledger(url) as ledger:
        for key in keys:
            ledger.reserve(Spender("dead", store=store), key, REQUEST, price("0.50"), False)
        print("held", flush=True)
        time.sleep(600)


def write(url: str) -> None:
    """Appends a row, says so before it is committed, and waits for its end."""
    with Ledger(url) as ledger, ledger._place.writing() as db:
        append(db, kind="reserve", run="torn", day="2026-11-01", quoted_nano=1, change_nano=1)
        print("held", flush=True)
        time.sleep(600)


if __name__ == "__main__":
    what, *told = sys.argv[1:]
    if what == "spend":
        spend(told[0], told[1], told[2], int(told[3]))
    elif what == "hold":
        hold(*told)
    else:
        write(*told)
