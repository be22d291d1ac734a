"""Things that another machine makes for a film: one errand for each model, with all that it makes.

A model is loaded once there for all scenes. What was made is read from the store, which both
machines share; nothing but keys and requests goes to and fro.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from decimal import Decimal

from flows.buying.orders import Candidate, Prepared
from flows.money.amounts import Spender
from providers._patience import off_loop
from providers.buying import Purse, key_of
from providers.errors import Failed
from providers.requests import AnyRequest, Frozen, Request
from providers.store import Asset, Store


class Errand(Frozen):
    """What one model is to make for one film, and on whose account. Money in USD.

    `keys` are the store's, as whoever asks would name what is made.
    """

    film: str
    model: str
    requests: tuple[Request, ...]
    keys: tuple[str, ...]
    run: str
    script: str
    batch: str = ""
    run_usd: Decimal | None = None
    batch_usd: Decimal | None = None

    def name(self) -> str:
        """The same for the same things of the same run."""
        told = "\n".join((self.run, self.model, *self.keys))
        return hashlib.sha256(told.encode()).hexdigest()[:24]


Send = Callable[[Errand], Awaitable[str]]
"""Has an errand done; answers why some of it was not made, or "". Cancelled, it calls it off."""

sender: ContextVar[Send | None] = ContextVar("sender", default=None)
"""Who has errands done for the film that is made here; None: this machine makes all of it."""


class Away:
    """A film's errands. Without anybody to send them to, nothing is away."""

    def __init__(self, store: Store, purse: Purse, prepared: Prepared, who: Spender | None) -> None:
        self._store, self._purse, self._who = store, purse, who or Spender("")
        self._providers, self._catalog = prepared.providers, prepared.catalog
        self._film = prepared.storyboard.slug
        self._send = sender.get()
        self._out: dict[str, asyncio.Task[str]] = {}
        self._coming: dict[str, set[str]] = {}
        """By model the scenes whose things are made of others, which are still to come."""
        self._come: dict[str, dict[str, AnyRequest]] = {}
        self._begun: dict[str, asyncio.Event] = {}

    def makes(self, model: str) -> bool:
        """Whether another machine makes what this model makes."""
        known = self._catalog.models.get(model)
        return self._send is not None and known is not None and known.runs_on == "gpu"

    async def gather(self, wanted: Iterable[tuple[str, Sequence[Candidate]]]) -> None:
        """Sends an errand for each model with all that it is wanted for first of all: (scene,
        candidates). What is made of other things follows in one errand, when they have come.
        """
        errands: dict[str, dict[str, AnyRequest]] = {}
        for scene, first in ((scene, them[0]) for scene, them in wanted if them):
            if first.made_of is not None:
                if self.makes(first.model):
                    self._coming.setdefault(first.model, set()).add(scene)
                    self._begun.setdefault(first.model, asyncio.Event())
                if not first.made_of.stills:
                    continue
                first = first.made_of.stills[0]
            if self.makes(first.model):
                for request in first.requests:
                    key = self._key(request)
                    if key not in self._out and await self._store.look(key) is None:
                        errands.setdefault(first.model, {})[key] = request
        for model, things in errands.items():
            self._begin(model, things)

    async def come(self, scene: str, model: str, requests: Sequence[AnyRequest]) -> None:
        """Says what a scene asks of a model, now that the other things have come of which that is
        made; nothing where they did not. Waits until the same is known of all scenes.
        """
        if scene not in self._coming.get(model, ()):
            return
        ready = self._come.setdefault(model, {})
        for request in requests:
            key = self._key(request)
            if key not in self._out and await self._store.look(key) is None:
                ready[key] = request
        self._coming[model].discard(scene)
        if not self._coming[model]:
            if ready:
                self._begin(model, ready)
            self._begun[model].set()
        elif requests:
            await self._begun[model].wait()

    async def have(self, model: str, request: AnyRequest) -> tuple[Asset, bool]:
        """The thing, and whether it was made just now.

        Raises Failed where it was not made, OverBudget where there was no money for it.
        """
        key = self._key(request)
        if key not in self._out:
            if owned := await self._store.look(key):
                return owned, False
            self._begin(model, {key: request})
        why = await asyncio.shield(self._out[key])
        if made := await self._store.look(key):
            return made, True
        await self._ask_for_money(key, request)
        del self._out[key]
        raise Failed(why or f"the worker made no {model} of it; it does not share this store")

    async def close(self) -> None:
        """Calls off what nobody waits for any more."""
        tasks = set(self._out.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, model: str, things: Mapping[str, AnyRequest]) -> None:
        caps = self._who.caps
        errand = Errand(
            film=self._film, model=model, requests=tuple(things.values()), keys=tuple(things),
            run=self._who.run, script=self._who.script, batch=self._who.batch,
            run_usd=caps.run_usd, batch_usd=caps.batch_usd,
        )  # fmt: skip
        assert self._send is not None  # noqa: S101 - see `makes`
        task = asyncio.ensure_future(self._send(errand))
        for key in things:
            self._out[key] = task

    async def _ask_for_money(self, key: str, request: AnyRequest) -> None:
        """Raises OverBudget if that is why the worker stopped: it is asked of the same ledger."""
        quote = self._providers[request.provider].quote(request)
        told = (key, request, quote, False)
        held = await off_loop(self._purse.reserve, *told, undo=self._purse.release)
        await off_loop(self._purse.release, held)

    def _key(self, request: AnyRequest) -> str:
        return key_of(self._providers[request.provider], request)
