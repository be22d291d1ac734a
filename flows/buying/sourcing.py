"""Having a thing made: by the first candidate that delivers, and why others did not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from flows.buying.away import Away
from flows.buying.orders import Candidate, Come, MadeOf
from providers.base import Provider
from providers.buying import Purchase, Purse, buy, key_of
from providers.errors import Failed, Misconfigured, ProviderError, Rejected
from providers.requests import AnyRequest
from providers.store import Asset, Store

if TYPE_CHECKING:
    from flows.buying.chains import Voices

T = TypeVar("T")
STILL = "still"
"""What the picture is called that a clip is made of."""
BUYERS = 8
"""Purchases under way at once at a provider without a limit of its own."""


class Do(Protocol):
    """Runs one named piece of work that answers (what came of it, whether it was made just now)."""

    async def __call__(
        self, name: str, work: Callable[[], Awaitable[tuple[T, bool]]]
    ) -> tuple[T, bool]: ...


class Look(Protocol):
    """Judges what was generated. Raises Rejected when it may not be used."""

    async def pictures(self, scene: str, what: str, got: Got) -> None: ...
    def waits(self, scene: str) -> bool: ...


class Waits(Exception):
    """What a thing is made of was flagged: nothing is made of it until a person has seen it."""


async def do_directly(name: str, work: Callable[[], Awaitable[tuple[T, bool]]]) -> tuple[T, bool]:
    """Without a scheduler: the work itself. `name` is for those who watch."""
    return await work()


class Bought(NamedTuple):
    """One request that was fulfilled."""

    request: AnyRequest
    purchase: Purchase


class Got(NamedTuple):
    """A thing of a scene: who made it, and its parts in order."""

    candidate: Candidate
    parts: tuple[Bought, ...]

    @property
    def asset(self) -> Asset:
        """The first part, which is all of it unless a narration was split."""
        return self.parts[0].purchase.asset

    @property
    def made(self) -> bool:
        return any(part.purchase.made for part in self.parts)


class Sourcing:
    """One run's buyers: tries candidates in order, and drops a provider that cannot work at all."""

    def __init__(
        self, store: Store, purse: Purse, providers: dict[str, Provider], do: Do, strict: bool
    ) -> None:
        self._store, self._purse, self._providers = store, purse, providers
        self._do, self._strict = do, strict
        self.away: Away | None = None
        """Who has things made on other machines."""
        self._buyers: dict[str, asyncio.Semaphore] = {}
        self.dropped: dict[str, str] = {}
        self.review: Look | None = None
        self.voices: Voices | None = None
        """Where clips that are made to a voice wait for it."""
        self.stills: dict[str, Got] = {}
        """What clips are made of, by scene; also where no clip came of it."""
        self.fallbacks: list[str] = []
        """A sentence for each thing that was made otherwise than first wanted."""

    async def have(self, scene: str, what: str, candidates: tuple[Candidate, ...]) -> Got:
        """The thing, by the first candidate that delivers. Raises Failed where none does; Waits."""
        why: list[str] = []
        for candidate in candidates[:1] if self._strict else candidates:
            try:
                got, softened = await self._try(scene, what, candidate)
            except ProviderError as failed:
                why.append(f"{candidate.model}: {failed}")
                continue
            if why or softened:
                used = candidate.model + (" with a gentler prompt" if softened else "")
                why += ["the content was refused as it stood"] if softened else []
                self.fallbacks.append(f"{scene} {what}: made by {used} ({'; '.join(why)})")
            return got
        raise Failed(f"{scene} {what} could not be made: {'; '.join(why)}")

    async def _try(self, scene: str, what: str, candidate: Candidate) -> tuple[Got, bool]:
        if candidate.made_of is not None:
            candidate = await self._of_others(scene, candidate, candidate.made_of)
        name = f"{scene} {what} · {candidate.model}"
        provider = candidate.requests[0].provider
        try:
            try:
                got = await self._buy(name, candidate, candidate.requests)
                await self._look(scene, what, got)
                return got, False
            except Rejected:
                if not candidate.softer:
                    raise
                got = await self._buy(f"{name}, softened", candidate, candidate.softer)
                await self._look(scene, what, got)
                return got, True
        except Misconfigured as wrong:
            self.dropped[provider] = str(wrong)
            raise

    async def _of_others(self, scene: str, candidate: Candidate, others: MadeOf) -> Candidate:
        """The candidate as it is bought: what it is made of has come.

        Raises Failed where a still cannot be had, and Waits.
        """
        asked = candidate._replace(requests=())
        try:
            picture, speech, speech_s = "", "", 0.0
            if others.stills:
                self._refuse_in_vain(candidate, others.stills)
                still = await self.have(scene, STILL, others.stills)
                self.stills.setdefault(scene, still)
                if self.review is not None and self.review.waits(scene):
                    raise Waits
                picture = still.asset.digest
            if others.speech and self.voices is not None:
                voice = await self.voices.of(scene)
                speech, speech_s = voice.digest, voice.duration_s
            asked = others.asked(Come(picture, speech, speech_s))
            return asked
        finally:
            # Whoever makes the clips of all scenes at once waits for this one, or does not.
            if self.away is not None:
                await self.away.come(scene, candidate.model, asked.requests)

    def _refuse_in_vain(self, candidate: Candidate, stills: tuple[Candidate, ...]) -> None:
        """Raises Misconfigured where a still would be bought for who cannot make a clip of it."""
        provider = self._providers[candidate.requests[0].provider]
        model = provider.models.get(candidate.requests[0].model)
        why = self.dropped.get(candidate.requests[0].provider, "")
        if model is not None and not provider.has_access(model):
            why = why or provider.lacks(model)
        owned = (
            self._store.find(key_of(self._providers[r.provider], r)) for r in stills[0].requests
        )
        if why and not all(owned):
            raise Misconfigured(why)

    async def _look(self, scene: str, what: str, got: Got) -> None:
        if self.review is not None:
            await self.review.pictures(scene, what, got)

    async def _buy(self, name: str, candidate: Candidate, asked: tuple[AnyRequest, ...]) -> Got:
        parts: list[Bought] = []
        for number, request in enumerate(asked, 1):
            part = f"{name} {number}/{len(asked)}" if len(asked) > 1 else name
            try:
                parts.append(Bought(request, await self._purchase(part, candidate.model, request)))
            except ProviderError as failed:
                # A clip is whole without those that were to extend it; a narration is not.
                if self._strict or not parts or request.capability != "video":
                    raise
                self.fallbacks.append(f"{name}: not extended, it goes round ({failed})")
                break
        return Got(candidate, tuple(parts))

    async def _purchase(self, name: str, model: str, request: AnyRequest) -> Purchase:
        provider = self._providers[request.provider]
        # What is owned needs no provider that works.
        if request.provider in self.dropped and not self._store.find(key_of(provider, request)):
            raise Misconfigured(self.dropped[request.provider])

        async def purchase() -> tuple[Asset, bool]:
            if self.away is not None and self.away.makes(model):
                return await self.away.have(model, request)
            async with self._buyers_at(request.provider):
                return await buy(self._store, provider, request, self._purse)

        return Purchase(*await self._do(name, purchase))

    def _buyers_at(self, provider: str) -> asyncio.Semaphore:
        if provider not in self._buyers:
            # As many again look through the store and stand in line while orders are out.
            most = 2 * self._purse.lane(provider).at_once or BUYERS
            self._buyers[provider] = asyncio.Semaphore(most)
        return self._buyers[provider]
