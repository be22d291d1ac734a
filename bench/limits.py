"""How close buying comes to what limits allow: python bench/limits.py [--slots N] [--scenes N].

100 scenes of three narrations each, from vendors that take two seconds, through 50 slots: six
rounds of two seconds would be ideal. Buying is all there is: the lab answers, nothing is rendered.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from flows.buying.orders import Candidate
from flows.buying.sourcing import Sourcing, do_directly
from flows.money.amounts import Spender
from flows.money.purse import RunPurse
from flows.settings import load_settings
from flows.sharing.lanes import open_lanes
from providers.catalog import load_catalog, make_provider
from providers.requests import SpeechRequest
from providers.store import Store

ASSETS = 3
VENDOR_S = 2.0


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--slots", type=int, default=50)
    told.add_argument("--scenes", type=int, default=100)
    told.add_argument("--ledger", default="", help="LEDGER_URL; empty: a file")
    asked = told.parse_args()
    ideal_s = math.ceil(asked.scenes * ASSETS / asked.slots) * VENDOR_S
    command = [sys.executable, "-m", "tests.lab", "--port", "0", "--latency", str(VENDOR_S)]
    with (
        tempfile.TemporaryDirectory() as home,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as lab,
    ):
        try:
            os.environ.update(_environment(lab), REELWRIGHT_HOME=home, LEDGER_URL=asked.ledger)
            os.environ["PROVIDER_LIMITS"] = f"openai={asked.slots}"
            took_s, spent_s = asyncio.run(_buy(Path(home), asked.scenes))
        finally:
            lab.terminate()
    print(
        f"{asked.scenes} scenes x {ASSETS} assets, {VENDOR_S:g} s each, {asked.slots} slots: "
        f"{took_s:.1f} s, ideal {ideal_s:.1f} s, ratio {took_s / ideal_s:.3f} (aim 1.15); "
        f"processor {spent_s:.1f} s"
    )


async def _buy(home: Path, scenes: int) -> tuple[float, float]:
    """Seconds that buying everything took, by the clock and of the processor."""
    settings, catalog = load_settings(), load_catalog()
    store = Store(home / "store")
    shop = make_provider("openai", store.path, settings.access(), catalog)
    lanes = open_lanes(settings, catalog)
    with closing(RunPurse(settings.ledger_url(), Spender("bench"), store, lanes)) as purse:
        sourcing = Sourcing(store, purse, {"openai": shop}, do_directly, strict=True)
        # The first loads modules; a film has done that by then.
        await sourcing.have("s999", "part 0", _said(999, 0))
        began, spent_s = time.monotonic(), time.process_time()
        wanted = [(n, part) for n in range(scenes) for part in range(ASSETS)]
        await asyncio.gather(
            *(sourcing.have(f"s{n:03}", f"part {part}", _said(n, part)) for n, part in wanted)
        )
        return time.monotonic() - began, time.process_time() - spent_s


def _said(scene: int, part: int) -> tuple[Candidate, ...]:
    text = f"Scene {scene}, part {part}."
    told = {"input": text, "voice": "alloy", "response_format": "wav"}
    request = SpeechRequest(
        provider="openai", model="gpt-4o-mini-tts", text=text, voice="alloy", input=told
    )
    return (Candidate("openai", "", (request,)),)


def _environment(lab: subprocess.Popen[str]) -> dict[str, str]:
    """What the lab says at its start: variables that point a client at it."""
    assert lab.stdout is not None
    told = {}
    for line in lab.stdout:
        name, found, value = line.strip().removeprefix("export ").partition("=")
        if found and name.isupper():
            told[name] = value.strip("'\"")
        if line.startswith("#"):
            break
    return told


if __name__ == "__main__":
    main()
