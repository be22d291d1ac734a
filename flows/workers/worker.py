"""A worker: one model of this machine, made to order for others, one thing after another."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from flows.buying.orders import picture_values
from flows.settings import Settings
from flows.sharing.stores import open_store
from providers._servers import Stopwatch
from providers.base import Provider
from providers.buying import buy
from providers.catalog import load_catalog, make_provider
from providers.errors import Misconfigured, ProviderError, Rejected
from providers.lanes import OPEN, Lane
from providers.models import Model
from providers.requests import (
    AnyRequest,
    CardSpec,
    FileRequest,
    ImageRequest,
    LineItem,
    SpeechRequest,
    VideoRequest,
)
from providers.store import Asset, Store, digest_of
from providers.templates import fill

MOST_WAITING = 64
"""Orders that may wait; more are told to come again."""
MOST_REMEMBERED = 1000
"""Orders that are remembered when they are over; what they made stays in the store."""
AUTO = "auto"
"""The voice of a caller who leaves it to the worker: its engine's own for the language."""
MAKES = ("image", "speech", "video")
ASPECTS = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "4:5", "5:4", "21:9")
State = Literal["queued", "running", "succeeded", "failed"]
log = logging.getLogger(__name__)


class Asked(BaseModel):
    """What a caller may say; `prompt` of a picture or clip, `text` of speech. Pixels, seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str = ""
    negative: str = ""
    text: str = ""
    voice: str = AUTO
    language: str = "en"
    speed: float = Field(1.0, gt=0, le=10)
    width: int = Field(1024, ge=16, le=8192)
    height: int = Field(1024, ge=16, le=8192)
    seed: int = 0
    duration_s: float = Field(5.0, gt=0, le=600)
    reference: str = ""
    references: tuple[str, ...] = ()
    """Pictures as data URIs: one, or several."""
    card: CardSpec | None = None
    theme: str = "daylight"


class NoRoom(Exception):
    """So many orders wait that no more are taken."""


class KeyTaken(Exception):
    """The idempotency key was given to another order."""


class Shown(NamedTuple):
    """What is known of an order; `asset` once it succeeded, `seconds` that the machine took."""

    id: str
    status: State
    position: int
    asset: Asset | None
    seconds: float
    error: str
    refused: bool


@dataclass
class _Order:
    id: str
    request: AnyRequest
    status: State = "queued"
    asset: Asset | None = None
    seconds: float = 0.0
    error: str = ""
    refused: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class OpenPurse:
    """Money is the caller's business: what runs on this machine is reserved and settled there."""

    def reserve(
        self, key: str, request: AnyRequest, quote: tuple[LineItem, ...], collecting: bool
    ) -> int:
        return 0

    def settle(self, reservation: int, bill: tuple[LineItem, ...]) -> None:
        """Nothing is written down."""

    def release(self, reservation: int) -> None:
        """Nothing is written down."""

    def lose(self, reservation: int) -> None:
        """Nothing is written down."""

    def lane(self, provider: str) -> Lane:
        return OPEN


class Worker:
    """Takes orders for one model, makes `at_once` of them at a time, and remembers their keys."""

    def __init__(self, model: Model, provider: Provider, store: Store, at_once: int = 1) -> None:
        self.model, self.store = model, store
        self._provider = provider
        self._slots = asyncio.Semaphore(at_once)
        self._orders: dict[str, _Order] = {}

    async def take(self, key: str, asked: Asked) -> Shown:
        """Takes an order, or finds the one that has its key. One that failed is tried again.

        Raises KeyTaken, NoRoom, or Misconfigured for what the model cannot do.
        """
        request = await self._request(asked)
        self._provider.quote(request)
        known = self._orders.get(key)
        if known is not None and known.request != request:
            raise KeyTaken(f"order {key} was for something else; give every order its own key")
        if known is None or known.status == "failed":
            if self.waiting >= MOST_WAITING:
                raise NoRoom(f"{self.waiting} orders wait already")
            order = self._orders[key] = _Order(key, request)
            order.task = asyncio.create_task(self._make(order))
            self._forget()
        return self.show(key)

    async def ended(self, key: str) -> Shown:
        """The order when it is over. Raises KeyError for one that is not known."""
        await self._orders[key].over.wait()
        return self.show(key)

    def show(self, key: str) -> Shown:
        """The order as it stands. Raises KeyError for one that is not known."""
        order = self._orders[key]
        ahead = 0
        if order.status == "queued":
            queue = [o.id for o in self._orders.values() if o.status == "queued"]
            ahead = queue.index(key) + 1
        return Shown(key, order.status, ahead, order.asset, order.seconds, order.error,
                     order.refused)  # fmt: skip

    def drop(self, key: str) -> bool:
        """Calls an order off that waits or runs; False where there is none to call off."""
        order = self._orders.get(key)
        if order is None or order.task is None or order.over.is_set():
            return False
        order.task.cancel()
        self._end(order, "failed", "called off")
        return True

    @property
    def waiting(self) -> int:
        return sum(order.status == "queued" for order in self._orders.values())

    def counts(self) -> dict[str, int]:
        """How many of the orders that are remembered stand where."""
        told = dict.fromkeys(("queued", "running", "succeeded", "failed"), 0)
        for order in self._orders.values():
            told[order.status] += 1
        return told

    async def stop(self) -> None:
        """Calls everything off."""
        for key in list(self._orders):
            self.drop(key)

    async def _make(self, order: _Order) -> None:
        async with self._slots:
            order.status, watch = "running", Stopwatch()
            try:
                bought = await buy(self.store, self._provider, order.request, OpenPurse())
                await self.store.at_hand(bought.asset)
            except ProviderError as failed:
                order.refused = isinstance(failed, Rejected)
                order.seconds = watch.seconds
                self._end(order, "failed", str(failed))
            except Exception as bug:
                log.exception("order %s failed", order.id)
                self._end(order, "failed", f"a bug in the worker: {type(bug).__name__}")
            else:
                order.asset, order.seconds = bought.asset, watch.seconds if bought.made else 0.0
                self._end(order, "succeeded")

    def _end(self, order: _Order, status: State, error: str = "") -> None:
        order.status, order.error = status, error
        order.over.set()

    def _forget(self) -> None:
        over = [key for key, order in self._orders.items() if order.over.is_set()]
        for key in over[: max(0, len(over) - MOST_REMEMBERED)]:
            del self._orders[key]

    async def _request(self, asked: Asked) -> AnyRequest:
        """The order as the model's own provider takes it. Raises Misconfigured."""
        model = self.model
        common: dict[str, Any] = {"provider": model.provider, "model": model.id}
        if model.capability == "speech":
            if not asked.text.strip():
                raise Misconfigured("there is nothing to say: give a text")
            voice = (
                asked.voice if asked.voice != AUTO else self._provider.default_voice(asked.language)
            )
            said = {"text": asked.text, "voice": voice, "speed": asked.speed,
                    "language": asked.language}  # fmt: skip
            return SpeechRequest(**common, **said, input=fill(model.input, said))
        card = asked.card
        if model.provider == "cards":
            card = card or CardSpec(kind="statement", heading=asked.prompt.strip())
        if not (asked.prompt.strip() or asked.card):
            raise Misconfigured("there is nothing to show: give a prompt")
        size, digests = (asked.width, asked.height), [d async for d in self._taken(asked)]
        values = picture_values(model, asked.prompt, _aspect(*size), size, asked.duration_s)
        first = digests[0] if digests else None
        values |= {"seed": asked.seed, "references": digests or None, "reference": first,
                   "picture": first, "speech": None}  # fmt: skip
        if asked.negative:
            values["negative"] = asked.negative
        common |= {"width": size[0], "height": size[1], "seed": asked.seed,
                   "prompt": asked.prompt, "input": fill(model.input, values)}  # fmt: skip
        if model.capability == "video":
            return VideoRequest(**common, duration_s=asked.duration_s)
        theme = asked.theme if card else ""
        return ImageRequest(**common, card=card, theme=theme, captions=False)

    async def _taken(self, asked: Asked) -> AsyncIterator[str]:
        """Takes the caller's pictures into the store, and tells their digests."""
        files = make_provider("files", self.store.path)
        for uri in filter(None, (asked.reference, *asked.references)):
            head, _, body = uri.partition(",")
            with self.store.scratch() as path:
                with _readable():
                    path.write_bytes(base64.b64decode(body, validate=True))
                told = head.removeprefix("data:").partition(";")[0]
                request = FileRequest(digest=digest_of(path), media_type=told, source=str(path))
                bought = await buy(self.store, files, request, OpenPurse())
            yield bought.asset.digest


def open_worker(name: str, settings: Settings, at_once: int) -> Worker:
    """The worker for the model called `name`. Raises Misconfigured for one that is not made here.

    What a vendor sells is not served on: nobody would hold its cost.
    """
    catalog = load_catalog(settings.models, settings.machine_rates)
    model = catalog.named(name)
    if model.capability not in MAKES:
        raise Misconfigured(f"{name} makes no pictures, speech or clips")
    if model.key:
        raise Misconfigured(
            f"{name} is asked of {model.provider}; a worker serves what runs on its own machine"
        )
    store = open_store(settings)
    provider = make_provider(model.provider, store.path, settings.access(), catalog)
    return Worker(model, provider, store, at_once)


def stored(worker: Worker, digest: str) -> bool:
    """Whether the store has an object of that name. Only a digest is one."""
    is_digest = len(digest) == 64 and all(letter in "0123456789abcdef" for letter in digest)
    return is_digest and worker.store.path(digest).exists()


def _aspect(width: int, height: int) -> str:
    def far(aspect: str) -> float:
        wide, _, high = aspect.partition(":")
        return abs(int(wide) / int(high) - width / height)

    return min(ASPECTS, key=far)


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (binascii.Error, ValueError):
        raise Misconfigured("a reference is no data URI: data:image/png;base64,...") from None
