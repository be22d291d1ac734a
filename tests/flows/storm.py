"""The storm: many things are bought at once while calls go wrong at random, and it all adds up."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from flows.money.amounts import Spender
from flows.money.purse import RunPurse
from flows.sharing.lane_clock import LaneClock
from flows.sharing.lanes import FileSlots, Lanes
from providers.buying import buy, key_of
from providers.catalog import load_catalog, make_provider
from providers.errors import ProviderError
from providers.requests import AnyRequest, ImageRequest, SpeechRequest, VideoRequest
from providers.store import Store
from tests.lab.bill import Bill, Charge, digest
from tests.lab.server import Lab

BUYERS = 24
QUOTES_MISS = Decimal("1.25")
"""How far a quote for a few words may be from their price: pauses weigh more than in a film."""
KOKORO = "jaaari/kokoro-82m:f559560eb822dc509045f3921a1921234918b91739db4bf3daab2169b71c7a13"
SDXL = "stability-ai/sdxl:7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc"


class Account(NamedTuple):
    """One thing at the end: what the lab charged for it, and what the ledger says."""

    what: str
    provider: str
    is_delivered: bool
    charges: tuple[tuple[str, Decimal], ...]
    """(what spoiled it, USD) of each charge; nothing spoiled what is to be had."""
    settled: tuple[Decimal | None, ...]
    """Bills of the ledger that are not zero; None where no price is known."""
    unknown: tuple[Decimal, ...]
    """Quotes of calls whose outcome is unknown."""
    is_priced: bool
    """Whether the catalog knows what it costs."""
    is_open: bool
    """An order is still out: its reservation stands, and the next run collects it."""

    @property
    def charged_usd(self) -> Decimal:
        return sum((usd for _, usd in self.charges), Decimal(0))

    def problems(self) -> Iterator[str]:
        """What does not add up, in sentences."""
        clean = [usd for fault, usd in self.charges if not fault]
        if len(clean) > 1:
            yield f"{self.what}: {len(clean)} charges without a fault"
        if self.is_delivered and not self.charges:
            yield f"{self.what}: delivered and never charged"
        known = len(self.settled) + len(self.unknown) + self.is_open
        if len(self.charges) > known:
            yield f"{self.what}: {len(self.charges)} charges and {known} in the ledger"
        if len(self.settled) > len(self.charges):
            yield f"{self.what}: {len(self.settled)} bills for {len(self.charges)} charges"
        if None not in self.settled and not self.is_open:
            least = sum((s for s in self.settled if s), Decimal(0))
            most = least + sum(self.unknown) * QUOTES_MISS
            if not least * Decimal("0.99") <= self.charged_usd <= most * Decimal("1.01"):
                yield f"{self.what}: ${self.charged_usd} charged, ledger ${least} to ${most}"


class Weathered(NamedTuple):
    """What a storm left behind."""

    reported: dict[str, str]
    """What was not delivered, and the sentence that says why."""
    accounts: tuple[Account, ...]
    faults: Counter[str]
    calls: int

    @property
    def problems(self) -> tuple[str, ...]:
        told = [p for account in self.accounts for p in account.problems()]
        silent = [
            f"{a.what}: not delivered and not reported"
            for a in self.accounts
            if not a.is_delivered and a.what not in self.reported
        ]
        return (*told, *silent)

    def spoiled(self) -> dict[str, tuple[int, Decimal]]:
        """(count, USD) of charges whose answer or goods were spoiled, by the fault.

        An order on Replicate whose answer broke off is found again: it is here and delivered too.
        """
        found: dict[str, tuple[int, Decimal]] = {}
        for account in self.accounts:
            for fault, usd in account.charges:
                if fault:
                    count, total = found.get(fault, (0, Decimal(0)))
                    found[fault] = (count + 1, total + usd)
        return found


def wants(count: int) -> Iterator[AnyRequest]:
    """Requests to every vendor, no two alike."""
    for n in range(count):
        text, kind = f"Sentence number {n} is told.", n % 12
        prompt = f"the number {n} made of driftwood"
        picture: dict[str, Any] = {"prompt": prompt, "width": 1344, "height": 768}
        if kind < 2:
            yield ImageRequest(
                provider="openai", model="gpt-image-2.5-flare", **picture,
                input={"prompt": prompt, "size": "1152x640", "quality": "low", "n": 1},
            )  # fmt: skip
        elif kind < 5:
            yield ImageRequest(
                provider="replicate", model="black-forest-labs/flux-schnell", **picture,
                input={"prompt": prompt, "aspect_ratio": "16:9", "megapixels": "0.25"},
            )  # fmt: skip
        elif kind == 5:
            yield ImageRequest(
                provider="replicate", model=SDXL, **picture,
                input={"prompt": prompt, "width": 576, "height": 320},
            )  # fmt: skip
        elif kind == 6:
            yield ImageRequest(
                provider="fal", model="fal-ai/flux/dev", **picture,
                input={"prompt": prompt, "image_size": {"width": 576, "height": 320}},
            )  # fmt: skip
        elif kind == 7 and n % 3 == 0:
            yield VideoRequest(
                provider="replicate", model="wavespeedai/wan-2.1-t2v-480p", **picture,
                duration_s=1.0, input={"prompt": prompt, "num_frames": 17, "aspect_ratio": "16:9"},
            )  # fmt: skip
        elif kind < 9:
            yield _said("replicate", KOKORO, text, "af_bella", {"text": text})
        elif kind == 9:
            told = {"input": text, "voice": "alloy", "response_format": "wav"}
            yield _said("openai", "gpt-4o-mini-tts", text, "alloy", told)
        elif kind == 10:
            yield _said("elevenlabs", "eleven_v4", text, "JBFqnCBsd6RMkjVDRZzb", {"text": text})
        else:
            voice = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}}
            told_too = {
                "contents": [{"role": "user", "parts": [{"text": text}]}],
                "generationConfig": {"responseModalities": ["AUDIO"], "speechConfig": voice},
            }
            yield _said("gemini", "gemini-3.8-flash-tts", text, "Kore", told_too)


def _said(provider: str, model: str, text: str, voice: str, told: dict[str, Any]) -> SpeechRequest:
    return SpeechRequest(provider=provider, model=model, text=text, voice=voice, input=told)


def weather(lab: Lab, home: Path, count: int) -> Weathered:
    """Buys `count` things from a lab that goes wrong as it was told to, and does the accounts."""
    store, ledger, catalog = Store(home / "store"), home / "ledger.sqlite", load_catalog()
    url = f"sqlite:///{ledger}"
    lanes = Lanes(catalog.limits, FileSlots(home / "lanes"), LaneClock(url))
    purse = RunPurse(url, Spender("storm"), store, lanes)
    requests = list(wants(count))
    shops = {r.provider: make_provider(r.provider, store.path, lab.urls, catalog) for r in requests}
    keys = {key_of(shops[r.provider], r): r for r in requests}
    reported: dict[str, str] = {}
    buyers = asyncio.Semaphore(BUYERS)

    async def one(request: AnyRequest) -> None:
        async with buyers:
            try:
                await buy(store, shops[request.provider], request, purse)
            except ProviderError as failed:
                reported[_name(request)] = f"{type(failed).__name__}: {failed}"

    async def all_of_them() -> None:
        async with asyncio.TaskGroup() as group:
            for request in requests:
                group.create_task(one(request))

    asyncio.run(all_of_them())
    charges = defaultdict(list)
    for charge in lab.bill.charges:
        charges[charge.vendor, charge.prompt].append(charge)
    rows = _rows(ledger)
    accounts = []
    for key, request in keys.items():
        mine = charges.pop((request.provider, digest(_words(request))), [])
        accounts.append(_account(store, lab.bill, key, request, mine, rows[key]))
    if charges:
        raise AssertionError(f"charged for what nobody ordered: {dict(charges)}")
    happened = Counter[str]()
    for (_, _, fault), times in lab.faults.happened.items():
        happened[fault] += times
    return Weathered(reported, tuple(accounts), happened, len(lab.requests))


def _account(
    store: Store,
    bill: Bill,
    key: str,
    request: AnyRequest,
    charges: list[Charge],
    rows: list[Any],
) -> Account:
    ended = {row["reservation"] for row in rows}
    bills = [_usd(row["items"]) for row in rows if row["kind"] == "settle"]
    quoted = {row["id"]: row["change_nano"] for row in rows if row["kind"] == "reserve"}
    lost = [row["reservation"] for row in rows if row["kind"] == "unknown"]
    told = tuple((_fault(bill, charge), charge.usd) for charge in charges)
    return Account(
        _name(request), request.provider, store.find(key) is not None, told,
        tuple(bill for bill in bills if bill != 0),
        tuple(Decimal(quoted[number]) / 10**9 for number in lost),
        all(_usd(row["items"]) is not None for row in rows if row["kind"] == "reserve"),
        any(number not in ended for number in quoted),
    )  # fmt: skip


def _fault(bill: Bill, charge: Charge) -> str:
    return charge.fault or ("expired" if bill.is_lost(charge) else "")


def _rows(ledger: Path) -> defaultdict[str, list[Any]]:
    rows = defaultdict(list)
    with sqlite3.connect(ledger) as db:
        db.row_factory = sqlite3.Row
        for row in db.execute("select * from entries order by id"):
            rows[row["key"]].append(row)
    db.close()
    return rows


def _usd(items: str) -> Decimal | None:
    sums = [line["usd"] for line in json.loads(items)]
    return None if None in sums else sum((Decimal(s) for s in sums), Decimal(0))


def _words(request: AnyRequest) -> str:
    return request.text if isinstance(request, SpeechRequest) else getattr(request, "prompt", "")


def _name(request: AnyRequest) -> str:
    return f"{request.provider} {request.capability} {_words(request)!r}"
