"""Who listens in a film: aligners of known words, recognisers, and how they are asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from flows.buying.casting import Casting
from flows.buying.orders import Candidate, SceneOrder
from flows.buying.sourcing import Bought, Do, Got
from flows.film.recordings import Reading
from flows.film.said import completed, matched_words
from flows.money.amounts import dollars, total_usd
from flows.money.receipt import ReceiptItem, receipt_items
from prompts.saying.speech import estimate_s
from prompts.storyboard import Storyboard
from providers.base import Provider
from providers.buying import Purchase, Purse, buy, key_of
from providers.catalog import make_provider
from providers.errors import Misconfigured, ProviderError
from providers.models import Model
from providers.requests import Alignment, AlignmentRequest, Transcript, TranscriptRequest
from providers.store import Asset, Store
from providers.templates import fill

AUTO, CHARACTERS = "auto", "characters"
LISTENERS = 2
"""Sounds listened to at once: engines on this machine take a core each."""
VERIFY_LIMIT = 0.25
"""The share of words that may be heard otherwise, where nobody says: recognisers err too."""


class Listener(NamedTuple):
    """A model that aligns or transcribes, and whoever asks it."""

    model: Model
    provider: Provider

    def request(
        self, digest: str, seconds: float, text: str, language: str
    ) -> AlignmentRequest | TranscriptRequest:
        """What it is asked of a sound that says `text`. Raises Misconfigured."""
        model, seconds = self.model, round(seconds, 3)
        told: dict[str, Any] = fill(model.input, {"language": language.split("-")[0]})
        if model.capability == "alignment":
            return AlignmentRequest(
                provider=model.provider, model=model.id, sound=digest, text=text,
                language=language, input=told, seconds=seconds,
            )  # fmt: skip
        return TranscriptRequest(
            provider=model.provider, model=model.id, sound=digest, language=language, input=told,
            seconds=seconds,
        )  # fmt: skip


class Listening(NamedTuple):
    """The operator's and the editor's choice for a film."""

    aligners: tuple[Listener, ...] = ()
    """Tried in this order for voices that tell no word times; then characters are counted."""
    recogniser: Listener | None = None
    """Who hears recordings, and what was made where that is wished for; None: nobody can."""
    verify: bool = False
    limit: float = VERIFY_LIMIT
    readings: tuple[Reading, ...] = ()
    """The recordings of a person, with the words that each is to say."""


NOBODY = Listening()


def listening_of(board: Storyboard, casting: Casting, store: Store, is_draft: bool) -> Listening:
    """Who listens to this film. Raises Misconfigured, also where it is to be heard and none can."""
    settings = casting.settings
    room = _Room(casting, store, board.language.split("-")[0])
    wished = settings.verify_speech if board.verify is None else board.verify
    verify = wished and not is_draft
    recogniser = next(iter(room.recognisers(settings.transcriber)), None)
    if verify and recogniser is None:
        raise Misconfigured(
            "verify needs a recogniser; install one (pip install 'reelwright[asr]', then "
            "reelwright models fetch whisper-small), or name one: TRANSCRIBER=assemblyai"
        )
    limit = VERIFY_LIMIT if board.verify_limit is None else board.verify_limit
    return Listening(room.aligners(settings.aligner), recogniser, verify, limit)


def cost_notes(
    listening: Listening, orders: Sequence[SceneOrder], language: str
) -> tuple[str, ...]:
    """What hearing back will cost besides, where it does: nobody knows yet what will be heard."""
    if not listening.verify or listening.recogniser is None:
        return ()
    said = [order.spoken.text for order in orders if order.spoken is not None]
    seconds = sum(estimate_s(text, language) for text in said)
    request = listening.recogniser.request("0" * 64, seconds, "", language)
    usd = total_usd(listening.recogniser.provider.quote(request))
    if usd == 0:
        return ()
    told = "nobody knows how much" if usd is None else f"about {dollars(usd)}"
    return (f"hearing back by {listening.recogniser.model.name} costs {told} more",)


class _Room:
    def __init__(self, casting: Casting, store: Store, language: str) -> None:
        self._casting, self._store, self._language = casting, store, language

    def aligners(self, told: str) -> tuple[Listener, ...]:
        if told.strip() == AUTO:
            return (*self._ready("alignment"), *self._ready("transcript"))
        found: list[Listener] = []
        for name in filter(None, (part.strip() for part in told.split(","))):
            if name == CHARACTERS:
                break
            known = self._casting.catalog.models.get(name)
            made = known.capability if known is not None else "alignment"
            if made not in ("alignment", "transcript"):
                raise Misconfigured(f"ALIGNER: {name} makes a {made}; it does not listen")
            try:
                parts = self._casting.parts(name, made)
            except Misconfigured as wrong:
                raise Misconfigured(f"ALIGNER: {wrong}") from None
            found += [self._listener(model) for model, _ in parts]
        return tuple(found)

    def recognisers(self, told: str) -> tuple[Listener, ...]:
        if told.strip() == AUTO:
            return self._ready("transcript")
        try:
            parts = self._casting.parts(told, "transcript")
        except Misconfigured as wrong:
            raise Misconfigured(f"TRANSCRIBER: {wrong}") from None
        return tuple(self._listener(model) for model, _ in parts)

    def _ready(self, made: str) -> tuple[Listener, ...]:
        """What lacks nothing on this machine and knows the language, in the catalog's order.

        Nothing is paid for unasked, and what may not be used commercially is left out where that
        matters.
        """
        models = [
            model
            for model in self._casting.catalog.models.values()
            if model.capability == made
            and model.machine == "here"
            and self._language in model.limits.get("languages", (self._language,))
            and self._is_allowed(model)
        ]
        listeners = map(self._listener, models)
        return tuple(one for one in listeners if not one.provider.lacks(one.model))

    def _is_allowed(self, model: Model) -> bool:
        try:
            self._casting.refuse_commercial(model)
        except Misconfigured:
            return False
        return True

    def _listener(self, model: Model) -> Listener:
        access, catalog = self._casting.settings.access(), self._casting.catalog
        return Listener(model, make_provider(model.provider, self._store.path, access, catalog))


class Ears:
    """One run's listening: what is heard in a sound is bought once, like everything else."""

    def __init__(
        self, store: Store, purse: Purse, do: Do, listening: Listening, language: str
    ) -> None:
        self._store, self._purse, self._do = store, purse, do
        self._listening, self._language = listening, language
        self._busy = asyncio.Semaphore(LISTENERS)
        self.items: list[ReceiptItem] = []
        self.notes: dict[str, None] = {}

    async def times(
        self, scene: str, digest: str, seconds: float, text: str
    ) -> list[dict[str, Any]] | None:
        """When each word of `text` is heard in a sound; None when nobody could tell."""
        for listener in self._listening.aligners:
            try:
                asset = await self._ask(scene, listener, digest, seconds, text)
                words = timed_words(self._store, asset, text, seconds, self._language)
            except ProviderError as failed:
                self.notes[f"{scene}: {listener.model.name} could not time its words: {failed}"] = (
                    None
                )
                continue
            if words is not None:
                return words
        return None

    async def transcript(self, scene: str, digest: str, seconds: float) -> Transcript | None:
        """What is said in a sound; None where nobody can tell. Raises ProviderError."""
        listener = self._listening.recogniser
        if listener is None:
            return None
        asset = await self._ask(scene, listener, digest, seconds, "")
        return Transcript.model_validate_json(self._store.path(asset.digest).read_bytes())

    async def _ask(
        self, scene: str, listener: Listener, digest: str, seconds: float, text: str
    ) -> Asset:
        request = listener.request(digest, seconds, text, self._language)
        listener.provider.quote(request)

        async def purchase() -> tuple[Asset, bool]:
            async with self._busy:
                return await buy(self._store, listener.provider, request, self._purse)

        what, name = request.capability, listener.model.name
        done = Purchase(*await self._do(f"{scene} {what} · {name}", purchase))
        if any(line.usd != 0 for line in done.asset.bill):
            got = Got(Candidate(name, "", (request,)), (Bought(request, done),))
            self.items += receipt_items(scene, what, got)
        return done.asset


def timed_words(
    store: Store, asset: Asset, text: str, seconds: float, language: str
) -> list[dict[str, Any]] | None:
    """The words of `text` by an alignment or transcript in the store; None: too few were found."""
    told = store.path(asset.digest).read_bytes()
    if asset.request.get("capability") == "alignment":
        words = [word.model_dump() for word in Alignment.model_validate_json(told).words]
    else:
        heard = Transcript.model_validate_json(told).words
        words = matched_words(text, heard, language) or []
    return completed(text, words, seconds)


def owned_times(
    store: Store, listening: Listening, digest: str, seconds: float, text: str, language: str
) -> list[dict[str, Any]] | None:
    """The same as `Ears.times` from what is owned alone. Raises LookupError where it is not."""
    for listener in listening.aligners:
        request = listener.request(digest, seconds, text, language)
        try:
            listener.provider.quote(request)
        except ProviderError:
            continue
        owned = store.find(key_of(listener.provider, request))
        if owned is None:
            raise LookupError(f"nobody has listened to {digest} yet")
        if (words := timed_words(store, owned, text, seconds, language)) is not None:
            return words
    return None
