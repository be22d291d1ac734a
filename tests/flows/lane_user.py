"""A process that buys through lanes, for tests: `python -m tests.flows.lane_user HOME NAME COUNT`.

Settings come from the environment. With `hold` after COUNT it takes a slot, says so, and waits.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing
from pathlib import Path

from flows.money.amounts import Spender
from flows.money.purse import RunPurse
from flows.settings import load_settings
from flows.sharing.lanes import Lanes, open_lanes
from providers.buying import buy
from providers.catalog import load_catalog, make_provider
from providers.requests import SpeechRequest
from providers.store import Store


def narration(name: str, number: int) -> SpeechRequest:
    """A few words that nobody else asks for."""
    text = f"Word {number} of {name}."
    told = {"input": text, "voice": "alloy", "response_format": "wav"}
    return SpeechRequest(
        provider="openai", model="gpt-4o-mini-tts", text=text, voice="alloy", input=told
    )


async def use(home: Path, name: str, count: int) -> None:
    """Buys `count` narrations, all at once as far as the lane lets them."""
    settings, catalog = load_settings(), load_catalog()
    store = Store(home / "store")
    shop = make_provider("openai", store.path, settings.access(), catalog)
    lanes = open_lanes(settings, catalog)
    with closing(RunPurse(settings.ledger_url(), Spender(name), store, lanes)) as purse:
        await asyncio.gather(
            *(buy(store, shop, narration(name, number), purse) for number in range(count))
        )


async def hold(lanes: Lanes) -> None:
    async with lanes.to("openai").slot():
        print("held", flush=True)
        await asyncio.sleep(600)


if __name__ == "__main__":
    _, at, called, number, *more = sys.argv
    if more == ["hold"]:
        asyncio.run(hold(open_lanes(load_settings(), load_catalog())))
    else:
        asyncio.run(use(Path(at), called, int(number)))
