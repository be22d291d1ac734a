"""Buying once: the only place that waits, retries, polls orders, downloads and settles bills."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from providers._download import Gone, Transfer
from providers._patience import off_loop, patiently
from providers._verify import verify
from providers.base import Provider
from providers.errors import Failed, Misconfigured, ProviderError, Rejected, Transient
from providers.lanes import OPEN, Lane
from providers.requests import AnyRequest, Job, LineItem, Made, request_key
from providers.store import Asset, Store

T = TypeVar("T")
BACKOFF_S = (0.5, 1.0, 2.0, 4.0)
"""Pauses between sends while the vendor answers Transient and names no time of its own."""
ASK_BACKOFF_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""The same while asking for what is ordered already: that is paid for, so it is worth a wait."""
PATIENCE_S = {"image": 15 * 60.0, "speech": 15 * 60.0, "video": 30 * 60.0, "file": 60.0,
              "moderation": 60.0, "plan": 15 * 60.0, "transcript": 15 * 60.0,
              "alignment": 15 * 60.0}  # fmt: skip
"""How long an order is waited for before it counts as stuck and is called off."""
LAST_LOOKS = 5
"""How often an order that was called off is asked how it ended."""
LOOK_AFTER_S = 2.0
"""How long after a broken call its order is looked for: the vendor's list needs a moment."""


class Purse(Protocol):
    """Where the money is: the ledger, as the store sees it.

    `reserve` is told whether an open order is being collected: that order's reservation stands.
    `lose` says that a call was sent and nobody knows whether it was charged. All four may block
    and are called in threads. `lane` is what calls to a provider wait for.
    """

    def reserve(
        self, key: str, request: AnyRequest, quote: tuple[LineItem, ...], collecting: bool
    ) -> int: ...
    def settle(self, reservation: int, bill: tuple[LineItem, ...]) -> None: ...
    def release(self, reservation: int) -> None: ...
    def lose(self, reservation: int) -> None: ...
    def lane(self, provider: str) -> Lane: ...


class Purchase(NamedTuple):
    """What came of a request. `made` is False when the store owned it already."""

    asset: Asset
    made: bool


def key_of(provider: Provider, request: AnyRequest) -> str:
    """The store's key of `request` as `provider` would make it today."""
    return request_key(request, provider.engine_of(request))


async def buy(store: Store, provider: Provider, request: AnyRequest, purse: Purse) -> Purchase:
    """Delivers what is asked for: from the store, else from an open order, else bought now, once.

    Raises a ProviderError, or whatever the purse raises when the cap would be passed.
    """
    key = key_of(provider, request)
    if asset := await store.look(key):
        return Purchase(asset, made=False)
    async with store.alone(key):
        if asset := await store.look(key):
            return Purchase(asset, made=False)
        errand = _Errand(store, key, provider, request, purse)
        try:
            return await errand.run()
        except Failed:
            # Once more: what failed was paid for or given back, and is in the ledger either way.
            return await errand.run()


async def call_off(store: Store, provider: Provider, request: AnyRequest, purse: Purse) -> None:
    """Calls off what is ordered and nobody waits for, and settles it as the vendor says.

    What was done all the same is kept: it is paid for. Raises a ProviderError.
    """
    key = key_of(provider, request)
    with store.if_free(key) as free:
        if free and store.open_job(key) is not None:
            await _Errand(store, key, provider, request, purse, patience_s=0).run()


class _Errand:
    """One purchase under way, by the one buyer that holds its key."""

    def __init__(
        self,
        store: Store,
        key: str,
        provider: Provider,
        request: AnyRequest,
        purse: Purse,
        patience_s: float | None = None,
    ) -> None:
        self._store, self._key, self._purse = store, key, purse
        self._patience_s = PATIENCE_S[request.capability] if patience_s is None else patience_s
        self._provider, self._request = provider, request
        self._lane = purse.lane(provider.name)
        self._job: Job | None = None
        """The order that is written down and not ended."""
        self._is_noted = False
        """Whether it is written down that an order was sent."""
        self._over: set[str] = set()
        """Orders of this purchase that ended: they are not found again."""
        self._doubtful = False
        """Whether the vendor may have taken an order that it did not confirm."""

    async def run(self) -> Purchase:
        """From reservation to receipt. What the vendor charges is settled even if useless."""
        self._job = await off_loop(self._store.open_job, self._key)
        order = self._job or await self._lost()
        quote = self._provider.quote(self._request)
        async with self._lane.slot():
            held = await self._reserve(quote, collecting=order is not None)
            job, made = await self._ended(held, order)
        try:
            asset = await self._take_in(job, made)
        except Failed:
            await self._close()
            await off_loop(self._purse.settle, held, made.bill)
            raise
        except BaseException:
            # Paid for and not yet here: an open order is collected again, anything else is gone.
            if job is None:
                await off_loop(self._purse.settle, held, made.bill)
            raise
        await off_loop(self._purse.settle, held, made.bill)
        await self._close()
        return Purchase(asset, made=True)

    async def _reserve(self, quote: tuple[LineItem, ...], collecting: bool) -> int:
        """Sets the money aside; who is cancelled before anything was sent gives it back."""
        told = (self._key, self._request, quote, collecting)
        undo = None if collecting else self._purse.release
        return await off_loop(self._purse.reserve, *told, undo=undo)

    async def _ended(self, held: int, order: Job | None) -> tuple[Job | None, Made]:
        """What came of the order, new or collected; what failed is closed and accounted for."""
        try:
            return await self._deliver(order)
        except (Transient, Misconfigured):
            # An order that is (or may be) out may still be delivered: the next run asks again.
            if not self._is_out():
                await self._close()
                await off_loop(self._purse.release, held)
            raise
        except (Rejected, Failed) as ended:
            await self._close()
            if ended.bill is None:
                await off_loop(self._purse.lose, held)
            else:
                await off_loop(self._purse.settle, held, ended.bill)
            raise
        except BaseException:
            # An order that is (or may be) out stays reserved: the next run collects it.
            if not self._is_out() and not self._is_noted:
                await off_loop(self._purse.lose, held)
            raise

    async def _lost(self) -> Job | None:
        """The order of a call whose answer nobody heard, since its run was killed just then."""
        since = await off_loop(self._store.sent_at, self._key)
        if since is None:
            return None
        self._is_noted = True
        return await self._look(since)

    async def _look(self, since: float) -> Job | None:
        """Looks at the vendor's for an order that it took without our hearing of it."""
        job = await self._asked(
            lambda: self._provider.find_order(self._request, since, frozenset(self._over))
        )
        if job is not None:
            await self._save(job)
        return job

    async def _deliver(self, order: Job | None) -> tuple[Job | None, Made]:
        """Collects the order that is out, or places one and writes it down before it is awaited."""
        answer: Made | Job = order or await self._place()
        if isinstance(answer, Made):
            return None, answer
        await self._save(answer)
        self._doubtful = False
        return answer, await self._wait(answer, self._patience_s)

    async def _place(self) -> Made | Job:
        """Sends the order; where the vendor lists orders, one that may be out is looked for first.

        A call that broke off, or a server error, may hide an order that was taken and is billed.
        """
        verb: Callable[[AnyRequest], Awaitable[Made | Job]]
        verb = getattr(self._provider, self._request.capability)
        if not self._provider.lists_orders:
            return await self._ordered(lambda: verb(self._request))
        since = await off_loop(self._store.note_sent, self._key)
        self._is_noted = True

        async def send() -> Made | Job:
            if self._doubtful:
                await asyncio.sleep(LOOK_AFTER_S)
                if found := await self._look(since):
                    return found
            try:
                return await verb(self._request)
            except Transient as busy:
                self._doubtful = self._doubtful or busy.may_be_taken
                raise
            except Failed as broken:
                if broken.bill is not None:
                    raise
                self._doubtful = True
                await asyncio.sleep(LOOK_AFTER_S)
                if found := await self._look(since):
                    return found
                self._doubtful = False
                raise

        try:
            return await self._ordered(send)
        except Transient:
            if self._doubtful:
                await asyncio.sleep(LOOK_AFTER_S)
                if found := await self._look(since):
                    return found
                self._doubtful = False
            raise

    async def _take_in(self, job: Job | None, made: Made) -> Asset:
        """Fetches, checks and keeps what was made. Raises Failed when that is not the order."""
        with self._store.scratch() as path:
            digest = await self._fetch(job, made, path)
            found = await asyncio.to_thread(verify, path, made.media_type, self._request)
            return await asyncio.to_thread(
                self._store.keep, self._key, path, digest=digest, media_type=made.media_type,
                provider=self._provider.name, model=self._request.model,
                facts=made.facts | found, bill=made.bill,
                request=self._request.model_dump(mode="json"),
            )  # fmt: skip

    async def _fetch(self, job: Job | None, made: Made, path: Path) -> str:
        """Puts what was made at `path` and returns its digest.

        When its address has expired, the vendor is asked for another one, as long as it names one.
        """
        if made.data:
            await asyncio.to_thread(path.write_bytes, made.data)
            return hashlib.sha256(made.data).hexdigest()
        tried: set[str] = set()
        answer: Made | Job = made
        while isinstance(answer, Made) and answer.download and answer.download.url not in tried:
            tried.add(answer.download.url)
            try:
                # The file host is not the vendor: it is neither counted nor made to wait.
                fetch = Transfer(answer.download, path).attempt
                return await patiently(fetch, ASK_BACKOFF_S, OPEN, OPEN.clear)
            except Gone:
                if job is None:
                    raise
                answer = await self._asked(functools.partial(self._provider.poll, job))
        raise Failed(
            "the vendor has the file no more: its address has expired"
            if tried
            else "the provider delivered no bytes"
        )

    async def _wait(self, job: Job, patience_s: float) -> Made:
        """What came of an order. Raises Failed for one that is stuck, after calling it off."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            await asyncio.sleep(job.poll_after_s)
            answer = await self._asked(functools.partial(self._provider.poll, job))
            if isinstance(answer, Made):
                return answer
            job = answer
        with contextlib.suppress(ProviderError):
            await self._asked(functools.partial(self._provider.cancel, job))
        # How it ended decides what is owed: it may be done after all, or say what it ran for.
        for _ in range(LAST_LOOKS):
            answer = await self._asked(functools.partial(self._provider.poll, job))
            if isinstance(answer, Made):
                return answer
            await asyncio.sleep(job.poll_after_s)
        raise Failed(
            f"{self._provider.name}: order {job.id} was not ready after {patience_s / 60:.0f} "
            "minutes and was called off; nobody knows whether it is billed",
            bill=None,
        )

    async def _ordered(self, send: Callable[[], Awaitable[T]]) -> T:
        return await patiently(send, BACKOFF_S, self._lane, self._lane.turn)

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T:
        return await patiently(ask, ASK_BACKOFF_S, self._lane, self._lane.clear)

    def _is_out(self) -> bool:
        return self._doubtful or self._job is not None

    async def _save(self, job: Job) -> None:
        self._job = job
        await off_loop(self._store.save_job, self._key, job)

    async def _close(self) -> None:
        if self._job is not None:
            self._over.add(self._job.id)
        self._job, self._is_noted = None, False
        await off_loop(self._store.close_job, self._key)
