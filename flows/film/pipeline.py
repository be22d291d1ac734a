"""The pipeline: everything between a prepared script and a film that has passed its own check.

Plain Python: it runs the same inside Prefect and without it. What it buys and makes goes through a
`Step`, which is where the Prefect skin hangs its tasks.
"""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from assembly import timeline as tl
from assembly.encoding import MASTER
from assembly.tags import FilmTags
from flows.buying.away import Away
from flows.buying.chains import Voices
from flows.buying.orders import Candidate, Prepared
from flows.buying.sourcing import STILL, Do, Got, Sourcing, Waits
from flows.delivery.publish import Credit, credits_of, film_tags, poster_from
from flows.film.heard import HeardBack
from flows.film.inspection import Inspection
from flows.film.narrations import Narrations
from flows.film.overlays import LOGO, NAME
from flows.film.progress import Tell
from flows.film.rushes import known_sound, rushes
from flows.film.timing import film_timeline, font_folder, segment_labels
from flows.film.together import all_of
from flows.film.voices import Voice
from flows.film.work import work_key
from flows.film.workshop import Piece, Workshop
from flows.moderation.review import Review
from flows.money.amounts import Spender
from flows.money.receipt import Judgement, PieceCount, ReceiptItem, receipt_items, told_by_engines
from providers._patience import off_loop
from providers.buying import Purse
from providers.lanes import rank
from providers.notices import listener
from providers.store import Asset, Store

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
    heard: tuple[HeardBack, ...] = ()
    """How scenes were heard, where they were listened to."""


class Bought(NamedTuple):
    """What has come so far: filled while it is bought; `news` is set whenever something came."""

    things: dict[tuple[str, str], Got]
    pictures: dict[str, Got]
    """By scene id; names over scenes by `s01 name`, the logo by `film logo`."""
    voices: dict[str, Voice]
    news: asyncio.Event


class Studio:
    """One run's tools: store, purse, the way to do a piece of work, and whom to tell."""

    def __init__(
        self, store: Store, purse: Purse, do: Do, tell: Tell, who: Spender | None = None
    ) -> None:
        self.store, self.purse, self.do, self.tell, self.who = store, purse, do, tell, who
        self.shop = Workshop(store, do, tell)
        self.inspection = Inspection(store, self.shop)

    async def produce(self, prepared: Prepared) -> Film:
        """Buys, times, encodes, mixes, joins, measures. Raises what providers and caps raise."""
        try:
            return await self._produce(prepared)
        finally:
            await self.shop.close()
            self.inspection.close()

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
        look = self.inspection
        has_master = "master" in prepared.storyboard.deliver and not prepared.draft
        self.shop.films = 2 if has_master else 1
        sourcing = Sourcing(self.store, self.purse, prepared.providers, self.do, prepared.strict)
        sourcing.away = away = Away(self.store, self.purse, prepared, self.who)
        fonts = await asyncio.to_thread(font_folder, self.store, prepared.caption_font)
        bought = Bought({}, {}, {}, asyncio.Event())
        rush = asyncio.create_task(self._rush(prepared, bought, fonts))
        try:
            review, narrations = await self._buy_all(prepared, sourcing, bought)
        finally:
            rush.cancel()
            look.hurry()
            await asyncio.gather(rush, away.close(), return_exceptions=True)
        got, voices = bought.things, bought.voices
        timeline = film_timeline(prepared, bought.pictures, voices)
        credited = credits_of(prepared, got)
        tags = film_tags(prepared, credited)
        video = await self._assemble(timeline, fonts, tags)
        showings = poster_from(prepared, timeline, got)
        (measured, problems), (poster, sheet) = await all_of(
            [look.measured(video, timeline, fonts), look.stills(video, timeline, showings)]
        )
        master = None
        if has_master:
            mastered = timeline.model_copy(update={"encoding": MASTER})
            master = await self._assemble(mastered, fonts, tags)
            _, wrong = await look.measured(master, mastered, fonts)
            problems = (*problems, *(f"master: {problem}" for problem in wrong))
        items = [
            line
            for scene, what, _ in prepared.wanted()
            for line in receipt_items(scene, what, got[(scene, what)])
        ]
        for scene, still in sourcing.stills.items():
            items += receipt_items(scene, STILL, still)
        items += [*review.items(), *narrations.items]
        counts = {
            name: PieceCount(made=sum(made), owned=len(made) - sum(made))
            for name, made in self.shop.pieces.items()
        }
        notes = [*prepared.notes, *sourcing.fallbacks, *told_by_engines(got.values())]
        notes += narrations.notes
        guessed = sorted(scene for scene, voice in voices.items() if voice.estimated)
        if guessed:
            notes.append(f"word times are estimated in {', '.join(guessed)}: the voice tells none")
        return Film(
            timeline, video, poster, sheet, items, counts, measured, problems, tuple(notes),
            credited, master, review.judgements(), tuple(narrations.heard),
        )  # fmt: skip

    async def _buy_all(
        self, prepared: Prepared, sourcing: Sourcing, bought: Bought
    ) -> tuple[Review, Narrations]:
        sourcing.review = review = Review(prepared, self.store, self.purse, self.do)
        await review.words()
        wanted = list(prepared.wanted())
        listener.set(partial(self.shop.hear, len(wanted)))
        run = self.shop.in_thread
        narrations = Narrations(prepared, self.store, self.purse, self.do, sourcing, run)
        sourcing.voices = voices = Voices()

        places = {thing[:2]: place for place, thing in enumerate(wanted)}

        async def one(scene: str, what: str, candidates: tuple[Candidate, ...]) -> None:
            if review.holds(scene):
                return
            # Scenes that come one after another can be encoded while the last ones are made.
            rank.set(places[scene, what])
            try:
                thing = await sourcing.have(scene, what, candidates)
            except Waits:
                return
            if review.waits(scene):
                return
            bought.things[(scene, what)] = thing
            if thing.parts[0].request.capability == "video" and scene in sourcing.stills:
                bought.things[(scene, STILL)] = sourcing.stills[scene]
            if what in ("picture", LOGO, NAME):
                bought.pictures[scene if what == "picture" else f"{scene} {what}"] = thing
            elif what == "speech":
                voice, thing = await narrations.narration(scene, thing)
                bought.voices[scene], bought.things[(scene, what)] = voice, thing
                voices.come(scene, voice)
            bought.news.set()
            self.shop.note("assets", len(wanted), f"{scene} {what}", thing.made)

        # The editor's files come first: cards are drawn from them.
        await all_of(one(*w) for w in wanted if w[1].startswith("file "))
        if sourcing.away is not None:
            away = ((w[0], w[2]) for w in wanted if not review.holds(w[0]))
            await sourcing.away.gather(away)
        await all_of(one(*w) for w in wanted if not w[1].startswith("file "))
        review.stop_if_waiting()
        return review, narrations

    async def _rush(self, prepared: Prepared, bought: Bought, fonts: Path) -> None:
        """Encodes what is certain while the rest is still to come, until it is cancelled."""
        from assembly.render import engine
        from assembly.segments import rendering_order
        from assembly.sound.mix import sound_key

        # What is owned has come by then: a film that is owned as a whole needs no segments.
        await asyncio.sleep(RUSH_AFTER_S)
        by = await asyncio.to_thread(engine, fonts)
        while await bought.news.wait():
            bought.news.clear()
            told = prepared, dict(bought.pictures), dict(bought.voices), by
            found, total = await asyncio.to_thread(rushes, *told)
            if heard := await asyncio.to_thread(known_sound, *told[:3]):
                key = sound_key(heard)
                self.shop.begin(key, partial(self.shop.sound, heard, key))
            for at in rendering_order([rush.segment for rush in found]):
                label, segment = found[at]
                key = segment.key()
                part = segment, key, label, total, fonts
                encoding = self.shop.begin(key, partial(self.shop.segment, *part))
                self.shop.begin(f"look {key}", partial(self.inspection.look, segment, encoding))

    async def _assemble(self, timeline: tl.Timeline, fonts: Path, tags: FilmTags) -> Asset:
        from assembly.join import JOINER, join
        from assembly.render import engine
        from assembly.segments import rendering_order, segments
        from assembly.sound.mix import sound_key

        cut = segments(timeline, await asyncio.to_thread(engine, fonts))
        labels = segment_labels(timeline, [segment.frames for segment in cut])
        keys = [segment.key() for segment in cut]
        chapters = [f"{shot.start} {shot.title}" for shot in timeline.shots]
        how = timeline.encoding.container
        told = (JOINER, how, tags.model_dump_json(), *chapters, *keys, sound_key(timeline))
        key = work_key("film", *told)
        if owned := await self.store.look(key):
            # What the film was joined from is not needed while the film itself is there, but it
            # is what the next film of a changed script is joined from.
            await self.shop.show_owned(owned, labels)
            await off_loop(self.store.use, [*keys, sound_key(timeline)])
            return owned

        async def encode(index: int) -> Asset:
            told = cut[index], keys[index], labels[index], len(cut), fonts
            return await self.shop.wanted(keys[index], partial(self.shop.segment, *told))

        order = rendering_order(cut)
        heard = sound_key(timeline)
        mixing = self.shop.wanted(heard, partial(self.shop.sound, timeline, heard))
        sound, *encoded = await all_of([mixing, *(encode(index) for index in order)])
        pictures = [asset for _, asset in sorted(zip(order, encoded, strict=True))]

        async def join_film(out: Path) -> dict[str, Any]:
            paths = [self.store.path(asset.digest) for asset in pictures]
            track = self.store.path(sound.digest)
            await self.shop.in_thread(join, paths, track, timeline, out, self.shop.cancel, tags)
            return {"frames": timeline.frames}

        return await self.shop.piece(
            Piece("film", "film", 1, "film join", key, "video/mp4"), join_film
        )
