"""How long `reelwright costs` takes over a million rows: python bench/ledger.py [--rows N] [URL].

Times are of the whole command, Python's start included: medians of five. Where other programs
run too, processor time says what an idle machine would take.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from flows.money.amounts import Caps, Spender
from flows.money.ledger import Ledger
from flows.money.ledger_tables import ENTRY, rebuild
from providers.requests import LineItem, SpeechRequest

TIMES = 5
MODELS = (
    ("openai", "gpt-4o-mini-tts", "speech", 3_000_000),
    ("openai", "gpt-image", "image", 32_000_000),
    ("replicate", "flux", "image", 25_000_000),
    ("replicate", "kokoro", "speech", 2_000_000),
    ("fal", "wan", "video", 250_000_000),
    ("elevenlabs", "eleven-v3", "speech", 60_000_000),
)
"""Provider, model, capability, and price in nano-dollars."""
THINGS = 20
"""Purchases of one run."""


def rows_of(count: int) -> Iterator[dict[str, Any]]:
    """Rows of three years of runs: most settled a little under their quotes, some given back."""
    first, number = date(2024, 1, 1), 0
    while number < count:
        run = number // (2 * THINGS)
        day = (first + timedelta(days=run * 1000 * 2 * THINGS // max(count, 1))).isoformat()
        for thing in range(THINGS):
            provider, model, capability, nano = MODELS[(run + thing) % len(MODELS)]
            quote = {
                "id": number + 1, "at": f"{day}T12:00:00+00:00", "day": day, "kind": "reserve",
                "run": f"{day}-run-{run:06d}", "batch": f"batch-{run // 12:05d}", "store": "bench",
                "script": f"script-{run % 2000:04d}.md", "key": f"r1-{number:040x}",
                "provider": provider, "model": model, "capability": capability,
                "what": "The Moon pulls at the sea.", "quoted_nano": nano, "change_nano": nano,
            }  # fmt: skip
            kind, change = [("settle", -nano // 50), ("release", -nano), ("unknown", 0)][
                0 if thing % 19 else 1 + run % 2
            ]
            end = {"id": number + 2, "kind": kind, "reservation": number + 1, "change_nano": change}
            yield ENTRY | quote
            yield ENTRY | quote | end
            number += 2


def fill(ledger: Ledger, count: int) -> None:
    """Appends the rows and makes the sums that go with them."""
    names = ["id", *ENTRY]
    with ledger._place.writing() as db:
        sql = (
            f"INSERT INTO entries ({', '.join(names)}) VALUES ({', '.join(f':{n}' for n in names)})"
        )
        some: list[dict[str, Any]] = []
        for row in rows_of(count):
            some.append(row)
            if len(some) == 10_000:
                db.run_each(sql, some)
                some = []
        db.run_each(sql, some)
        rebuild(db)
        if "IDENTITY" in db.dialect.row_id:
            db.run("SELECT setval(pg_get_serial_sequence('entries', 'id'), MAX(id)) FROM entries")
        db.run("ANALYZE")


def took(*told: str) -> str:
    """Wall time and processor time of one `reelwright costs`: the medians of several."""
    program = Path(sys.executable).with_name("reelwright")
    walls, cpus = [], []
    for _ in range(TIMES):
        began, busy = time.perf_counter(), _children_s()
        subprocess.run([program, "costs", *told], check=True, stdout=subprocess.DEVNULL)
        walls.append(time.perf_counter() - began)
        cpus.append(_children_s() - busy)
    name = " ".join(("reelwright costs", *told))
    return f"{statistics.median(walls):6.2f} s {statistics.median(cpus):6.2f} s  {name}"


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Fills a ledger and prints what each question takes."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("url", nargs="?", help="an empty ledger; without it, a SQLite file")
    told.add_argument("--rows", type=int, default=1_000_000)
    args = told.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["REELWRIGHT_HOME"] = folder
        print(f"  wall   processor\n{took()}   (empty ledger)")
        os.environ["LEDGER_URL"] = url = args.url or f"sqlite:///{folder}/million.sqlite"
        with Ledger(url) as ledger:
            began = time.perf_counter()
            fill(ledger, args.rows)
            print(
                f"{time.perf_counter() - began:6.1f} s  to make {args.rows:,} rows and their sums"
            )
            with ledger.reading() as db:
                run = db.rows("SELECT run FROM entries ORDER BY id DESC LIMIT 1")[0]["run"]
        for by in ("run", "batch", "day", "provider", "model", "script"):
            print(took("--by", by))
        for since in ("2024-01-01", "2026-09-01"):
            print(took("--by", "run", "--since", since))
        print(took("--by", "run", "--csv"))
        print(took("show", run))
        print(f"{_purchase_ms(url):6.1f} ms to reserve and settle one purchase under five caps")


def _purchase_ms(url: str) -> float:
    usd = Decimal(10) ** 6
    caps = Caps(usd, usd, usd, usd, (("openai", usd),))
    request = SpeechRequest(provider="openai", model="m", text="Hello.", voice="v")
    quote = (LineItem(quantity=Decimal(1), unit="run", unit_usd=Decimal(1), usd=Decimal(1)),)
    with Ledger(url) as ledger:
        began = time.perf_counter()
        for number in range(200):
            who = Spender("bench", caps=caps, batch="bench")
            ledger.settle(ledger.reserve(who, f"key-{number}", request, quote, False), quote)
        return (time.perf_counter() - began) / 200 * 1000


if __name__ == "__main__":
    main()
