"""The pipeline: everything between a prepared script and a film that has passed its own check.

Plain Python: it runs the same inside Prefect and without it. What it buys and makes goes through a
`Step`, which is where the Prefect skin hangs its tasks.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from assembly import timeline as tl
from assembly.encoding import MASTER
from assembly.segments import Segment
from assembly.tags import FilmTags
from flows.orders import Candidate, Prepared
from flows.overlays import LOGO, NAME
from flows.progress import Stage, Step, Tell
from flows.publish import Credit, credits_of, film_tags, poster_from
from flows.receipt import Judgement, PieceCount, ReceiptItem, receipt_items
from flows.renderers import renderers
from flows.review import Review
from flows.rushes import rushes
from flows.sourcing import Do, Got, Sourcing
from flows.timing import film_timeline, font_folder, segment_labels
from flows.together import all_of, whole
from flows.voices import Voice, whole_voice
from flows.work import work_key
from providers.buying import Purse
from providers.store import Asset, Store

if TYPE_CHECKING:
    from assembly.posters import Showing

T = TypeVar("T")
RUSH_AFTER_S = 0.3
"""Seconds after which segments are encoded while other things are still bought."""


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
    notes: tuple[str, ...]
    """What the editor should know: what fell back and why, what took another's place."""
    credited: tuple[Credit, ...]
    master: Asset | None
    """The same film as editing programs take it in, where one is wished for."""
    judged: tuple[Judgement, ...] = ()


class Piece(NamedTuple):
    """One thing that our own machine makes: what it is, where it counts, its name and key."""

    kind: str
    stage: Stage
    total: int
    label: str
    key: str
    media_type: str


class Bought(NamedTuple):
    """What has come so far: filled while it is bought; `news` is set whenever something came."""

    things: dict[tuple[str, str], Got]
    pictures: dict[str, Got]
    """By scene id; names over scenes by `s01 name`, the logo by `film logo`."""
    voices: dict[str, Voice]
    news: asyncio.Event


class Studio:
    """One run's tools: store, purse, the way to do a piece of work, and whom to tell."""

    def __init__(self, store: Store, purse: Purse, do: Do, tell: Tell) -> None:
        self.store, self.purse, self.do, self.tell = store, purse, do, tell
        self.cancel = threading.Event()
        self.pieces: dict[str, list[bool]] = {}
        self._done: dict[Stage, int] = {}
        self._films = 1
        self._renderers = renderers()
        self._rushed: dict[str, asyncio.Task[Asset]] = {}

    async def produce(self, prepared: Prepared) -> Film:
        """Buys, times, encodes, mixes, joins, measures. Raises what providers and caps raise."""
        try:
            return await self._produce(prepared)
        finally:
            # What was begun early and is not wanted after all; a failure has been told already.
            for task in self._rushed.values():
                task.cancel()
            await asyncio.gather(*self._rushed.values(), return_exceptions=True)

    async def scene(self, prepared: Prepared) -> tuple[Asset, float]:
        """A film of what is prepared, as it is in the middle of another: it begins and ends at
        once, and nobody measures it. Also its length in seconds.
        """
        sourcing = Sourcing(self.store, self.purse, prepared.providers, self.do, prepared.strict)
        bought = Bought({}, {}, {}, asyncio.Event())
        await self._buy_all(prepared, sourcing, bought)
        fonts = await asyncio.to_thread(font_folder, self.store, prepared.caption_font)
        timeline = film_timeline(prepared, bought.pictures, bought.voices)
        timeline = timeline.model_copy(update={"opening": 0, "closing": 0})
        tags = film_tags(prepared, credits_of(prepared, bought.things))
        return await self._assemble(timeline, fonts, tags), timeline.duration_s

    async def _produce(self, prepared: Prepared) -> Film:
        has_master = "master" in prepared.storyboard.deliver and not prepared.draft
        self._films = 2 if has_master else 1
        sourcing = Sourcing(self.store, self.purse, prepared.providers, self.do, prepared.strict)
        fonts = await asyncio.to_thread(font_folder, self.store, prepared.caption_font)
        bought = Bought({}, {}, {}, asyncio.Event())
        rush = asyncio.create_task(self._rush(prepared, bought, fonts))
        try:
            review = await self._buy_all(prepared, sourcing, bought)
        finally:
            rush.cancel()
            await asyncio.gather(rush, return_exceptions=True)
        got, voices = bought.things, bought.voices
        timeline = film_timeline(prepared, bought.pictures, voices)
        credited = credits_of(prepared, got)
        tags = film_tags(prepared, credited)
        video = await self._assemble(timeline, fonts, tags)
        showings = poster_from(prepared, timeline, got)
        (measured, problems), (poster, sheet) = await all_of(
            [self._measured(video, timeline, fonts), self._stills(video, timeline, showings)]
        )
        master = None
        if has_master:
            mastered = timeline.model_copy(update={"encoding": MASTER})
            master = await self._assemble(mastered, fonts, tags)
            _, wrong = await self._measured(master, mastered, fonts)
            problems = (*problems, *(f"master: {problem}" for problem in wrong))
        items = [
            line
            for scene, what, _ in prepared.wanted()
            for line in receipt_items(scene, what, got[(scene, what)])
        ] + review.items()
        counts = {
            name: PieceCount(made=sum(made), owned=len(made) - sum(made))
            for name, made in self.pieces.items()
        }
        notes = [*prepared.notes, *sourcing.fallbacks]
        guessed = [scene for scene, voice in voices.items() if voice.estimated]
        if guessed:
            notes.append(f"word times are estimated in {', '.join(guessed)}: the voice tells none")
        return Film(
            timeline, video, poster, sheet, items, counts, measured, problems, tuple(notes),
            credited, master, review.judgements(),
        )  # fmt: skip

    async def _buy_all(self, prepared: Prepared, sourcing: Sourcing, bought: Bought) -> Review:
        sourcing.review = review = Review(prepared, self.store, self.purse, self.do)
        await review.words()
        wanted = list(prepared.wanted())
        spoken = {order.scene.id: order.spoken for order in prepared.orders}

        async def one(scene: str, what: str, candidates: tuple[Candidate, ...]) -> None:
            thing = await sourcing.have(scene, what, candidates)
            if review.waits(scene):
                return
            bought.things[(scene, what)] = thing
            if what in ("picture", LOGO, NAME):
                bought.pictures[scene if what == "picture" else f"{scene} {what}"] = thing
            elif what == "speech" and (said := spoken[scene]) is not None:
                voice = await whole_voice(self.store, thing, said, self._in_thread)
                bought.voices[scene] = voice
            bought.news.set()
            self._note("assets", len(wanted), f"{scene} {what}", thing.made)

        # The editor's files come first: cards are drawn from them.
        await all_of(one(*w) for w in wanted if w[1].startswith("file "))
        await all_of(one(*w) for w in wanted if not w[1].startswith("file "))
        review.stop_if_waiting()
        return review

    async def _rush(self, prepared: Prepared, bought: Bought, fonts: Path) -> None:
        """Encodes what is certain while the rest is still to come, until it is cancelled."""
        from assembly.render import engine

        # What is owned has come by then: a film that is owned as a whole needs no segments.
        await asyncio.sleep(RUSH_AFTER_S)
        by = await asyncio.to_thread(engine, fonts)
        while await bought.news.wait():
            bought.news.clear()
            told = prepared, dict(bought.pictures), dict(bought.voices), by
            found, total = await asyncio.to_thread(rushes, *told)
            for label, segment in found:
                key = segment.key()
                if key not in self._rushed:
                    work = self._encoded(segment, key, label, total, fonts)
                    self._rushed[key] = asyncio.create_task(work)

    async def _encoded(
        self, segment: Segment, key: str, label: str, total: int, fonts: Path
    ) -> Asset:
        from assembly.render import render_segment

        async def make(out: Path) -> dict[str, Any]:
            async with self._renderers:
                told = (segment, self.store.path, fonts, out, self.cancel)
                await self._in_thread(render_segment, *told)
            return {"frames": segment.frames}

        what = Piece("segment", "segments", total, label, key, "video/mp4")
        return await self._piece(what, make)

    async def _assemble(self, timeline: tl.Timeline, fonts: Path, tags: FilmTags) -> Asset:
        from assembly.join import JOINER, join
        from assembly.render import engine
        from assembly.segments import segments
        from assembly.sound import mix, sound_key

        cut = segments(timeline, await asyncio.to_thread(engine, fonts))
        labels = segment_labels(timeline, [segment.frames for segment in cut])
        keys = [segment.key() for segment in cut]
        chapters = [f"{shot.start} {shot.title}" for shot in timeline.shots]
        how = timeline.encoding.container
        told = (JOINER, how, tags.model_dump_json(), *chapters, *keys, sound_key(timeline))
        key = work_key("film", *told)
        if owned := self.store.find(key):
            # What the film was joined from is not needed while the film itself is there.
            await self._show_owned(owned, labels)
            return owned

        async def encode(index: int) -> Asset:
            if begun := self._rushed.pop(keys[index], None):
                return await whole(begun)
            return await self._encoded(cut[index], keys[index], labels[index], len(cut), fonts)

        async def mix_sound(out: Path) -> dict[str, Any]:
            heard = await self._in_thread(mix, timeline, self.store.path, out, self.cancel)
            return heard.model_dump(mode="json")

        what = Piece("sound", "sound", 1, "film sound", sound_key(timeline), "audio/mp4")
        sound, *pictures = await all_of(
            [self._piece(what, mix_sound), *(encode(i) for i in range(len(cut)))]
        )

        async def join_film(out: Path) -> dict[str, Any]:
            paths = [self.store.path(asset.digest) for asset in pictures]
            heard = self.store.path(sound.digest)
            await self._in_thread(join, paths, heard, timeline, out, self.cancel, tags)
            return {"frames": timeline.frames}

        return await self._piece(Piece("film", "film", 1, "film join", key, "video/mp4"), join_film)

    async def _measured(
        self, video: Asset, timeline: tl.Timeline, fonts: Path
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """What the finished file is, measured once per film; a sentence per thing that is wrong."""
        from assembly.check import CHECKER, Measured, measure
        from assembly.verdict import problems

        async def make(out: Path) -> dict[str, Any]:
            told = (self.store.path(video.digest), timeline, self.store.path, fonts, self.cancel)
            found = await self._in_thread(measure, *told)
            out.write_text(found.model_dump_json(indent=1), encoding="utf-8")
            return {}

        key = work_key("check", CHECKER, video.digest, timeline.model_dump_json())
        what = Piece("check", "check", 1, "film check", key, "application/json")
        asset = await self._piece(what, make)
        found = Measured.model_validate_json(self.store.path(asset.digest).read_bytes())
        return found.model_dump(mode="json"), problems(found, timeline)

    async def _stills(
        self, video: Asset, timeline: tl.Timeline, showings: tuple[Showing, ...]
    ) -> tuple[Asset, Asset]:
        from assembly.posters import POSTERS, draw_poster
        from assembly.sheets import SHEETS, contact_sheet

        async def sheet(out: Path) -> dict[str, Any]:
            await self._in_thread(contact_sheet, self.store.path(video.digest), timeline, out)
            return {}

        async def poster(out: Path) -> dict[str, Any]:
            told = [(showing, self.store.path(showing.digest)) for showing in showings]
            size = timeline.width, timeline.height
            await self._in_thread(draw_poster, told, size, timeline.background, out)
            return {}

        shots = [f"{shot.scene} {shot.start}" for shot in timeline.shots]
        sheet_key = work_key("sheet", SHEETS, video.digest, *shots)
        size = timeline.width, timeline.height
        poster_key = work_key("poster", POSTERS, *size, timeline.background, *showings)
        drawn, _made = await self.store.work(poster_key, "image/jpeg", poster)
        laid, _made = await self.store.work(sheet_key, "image/jpeg", sheet)
        return drawn, laid

    async def _show_owned(self, film: Asset, labels: list[str]) -> None:
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
                self._note(stage, len(names), name, made=False)

    async def _piece(self, what: Piece, make: Callable[[Path], Awaitable[dict[str, Any]]]) -> Asset:
        asset, made = await self.do(
            what.label, lambda: self.store.work(what.key, what.media_type, make)
        )
        self.pieces.setdefault(what.kind, []).append(made)
        self._note(what.stage, what.total, what.label, made)
        return asset

    def _note(self, stage: Stage, total: int, label: str, made: bool) -> None:
        self._done[stage] = self._done.get(stage, 0) + 1
        total *= 1 if stage == "assets" else self._films
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
