"""The kill drill: a batch is killed at random instants and started again until it is done."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from providers.store import Asset
from tests.lab.bill import digest
from tests.lab.server import Lab

TIERS = ("1", "2", "3")
LONGEST_START_S = 15.0
"""A start that has asked no vendor by then is only encoding: it is killed all the same."""

_SCRIPT = """---
title: Film {n}
tier: "{tier}"
---

## Why number {n}
Number {n} has a story. It is told in few words.

## A picture of {n}
@visual: {visual}
@prompt: the number {n} made of driftwood

So it goes with number {n}.
"""


class Order(NamedTuple):
    """One paid thing at the end of a drill: how often it was charged, and what the ledger says."""

    provider: str
    model: str
    charged: int
    unknown: int
    """Calls for it that the ledger lists as "outcome unknown"."""
    unknown_usd: Decimal


class Drilled(NamedTuple):
    """What a drill left behind."""

    kills: int
    films: dict[str, str]
    """Digest of each film's file by its slug."""
    orders: tuple[Order, ...]

    def charged_again(self, *providers: str) -> int:
        """How many charges of these vendors came on top of the first for the same thing."""
        return sum(max(0, o.charged - 1) for o in self.orders if o.provider in providers)

    @property
    def unlisted(self) -> tuple[Order, ...]:
        """Things that were charged more often than the ledger can account for."""
        return tuple(o for o in self.orders if o.charged > 1 + o.unknown)


def write_scripts(folder: Path, count: int) -> list[Path]:
    """Scripts over all tiers, no two of which order the same thing."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for n in range(1, count + 1):
        tier = TIERS[n % len(TIERS)]
        path = folder / f"film-{n}.md"
        visual = "clip" if tier == "3" else "image"
        path.write_text(_SCRIPT.format(n=n, tier=tier, visual=visual))
        paths.append(path)
    return paths


def run_batch(
    scripts: Iterable[Path], home: Path, lab: Lab, kills: int, chance: random.Random
) -> Drilled:
    """Makes all films; the first `kills` starts are killed, group and all, at random instants."""
    killed = 0
    home.mkdir(parents=True, exist_ok=True)
    told = [sys.executable, "-P", "-m", "flows", "make", *map(str, scripts), "--out", "films"]
    environment = os.environ | lab.urls | {
        "REELWRIGHT_HOME": str(home / "home"), "REELWRIGHT_SHORT_SIDE": "144",
    }  # fmt: skip
    while True:
        before = len(lab.requests)
        run = subprocess.Popen(
            told, env=environment, cwd=home, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        if killed < kills and _killed(run, lab, before, chance):
            killed += 1
            continue
        _, said = run.communicate()
        if run.returncode:
            raise AssertionError(said.decode())
        return Drilled(killed, _films(home / "films"), _orders(home / "home", lab))


def _killed(run: subprocess.Popen[bytes], lab: Lab, before: int, chance: random.Random) -> bool:
    """Kills a start: one in five while it starts, the others while it works with the vendors."""
    began = time.monotonic()
    if chance.random() < 0.2:
        wait_s = chance.uniform(0.1, 2.0)
    else:
        while len(lab.requests) == before and run.poll() is None:
            if time.monotonic() - began > LONGEST_START_S:
                break
            time.sleep(0.005)
        wait_s = chance.uniform(0.0, 2.0)
    try:
        run.communicate(timeout=wait_s)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        return True
    return False


def _films(folder: Path) -> dict[str, str]:
    receipts = sorted(folder.glob("*/receipt.json"))
    return {p.parent.name: json.loads(p.read_text())["film_digest"] for p in receipts}


def _orders(home: Path, lab: Lab) -> tuple[Order, ...]:
    """Every thing in the store that a vendor of the lab made, with its charges and unknowns."""
    charged = Counter((c.vendor, c.prompt) for c in lab.bill.charges)
    unknown, unknown_nano = _unknown(home / "ledger.sqlite")
    orders = []
    for file in sorted((home / "store" / "requests").glob("*.json")):
        asset = Asset.model_validate_json(file.read_bytes())
        if asset.provider in lab.vendors:
            sent = asset.request["input"]
            prompt = digest(sent.get("prompt") or sent.get("text") or sent["input"])
            usd = Decimal(unknown_nano[asset.key]) / 10**9
            times = charged.pop((asset.provider, prompt), 0)
            orders.append(Order(asset.provider, asset.model, times, unknown[asset.key], usd))
    if charged:
        raise AssertionError(f"charged for and not there: {charged}")
    return tuple(orders)


def _unknown(ledger: Path) -> tuple[Counter[str], Counter[str]]:
    """By key: how many calls are listed as "outcome unknown", and their nano-dollars."""
    told = "select u.key, r.change_nano from entries u join entries r on r.id = u.reservation"
    with sqlite3.connect(ledger) as db:
        rows = db.execute(f"{told} where u.kind = 'unknown'").fetchall()
    db.close()
    count, nano = Counter[str](), Counter[str]()
    for key, change in rows:
        count[key] += 1
        nano[key] += change
    return count, nano
