"""Buying once: the only place that waits, retries, polls orders, downloads and settles bills."""

from __future__ import annotations

import asyncio
import functools
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

import httpx2

from providers._verify import verify
from providers.base import Provider
from providers.errors import Failed, Misconfigured, Rejected, Transient
from providers.requests import AnyRequest, Download, Job, LineItem, Made, request_key
from providers.store import Asset, Store

T = TypeVar("T")
BACKOFF_S = (0.5, 1.0, 2.0, 4.0)
"""Pauses between sends while the vendor answers Transient and names no time of its own."""
PATIENCE_S = 30 * 60.0
"""How long an order is waited for before it counts as stuck."""


class Purse(Protocol):
    """Where the money is: the ledger, as the store sees it.

    `reserve` is told whether an open order is being collected: that order's reservation stands.
    `lose` says that a call was sent and nobody knows whether it was charged.
    """

    def reserve(
        self, key: str, request: AnyRequest, quote: tuple[LineItem, ...], collecting: bool
    ) -> int: ...
    def settle(self, reservation: int, bill: tuple[LineItem, ...]) -> None: ...
    def release(self, reservation: int) -> None: ...
    def lose(self, reservation: int) -> None: ...


class Purchase(NamedTuple):
    """What came of a request. `made` is False when the store owned it already."""

    asset: Asset
    made: bool


def key_of(provider: Provider, request: AnyRequest) -> str:
    """The store's key of `request` as `provider` would make it today."""
    return request_key(request, provider.engine())


async def buy(store: Store, provider: Provider, request: AnyRequest, purse: Purse) -> Purchase:
    """Delivers what is asked for: from the store, else from an open order, else bought now, once.

    Raises a ProviderError, or whatever the purse raises when the cap would be passed.
    """
    key = key_of(provider, request)
    if asset := store.find(key):
        return Purchase(asset, made=False)
    async with store.alone(key):
        if asset := store.find(key):
            return Purchase(asset, made=False)
        try:
            return await _buy_once(store, key, provider, request, purse)
        except Failed:
            # Once more: what failed was paid for or given back, and is in the ledger either way.
            return await _buy_once(store, key, provider, request, purse)


async def _buy_once(
    store: Store, key: str, provider: Provider, request: AnyRequest, purse: Purse
) -> Purchase:
    """One order from reservation to receipt. What the vendor charges is settled even if useless."""
    order = store.open_job(key)
    quote = provider.quote(request)
    reservation = purse.reserve(key, request, quote, collecting=order is not None)
    try:
        made = await _deliver(store, key, provider, request, order)
    except (Transient, Misconfigured):
        # An order that is out may still be delivered: the next run asks again.
        if store.open_job(key) is None:
            purse.release(reservation)
        raise
    except (Rejected, Failed) as ended:
        store.close_job(key)
        if ended.bill is None:
            purse.lose(reservation)
        else:
            purse.settle(reservation, ended.bill)
        raise
    except BaseException:
        # An order that is written down stays reserved: the next run collects it.
        if store.open_job(key) is None:
            purse.lose(reservation)
        raise
    try:
        with store.scratch() as path:
            await _fetch(made, path)
            found = await asyncio.to_thread(verify, path, made.media_type, request)
            asset = await asyncio.to_thread(
                store.keep, key, path, media_type=made.media_type, provider=provider.name,
                model=request.model, facts=made.facts | found, bill=made.bill,
                request=request.model_dump(mode="json"),
            )  # fmt: skip
    except Failed:
        store.close_job(key)
        purse.settle(reservation, made.bill)
        raise
    except BaseException:
        # Paid for and not yet here: an open order is collected again, anything else is gone.
        if store.open_job(key) is None:
            purse.settle(reservation, made.bill)
        raise
    purse.settle(reservation, made.bill)
    store.close_job(key)
    return Purchase(asset, made=True)


async def _deliver(
    store: Store, key: str, provider: Provider, request: AnyRequest, order: Job | None
) -> Made:
    """Collects the order that is out, or places one and writes it down before it is waited for."""
    verb: Callable[[AnyRequest], Awaitable[Made | Job]] = getattr(provider, request.capability)
    answer = order if order is not None else await _patiently(lambda: verb(request))
    if isinstance(answer, Made):
        return answer
    store.save_job(key, answer)
    return await _wait(provider, answer)


async def _patiently(send: Callable[[], Awaitable[T]]) -> T:
    """Sends until the answer is not Transient, waiting as asked, else longer each time."""
    for pause_s in BACKOFF_S:
        try:
            return await send()
        except Transient as busy:
            wait_s = busy.retry_after_s if busy.retry_after_s is not None else pause_s
            await asyncio.sleep(wait_s * random.uniform(1.0, 1.2))  # noqa: S311 - spreads the load
    return await send()


async def _wait(provider: Provider, job: Job) -> Made:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        await asyncio.sleep(job.poll_after_s)
        answer = await _patiently(functools.partial(provider.poll, job))
        if isinstance(answer, Made):
            return answer
        job = answer
    raise Failed(
        f"{provider.name}: order {job.id} was not ready after {PATIENCE_S / 60:.0f} minutes"
    )


async def _fetch(made: Made, path: Path) -> None:
    if made.data is not None:
        if not made.data:
            raise Failed("the provider delivered no bytes")
        await asyncio.to_thread(path.write_bytes, made.data)
    elif made.download is not None:
        download = made.download
        await _patiently(lambda: _download(download, path))
    else:
        raise Failed("the provider delivered nothing")


async def _download(download: Download, path: Path) -> None:
    """Streams a vendor's file to disk; a broken or short transfer is Transient and starts again."""
    try:
        async with (
            httpx2.AsyncClient(timeout=60, follow_redirects=True) as client,
            client.stream("GET", download.url, headers=download.headers) as reply,
        ):
            if reply.status_code in (408, 429) or reply.status_code >= 500:
                raise Transient(f"the file host answered {reply.status_code}")
            if reply.status_code != 200:
                raise Failed(f"the file host answered {reply.status_code}")
            got = 0
            with path.open("wb") as f:
                async for piece in reply.aiter_bytes():
                    got += await asyncio.to_thread(f.write, piece)
            told = reply.headers.get("content-length")
            if told and "content-encoding" not in reply.headers and got != int(told):
                raise Transient(f"the file host sent {got} of {told} bytes")
    except httpx2.TransportError as broken:
        raise Transient(f"the file host could not be reached: {broken}") from broken
