"""The narrations of one film: bought or recorded, timed, and heard back where that is wished."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

from flows.buying.orders import Prepared, SceneOrder
from flows.buying.sourcing import Bought, Do, Got, Sourcing
from flows.film.heard import AGAIN, HeardBack, again, compared, told_of
from flows.film.listening import NOBODY, Ears
from flows.film.recordings import Cutter, Reading
from flows.film.voices import Voice, whole_voice
from flows.money.amounts import OverBudget
from flows.money.receipt import ReceiptItem, receipt_items
from flows.scripts.findings import Findings
from providers.buying import Purchase, Purse
from providers.errors import ProviderError
from providers.requests import FileRequest
from providers.store import Store

UNFIT = 0.5
"""A recording in which more of the words are others does not say this scene's words."""


class Narration(NamedTuple):
    """What a scene speaks with: its voice, and what that was made of."""

    voice: Voice
    got: Got


class Narrations:
    """One run's voices. What is heard of them is bought once, like everything else."""

    def __init__(
        self, prepared: Prepared, store: Store, purse: Purse, do: Do, sourcing: Sourcing,
        run: Callable[..., Awaitable[Any]],
    ) -> None:  # fmt: skip
        self._prepared, self._store, self._sourcing, self._run = prepared, store, sourcing, run
        self._listening = prepared.listening or NOBODY
        self._language = prepared.storyboard.language
        self._orders = {order.scene.id: order for order in prepared.orders}
        self._ears = Ears(store, purse, do, self._listening, self._language)
        self._cutter = Cutter(store, partial(self._ears.times, "film"), run)
        self._items: list[ReceiptItem] = []
        self._notes: list[str] = []
        self.heard: list[HeardBack] = []

    @property
    def items(self) -> list[ReceiptItem]:
        """The receipt's lines of listening that cost something, and of takes that were not used."""
        return [*self._ears.items, *self._items]

    @property
    def notes(self) -> list[str]:
        """What the editor should know: who could not listen, what was heard otherwise."""
        return [*self._ears.notes, *self._notes]

    async def narration(self, scene: str, got: Got) -> Narration:
        """The scene's voice. Raises ScriptError for a recording that says other words."""
        order = self._orders[scene]
        if isinstance(got.parts[0].request, FileRequest):
            return await self._recorded(order, got)
        voice = await self._voice(order, got)
        if not self._listening.verify:
            return Narration(voice, got)
        first = await self._hear(order, voice)
        if first is None or first.rate <= self._listening.limit:
            return self._kept(first, voice, got)
        second = await self._made_again(order, got)
        if second is None:
            return self._kept(first, voice, got)
        other = await self._hear(order, second.voice)
        if other is None or other.rate >= first.rate:
            self._items += receipt_items(scene, "speech, made again and not used", second.got)
            return self._kept(first._replace(made_again=True), voice, got)
        self._items += receipt_items(scene, "speech, not used", got)
        return self._kept(other._replace(made_again=True), second.voice, second.got)

    def _kept(self, heard: HeardBack | None, voice: Voice, got: Got) -> Narration:
        if heard is not None:
            self.heard.append(heard)
            self._notes += told_of(heard, self._listening.limit)
        return Narration(voice, got)

    async def _voice(self, order: SceneOrder, got: Got) -> Voice:
        times = partial(self._ears.times, order.scene.id)
        if order.spoken is None:
            raise ValueError(f"{order.scene.id} says nothing")
        return await whole_voice(self._store, got, order.spoken, self._run, times)

    async def _hear(self, order: SceneOrder, voice: Voice) -> HeardBack | None:
        """How far what is heard is from the script; None, and a note, when nobody could tell."""
        scene = order.scene.id
        try:
            told = await self._ears.transcript(scene, voice.digest, voice.duration_s)
        except (ProviderError, OverBudget) as failed:
            self._notes.append(f"{scene} could not be heard back: {failed}")
            return None
        recogniser = self._listening.recogniser
        if told is None or order.spoken is None or recogniser is None:
            return None
        return compared(scene, recogniser.model.name, order.spoken, told, self._language)

    async def _made_again(self, order: SceneOrder, got: Got) -> Narration | None:
        """Another take by the same model; None, and a note, when there is none to be had."""
        scene = order.scene.id
        try:
            other = await self._sourcing.have(scene, AGAIN, (again(got.candidate),))
            return Narration(await self._voice(order, other), other)
        except (ProviderError, OverBudget) as failed:
            self._notes.append(f"{scene} was not made again: {failed}")
            return None

    async def _recorded(self, order: SceneOrder, got: Got) -> Narration:
        reading = self._reading(order, got)
        asset, made = await self._cutter.piece(reading, order.scene.id)
        part = Bought(got.parts[0].request, Purchase(asset, made))
        voice = await self._voice(order, Got(got.candidate, (part,)))
        heard = await self._hear(order, voice)
        if heard is not None and heard.rate > UNFIT:
            findings = Findings(self._prepared.storyboard)
            findings.note(
                f"the recording does not say the words of {order.scene.id}: "
                f"{heard.rate:.0%} of them were heard otherwise ({heard.differs})",
                "record them again, or write what is said",
                "voice",
                order.scene if order.scene.voice else None,
            )
            findings.stop_if_wrong()
        return self._kept(heard if self._listening.verify else None, voice, got)

    def _reading(self, order: SceneOrder, got: Got) -> Reading:
        """The recording that this scene is a part of."""
        return next(
            reading
            for reading in self._listening.readings
            if reading.digest == got.asset.digest
            and order.scene.id in (scene for scene, _ in reading.texts)
        )
