"""What a change costs, and how long a film takes from its last asset on."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from assembly import render
from assembly.check.measuring import measure
from bench.film import chords, fonts_dir, script
from bench.ours import ours
from bench.spent import Spent, now, since
from flows.film.memory import CheckMemory

SCENES = 60


class Made(NamedTuple):
    """What a film took, and what its check took."""

    film: Spent
    check: Spent


class Edited(NamedTuple):
    """The whole film of sixty scenes; then one scene changed; then only the music.

    Both changes are made three times, each another one, and the middle one counts: they take
    seconds, in which a shared machine may be slow.
    """

    whole: Made
    scene: Made
    music: Made


def edited(seconds: float, folder: Path) -> Edited:
    """Makes a film of sixty scenes with music, then changes it; each is checked."""
    first, *others = (chords(folder, pitch) for pitch in (220, 165, 196, 247))
    (folder / "checks.db").unlink(missing_ok=True)

    def made(changed: tuple[int, ...], piece: str) -> Made:
        timeline = script(seconds, folder, scenes=SCENES, changed=changed, music=(piece,))
        begun = now()
        film = ours(timeline, folder)
        put_together = since(begun)
        begun = now()
        with closing(CheckMemory(folder / "checks.db")) as memory:
            measure(film, timeline, folder.joinpath, fonts_dir(), memory=memory)
        return Made(put_together, since(begun))

    def middle(changes: list[Made]) -> Made:
        return sorted(changes, key=lambda change: change.film.processor)[1]

    whole = made((), first)
    scene = middle([made((number,), first) for number in (30, 14, 45)])
    return Edited(whole, scene, middle([made((45,), piece) for piece in others]))


class Late(NamedTuple):
    """Seconds from the last asset to the joined film, and to the delivered one; the slowest part.

    Being delivered, the film has also been measured.
    """

    joined_s: float
    delivered_s: float
    slowest_segment_s: float


_SCRIPT = "---\ntitle: Twelve\nclosing: none\n---\n\n" + "\n\n".join(
    f"## Part {n}\n@prompt: a coast, number {n}\n\n"
    f"A short sentence tells what picture {n} shows, and the next one says why it matters to us."
    for n in range(1, 13)
)


def last_asset(folder: Path) -> Late:
    """Makes a film of twelve scenes, bought from the lab at its latencies, in this process."""
    from flows.film.produce import open_store, produce
    from flows.film.progress import silent
    from flows.scripts.prepare import prepare
    from flows.scripts.wishes import Wishes
    from flows.settings import load_settings
    from tests.lab.server import Lab

    ends: dict[str, float] = {}
    taken: list[float] = []
    rendered = render.render_segment

    def timed(*told: Any) -> None:
        begun = time.perf_counter()
        rendered(*told)
        taken.append(time.perf_counter() - begun)

    async def do(name: str, work: Callable[[], Awaitable[tuple[Any, bool]]]) -> tuple[Any, bool]:
        done = await work()
        ends[name] = time.perf_counter()
        return done

    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    (folder / "twelve.md").write_text(_SCRIPT, "utf-8")
    vars(render)["render_segment"] = timed
    before = dict(os.environ)
    try:
        with Lab(latency_s=2.0, queue_s=4.0, work_s=8.0) as lab:
            os.environ |= {"REELWRIGHT_HOME": str(home), **lab.urls}
            settings = load_settings()
            store = open_store(settings)
            prepared = prepare(folder / "twelve.md", Wishes(tier="2"), settings, store)
            asyncio.run(produce(prepared, folder / "films", settings, store, do, silent))
            end = time.perf_counter()
    finally:
        render.render_segment = rendered
        os.environ.clear()
        os.environ.update(before)
    bought = max(at for name, at in ends.items() if " · " in name)
    return Late(ends["film join"] - bought, end - bought, max(taken))
