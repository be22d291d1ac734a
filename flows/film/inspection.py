"""The inspection: finished films measured and pictured; parts of them looked at as they come."""

from __future__ import annotations

import asyncio
import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assembly.errors import Cancelled, UnreadableMedia
from assembly.segments import Segment
from assembly.timeline import Timeline
from flows.film.memory import CheckMemory
from flows.film.renderers import renderers
from flows.film.work import work_key
from flows.film.workshop import Piece, Workshop
from providers.store import Asset, Store

if TYPE_CHECKING:
    from assembly.posters import Showing


class Inspection:
    """One run's inspection: what it saw of a film's parts is known to the checks of all films."""

    def __init__(self, store: Store, shop: Workshop) -> None:
        self._store, self._shop = store, shop
        self._hurry = False
        self._looking: set[threading.Event] = set()

    @cached_property
    def _memory(self) -> CheckMemory:
        return CheckMemory(self._store.root / "checks.db")

    def close(self) -> None:
        """Lets go of what was learned, which lies in a file."""
        if "_memory" in vars(self):
            self._memory.close()

    def hurry(self) -> None:
        """From now on parts are no longer looked at: the film as a whole is about to come."""
        self._hurry = True
        for way in self._looking:
            way.set()

    async def look(self, segment: Segment, encoded: asyncio.Task[Asset]) -> None:
        """Looks at a part of a coming film, once it is encoded and a renderer has nothing else."""
        await asyncio.wait([encoded])
        if encoded.cancelled() or encoded.exception():
            return
        path = self._store.path(encoded.result().digest)
        # A look that made way for encoding begins anew.
        while True:
            async with renderers().spare() as way:
                if self._hurry or await self._has_looked(path, segment, way):
                    return

    async def _has_looked(self, path: Path, segment: Segment, way: threading.Event) -> bool:
        from assembly.check.measuring import see

        told = path, segment.width, segment.height, way, self._memory
        self._looking.add(way)
        try:
            await self._shop.in_thread(see, *told, stop=way)
        except Cancelled:
            return False
        except UnreadableMedia:
            # Whatever is wrong with it, the check of the film says so.
            return True
        finally:
            self._looking.discard(way)
        return True

    async def measured(
        self, video: Asset, timeline: Timeline, fonts: Path
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """What the finished file is, measured once per film; a sentence per thing that is wrong."""
        from assembly.check.measuring import CHECKER, Measured, measure
        from assembly.check.verdict import problems

        async def make(out: Path) -> dict[str, Any]:
            path, told = self._store.path, (self._shop.cancel, self._memory)
            found = await self._shop.in_thread(
                measure, path(video.digest), timeline, path, fonts, *told
            )
            out.write_text(found.model_dump_json(indent=1), encoding="utf-8")
            return {}

        key = work_key("check", CHECKER, video.digest, timeline.model_dump_json())
        what = Piece("check", "check", 1, "film check", key, "application/json")
        asset = await self._shop.piece(what, make)
        found = Measured.model_validate_json(self._store.path(asset.digest).read_bytes())
        return found.model_dump(mode="json"), problems(found, timeline)

    async def stills(
        self, video: Asset, timeline: Timeline, showings: tuple[Showing, ...]
    ) -> tuple[Asset, Asset]:
        """The film's poster and its contact sheet."""
        from assembly.posters import POSTERS, draw_poster
        from assembly.sheets import SHEETS, contact_sheet

        path = self._store.path

        async def sheet(out: Path) -> dict[str, Any]:
            told = path(video.digest), timeline, out, self._memory
            await self._shop.in_thread(contact_sheet, *told)
            return {}

        async def poster(out: Path) -> dict[str, Any]:
            told = [(showing, path(showing.digest)) for showing in showings]
            size = timeline.width, timeline.height
            await self._shop.in_thread(draw_poster, told, size, timeline.background, out)
            return {}

        shots = [f"{shot.scene} {shot.start}" for shot in timeline.shots]
        sheet_key = work_key("sheet", SHEETS, video.digest, *shots)
        size = timeline.width, timeline.height
        poster_key = work_key("poster", POSTERS, *size, timeline.background, *showings)
        drawn, _made = await self._store.work(poster_key, "image/jpeg", poster)
        laid, _made = await self._store.work(sheet_key, "image/jpeg", sheet)
        return drawn, laid
