"""A machine that makes the same things as others, for drills: `python -m tests.flows.sharer COUNT`.

Settings come from the environment: a home of its own, a store and a ledger that it shares.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing

from flows.money.amounts import Spender
from flows.money.purse import RunPurse
from flows.settings import load_settings
from flows.sharing.lanes import open_lanes
from flows.sharing.stores import open_store
from providers.buying import buy
from providers.catalog import load_catalog, make_provider
from providers.requests import SpeechRequest

KOKORO = load_catalog().models["kokoro"].id


def narration(number: int) -> SpeechRequest:
    """The words with this number: the same on every machine."""
    text = f"Number {number} is told once."
    told = {"text": text, "voice": "af_bella", "speed": 1.0}
    return SpeechRequest(
        provider="replicate", model=KOKORO, text=text, voice="af_bella", input=told
    )


async def share(count: int) -> None:
    """Has all of them; says how many it made itself."""
    settings, catalog = load_settings(), load_catalog()
    store = open_store(settings)
    shop = make_provider("replicate", store.path, settings.access(), catalog)
    lanes = open_lanes(settings, catalog)
    with closing(RunPurse(settings.ledger_url(), Spender("share"), store, lanes)) as purse:
        got = await asyncio.gather(
            *(buy(store, shop, narration(number), purse) for number in range(count))
        )
    for one in got:
        store.path(one.asset.digest).read_bytes()
    print(sum(one.made for one in got), flush=True)


if __name__ == "__main__":
    asyncio.run(share(int(sys.argv[1])))
