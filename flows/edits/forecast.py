"""Which segments of the next film are owned, which are to be encoded, and which no one can know."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from flows.buying.orders import Prepared
from flows.buying.sourcing import Bought, Got
from flows.edits.changes import Changes, Thing
from flows.film.listening import NOBODY, owned_times
from flows.film.rushes import rushes
from flows.film.timing import font_folder
from flows.film.voices import Voice, voice_key, whole_voice
from providers.buying import Purchase
from providers.store import Store


class Forecast(NamedTuple):
    """Segments of the next film. What neither number counts depends on what is not made yet."""

    owned: int
    to_encode: tuple[str, ...]
    """Names of those that are certain to be encoded."""
    total: int
    """About how many there will be: exact when everything is owned; 0 when nothing is."""


def forecast(prepared: Prepared, found: Changes, store: Store) -> Forecast:
    """What is certain of the segments. How long a voice speaks is known when it has spoken."""
    from assembly.render import engine

    pictures: dict[str, Got] = {}
    voices: dict[str, Voice] = {}
    for change in found.scenes:
        for thing in change.things:
            if thing.missing:
                continue
            if thing.what == "picture":
                pictures[thing.scene] = _got(thing, store)
            elif thing.what == "speech" and (
                voice := _voice(thing, change.order.spoken, prepared, store)
            ):
                voices[thing.scene] = voice
    by = engine(font_folder(store, prepared.caption_font))
    certain, total = rushes(prepared, pictures, voices, by)
    missing = tuple(label for label, segment in certain if store.find(segment.key()) is None)
    return Forecast(len(certain) - len(missing), missing, total)


def _got(thing: Thing, store: Store) -> Got:
    owned = [(part.request, store.find(part.key)) for part in thing.parts]
    bought = [Bought(request, Purchase(asset, made=False)) for request, asset in owned if asset]
    return Got(thing.candidate, tuple(bought))


def _voice(thing: Thing, spoken: object, prepared: Prepared, store: Store) -> Voice | None:
    """A narration as an earlier film heard it; None where none did: nothing is made here.

    Nor where it depends on what is heard which words are used: that is known when it was heard.
    """
    from prompts.saying.speech import Spoken

    listening = prepared.listening or NOBODY
    recorded = {reading.digest for reading in listening.readings}
    got = _got(thing, store)
    if listening.verify or got.asset.digest in recorded:
        return None
    key = voice_key(part.purchase.asset.digest for part in got.parts)
    if not isinstance(spoken, Spoken) or store.find(key) is None:
        return None

    async def owned(digest: str, seconds: float, text: str) -> list[dict[str, Any]] | None:
        return owned_times(store, listening, digest, seconds, text, prepared.storyboard.language)

    try:
        return asyncio.run(whole_voice(store, got, spoken, asyncio.to_thread, owned))
    except LookupError:
        return None
