"""The pipeline: everything between a prepared script and a film that has passed its own check.

Plain Python: it runs the same inside Prefect and without it. What it buys and makes goes through a
`Step`, which is where the Prefect skin hangs its tasks.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from assembly import timeline as tl
from flows.prepare import Prepared
from flows.progress import Stage, Step, Tell
from flows.receipt import PieceCount, ReceiptItem, receipt_items
from flows.timing import film_timeline, font_folder, hash_text, request_id
from providers.base import AnyRequest
from providers.buying import Purchase, Purse, buy
from providers.store import Asset, Store

T = TypeVar("T")
BUYERS = 8
"""Purchases under way at once."""
RENDERERS = max(1, min(4, (os.cpu_count() or 2)))
"""Segments encoded at once; each encoder uses a thread or two of its own."""


class Do(Protocol):
    """Runs one named piece of work that answers (what came of it, whether it was made just now)."""

    async def __call__(
        self, name: str, work: Callable[[], Awaitable[tuple[T, bool]]]
    ) -> tuple[T, bool]: ...


async def do_directly(name: str, work: Callable[[], Awaitable[tuple[T, bool]]]) -> tuple[T, bool]:
    """Without a scheduler: the work itself. `name` is for those who watch."""
    return await work()


class Film(NamedTuple):
    """A finished film in the store, and all that was learned on the way."""

    timeline: tl.Timeline
    video: Asset
    poster: Asset
    sheet: Asset
    items: list[ReceiptItem]
    pieces: dict[str, PieceCount]
    measured: dict[str, Any]
    problems: tuple[str, ...]


class Studio:
    """One run's tools: store, purse, the way to do a piece of work, and whom to tell."""

    def __init__(self, store: Store, purse: Purse, do: Do, tell: Tell) -> None:
        self.store, self.purse, self.do, self.tell = store, purse, do, tell
        self.cancel = threading.Event()
        self.pieces: dict[str, list[bool]] = {}
        self._done: dict[Stage, int] = {}
        self._buyers = asyncio.Semaphore(BUYERS)
        self._renderers = asyncio.Semaphore(RENDERERS)

    async def produce(self, prepared: Prepared) -> Film:
        """Buys, times, encodes, mixes, joins, measures. Raises what providers and caps raise."""
        got = await self._buy_all(prepared)
        timeline = film_timeline(prepared, {key: p.asset for key, p in got.items()})
        video = await self._assemble(prepared, timeline)
        measured, problems = await self._measured(video, timeline)
        poster, sheet = await self._stills(video, timeline)
        items = [
            line
            for scene, what, request in prepared.requests()
            for line in receipt_items(scene, what, request, got[(scene, what, request_id(request))])
        ]
        counts = {
            name: PieceCount(made=sum(made), owned=len(made) - sum(made))
            for name, made in self.pieces.items()
        }
        return Film(timeline, video, poster, sheet, items, counts, measured, problems)

    async def _buy_all(self, prepared: Prepared) -> dict[tuple[str, str, str], Purchase]:
        wanted = list(prepared.requests())
        got: dict[tuple[str, str, str], Purchase] = {}

        async def one(scene: str, what: str, request: AnyRequest) -> None:
            provider = prepared.providers[request.provider]
            name = f"{scene} {what} · {request.model}"

            async def purchase() -> tuple[Asset, bool]:
                async with self._buyers:
                    return await buy(self.store, provider, request, self.purse)

            asset, made = await self.do(name, purchase)
            got[(scene, what, request_id(request))] = Purchase(asset, made)
            self._note("assets", len(wanted), name, made)

        # The editor's files come first: cards are drawn from them.
        files = [w for w in wanted if w[1] == "file"]
        await _all(one(*w) for w in files)
        await _all(one(*w) for w in wanted if w[1] != "file")
        return got

    async def _assemble(self, prepared: Prepared, timeline: tl.Timeline) -> Asset:
        from assembly.join import film_key, join
        from assembly.render import render_segment
        from assembly.segments import segments
        from assembly.sound import mix, sound_key

        fonts = await asyncio.to_thread(font_folder, self.store, prepared.caption_font)
        cut = segments(timeline)
        keys = [segment.key() for segment in cut]
        key = film_key(timeline)
        if owned := self.store.find(key):
            # What the film was joined from is not needed while the film itself is there.
            for name, count in (("segment", len(cut)), ("sound", 1), ("film", 1)):
                self.pieces.setdefault(name, []).extend([False] * count)
            for stage, count in (("segments", len(cut)), ("sound", 1), ("film", 1)):
                self.tell(Step(stage, count, count, "owned", made=False))  # type: ignore[arg-type]
            return owned

        async def encode(index: int) -> Asset:
            segment = cut[index]

            async def make(out: Path) -> dict[str, Any]:
                async with self._renderers:
                    await self._in_thread(
                        render_segment, segment, self.store.path, fonts, out, self.cancel
                    )
                return {"frames": segment.frames}

            return await self._piece(
                "segment", "segments", len(cut), segment.name, keys[index], "video/mp4", make
            )

        async def mix_sound(out: Path) -> dict[str, Any]:
            told = await self._in_thread(mix, timeline, self.store.path, out, self.cancel)
            return told.model_dump(mode="json")

        made: list[Asset] = []

        async def all_segments() -> None:
            made.extend(await _all(encode(i) for i in range(len(cut))))

        sound: list[Asset] = []

        async def the_sound() -> None:
            sound.append(
                await self._piece(
                    "sound", "sound", 1, "sound", sound_key(timeline), "audio/wav", mix_sound
                )
            )

        await _all([all_segments(), the_sound()])
        paths = [self.store.path(asset.digest) for asset in made]

        async def join_film(out: Path) -> dict[str, Any]:
            wav = self.store.path(sound[0].digest)
            await self._in_thread(join, paths, wav, timeline, out, self.cancel)
            return {"frames": timeline.frames}

        return await self._piece("film", "film", 1, "film", key, "video/mp4", join_film)

    async def _measured(
        self, video: Asset, timeline: tl.Timeline
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """What the finished file is, measured once per film; a sentence per thing that is wrong."""
        from assembly.check import CHECK_VERSION, Measured, measure, problems

        async def make(out: Path) -> dict[str, Any]:
            found = await self._in_thread(
                measure, self.store.path(video.digest), timeline, self.store.path, self.cancel
            )
            out.write_text(found.model_dump_json(indent=1), encoding="utf-8")
            return {}

        key = _work_key("check", CHECK_VERSION, video.digest, hash_text(timeline.model_dump_json()))
        asset = await self._piece("check", "check", 1, "check", key, "application/json", make)
        found = Measured.model_validate_json(self.store.path(asset.digest).read_bytes())
        return found.model_dump(mode="json"), problems(found, timeline)

    async def _stills(self, video: Asset, timeline: tl.Timeline) -> tuple[Asset, Asset]:
        from assembly.poster import POSTER_VERSION, contact_sheet, poster

        async def still(name: str, draw: Callable[..., None]) -> Asset:
            async def make(out: Path) -> dict[str, Any]:
                film = self.store.path(video.digest)
                await self._in_thread(draw, film, timeline, out, self.cancel)
                return {}

            key = _work_key(name, POSTER_VERSION, video.digest)
            asset, _made = await self.store.work(key, "image/jpeg", make)
            return asset

        return await still("poster", poster), await still("sheet", contact_sheet)

    async def _piece(
        self,
        kind: str,
        stage: Stage,
        total: int,
        name: str,
        key: str,
        media_type: str,
        make: Callable[[Path], Awaitable[dict[str, Any]]],
    ) -> Asset:
        asset, made = await self.do(name, lambda: self.store.work(key, media_type, make))
        self.pieces.setdefault(kind, []).append(made)
        self._note(stage, total, name, made)
        return asset

    def _note(self, stage: Stage, total: int, label: str, made: bool) -> None:
        self._done[stage] = self._done.get(stage, 0) + 1
        self.tell(Step(stage, self._done[stage], total, label, made))

    async def _in_thread(self, work: Callable[..., T], *told: Any) -> T:
        """Runs blocking work in a thread; when cancelled, stops it and waits until it has ended."""
        future = asyncio.get_running_loop().run_in_executor(None, work, *told)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self.cancel.set()
            await asyncio.wait([future])
            raise


async def _all(work: Any) -> list[Any]:
    """Runs all at once; the first that fails stops the others and is raised when they ended."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_coroutine(w)) for w in work]
    except BaseExceptionGroup as several:
        raise _first(several) from None
    return [task.result() for task in tasks]


async def _coroutine(work: Coroutine[Any, Any, T]) -> T:
    return await work


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    inner = several.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


def _id(request: AnyRequest) -> str:
    return request.digest if request.capability == "file" else ""


def _work_key(kind: str, *told: str) -> str:
    return f"{kind}-" + hash_text("\n".join(told))[:40]
