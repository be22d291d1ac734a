"""The workshop: what this machine makes itself, piece by piece, each once and known by its key.

What is certain to be wanted can be begun early; who wants it later is given what was begun.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from assembly.errors import FFmpegKilled
from assembly.segments import Segment
from assembly.timeline import Timeline
from flows.buying.sourcing import Do
from flows.film.progress import Stage, Step, Tell
from flows.film.renderers import renderers
from flows.film.together import whole
from providers.store import Asset, Store

T = TypeVar("T")


class Piece(NamedTuple):
    """One thing that our own machine makes: what it is, where it counts, its name and key."""

    kind: str
    stage: Stage
    total: int
    label: str
    key: str
    media_type: str


class Workshop:
    """One run's own work: where it lies, the way to do a piece of it, and whom to tell."""

    def __init__(self, store: Store, do: Do, tell: Tell) -> None:
        self.store, self.do, self.tell = store, do, tell
        self.cancel = threading.Event()
        self.films = 1
        """How often each stage of making is gone through."""
        self.pieces: dict[str, list[bool]] = {}
        """By kind: whether each piece was made now."""
        self._done: dict[Stage, int] = {}
        self._renderers = renderers()
        self._begun: dict[str, asyncio.Task[Any]] = {}

    def begin(self, key: str, work: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        """Starts on what will be wanted under `key`, unless that was begun already."""
        if key not in self._begun:
            self._begun[key] = asyncio.create_task(work())
        return self._begun[key]

    async def wanted(self, key: str, work: Callable[[], Coroutine[Any, Any, Asset]]) -> Asset:
        """What was begun under `key`; else it is made now."""
        if begun := self._begun.pop(key, None):
            made: Asset = await whole(begun)
            return made
        return await work()

    async def close(self) -> None:
        """Ends what was begun early and is not wanted after all; a failure has been told before."""
        for task in self._begun.values():
            task.cancel()
        await asyncio.gather(*self._begun.values(), return_exceptions=True)

    async def segment(
        self, segment: Segment, key: str, label: str, total: int, fonts: Path
    ) -> Asset:
        """Encodes one part of the film's picture."""
        from assembly.render import render_segment

        async def make(out: Path) -> dict[str, Any]:
            async with self._renderers.one():
                told = (segment, self.store.path, fonts, out, self.cancel)
                await self.in_thread(render_segment, *told)
            return {"frames": segment.frames}

        what = Piece("segment", "segments", total, label, key, "video/mp4")
        return await self.piece(what, make)

    async def sound(self, timeline: Timeline, key: str) -> Asset:
        """Mixes the film's whole sound."""
        from assembly.sound.mix import mix

        async def make(out: Path) -> dict[str, Any]:
            heard = await self.in_thread(mix, timeline, self.store.path, out, self.cancel)
            return heard.model_dump(mode="json")

        return await self.piece(Piece("sound", "sound", 1, "film sound", key, "audio/mp4"), make)

    async def piece(self, what: Piece, make: Callable[[Path], Awaitable[dict[str, Any]]]) -> Asset:
        """The piece from the store, or made and kept there; those who watch are told."""
        asset, made = await self.do(
            what.label, lambda: self.store.work(what.key, what.media_type, make)
        )
        self.pieces.setdefault(what.kind, []).append(made)
        self.note(what.stage, what.total, what.label, made)
        return asset

    async def show_owned(self, film: Asset, labels: list[str]) -> None:
        """Tells those who watch that an owned film's pieces are owned, without looking them up."""

        async def owned() -> tuple[Asset, bool]:
            return film, False

        told: tuple[tuple[str, Stage, list[str]], ...] = (
            ("segment", "segments", labels),
            ("sound", "sound", ["film sound"]),
            ("film", "film", ["film join"]),
        )
        for kind, stage, names in told:
            self.pieces[kind] = [False] * len(names)
            for name in names:
                await self.do(name, owned)
                self.note(stage, len(names), name, made=False)

    def note(self, stage: Stage, total: int, label: str, made: bool) -> None:
        """Tells those who watch that a thing of `total` in its stage is there."""
        self._done[stage] = self._done.get(stage, 0) + 1
        total *= 1 if stage == "assets" else self.films
        self.tell(Step(stage, self._done[stage], total, label, made))

    def hear(self, total: int, words: str) -> None:
        """Tells those who watch how far something is that is being bought: nothing has come yet."""
        self.tell(Step("assets", self._done.get("assets", 0), total, words, made=False))

    async def in_thread(
        self, work: Callable[..., T], *told: Any, stop: threading.Event | None = None
    ) -> T:
        """Runs blocking work in a thread; when cancelled, stops it and waits until it has ended.

        Everything of this run is stopped then; work that has a `stop` of its own is stopped alone.
        """
        future = asyncio.get_running_loop().run_in_executor(None, _once_more, work, *told)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            (stop or self.cancel).set()
            await asyncio.wait([future])
            # Heard, or Python would tell of it: it says that it was stopped.
            future.exception()
            raise


def _once_more(work: Callable[..., T], *told: Any) -> T:
    """Works again when FFmpeg was killed: whatever took it, what it worked at is not to blame."""
    try:
        return work(*told)
    except FFmpegKilled:
        return work(*told)
