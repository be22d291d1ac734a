"""The kill drill: a batch is killed at random instants and started again until it is done."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

TIERS = ("1", "2", "3")

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


class Drilled(NamedTuple):
    """What a drill left behind."""

    kills: int
    films: dict[str, str]
    """Digest of each film by its slug."""
    unknown: Counter[str]
    """How many calls of each provider the ledger lists as "outcome unknown"."""


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
    scripts: Iterable[Path], home: Path, env: dict[str, str], kills: int, seed: int
) -> Drilled:
    """Makes all films; the first `kills` starts are killed, group and all, at random instants."""
    chance, killed = random.Random(seed), 0
    home.mkdir(parents=True, exist_ok=True)
    told = [sys.executable, "-P", "-m", "flows", "make", *map(str, scripts), "--out", "films"]
    environment = os.environ | env | {
        "REELWRIGHT_HOME": str(home / "home"), "REELWRIGHT_SHORT_SIDE": "144",
    }  # fmt: skip
    while True:
        run = subprocess.Popen(
            told, env=environment, cwd=home, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            # Starting takes about two seconds; the instants lie over that and the work after it.
            wait_s = chance.uniform(1.5, 6.0) if killed < kills else None
            _, said = run.communicate(timeout=wait_s)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.communicate()
            killed += 1
            continue
        if run.returncode:
            raise AssertionError(said.decode())
        return Drilled(killed, _films(home / "films"), _unknown(home / "home" / "ledger.sqlite"))


def _films(folder: Path) -> dict[str, str]:
    receipts = sorted(folder.glob("*/receipt.json"))
    return {p.parent.name: json.loads(p.read_text())["film_digest"] for p in receipts}


def _unknown(ledger: Path) -> Counter[str]:
    with sqlite3.connect(ledger) as db:
        told = db.execute("select provider from entries where kind = 'unknown'").fetchall()
    db.close()
    return Counter(row[0] for row in told)
