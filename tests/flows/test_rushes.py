"""Segments are encoded as their scenes' pictures and voices come, and are those of the film."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from assembly.errors import Cancelled
from flows.film.produce import Result, open_store, produce
from flows.film.progress import silent
from flows.film.renderers import RENDERERS
from flows.scripts.prepare import prepare
from flows.scripts.wishes import Wishes
from flows.settings import load_settings

pytestmark = pytest.mark.slow

HELD = "s04"
SCRIPT = """---
title: Six coasts
captions: burned
---

""" + "\n\n".join(
    f"## Coast {n}\nThe water comes to coast number {n}, stays there a while, and goes again."
    for n in range(1, 7)
)


class Held:
    """Runs work as it comes, but keeps one scene's `what` back until `enough` segments are done."""

    def __init__(self, what: str, enough: int) -> None:
        self.what, self.enough = what, enough
        self.told: list[str] = []
        self._come = asyncio.Event()

    async def __call__(
        self, name: str, work: Callable[[], Awaitable[tuple[Any, bool]]]
    ) -> tuple[Any, bool]:
        if name.startswith(f"{HELD} {self.what} "):
            await asyncio.wait_for(self._come.wait(), 60)
        done = await work()
        self.told.append(name)
        if sum(told.endswith("segment") for told in self.told) >= self.enough:
            self._come.set()
        return done


def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, do: Any) -> Result:
    monkeypatch.setenv("REELWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REELWRIGHT_SHORT_SIDE", "144")
    script = tmp_path / "coasts.md"
    script.write_text(SCRIPT)
    settings = load_settings()
    store = open_store(settings)
    prepared = prepare(script, Wishes(), settings, store)
    return asyncio.run(produce(prepared, tmp_path / "films", settings, store, do, silent))


@pytest.mark.parametrize("what", ["speech", "picture"])
def test_what_does_not_need_the_last_asset_is_encoded_before_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    needed = {"s01 segment", "s01-s02 segment", "s02 segment", "s02-s03 segment"}
    # How these move is settled, though what comes before them is not there.
    needed |= {"s05 segment", "s05-s06 segment", "s06-s07 segment", "s07 segment"}

    class UntilThese(Held):
        async def __call__(self, name: str, work: Any) -> Any:
            done = await super().__call__(name, work)
            if needed <= set(self.told):
                self._come.set()
            return done

    # What is held never comes, unless these are encoded without it.
    do = UntilThese(what, 1000)
    made = film(tmp_path, monkeypatch, do)
    last = next(n for n, name in enumerate(do.told) if name.startswith(f"{HELD} {what} "))
    early = {name for name in do.told[:last] if name.endswith("segment")}
    assert needed <= early
    assert not any(HELD in name for name in early)
    labels = [name for name in do.told if name.endswith("segment")]
    assert len(labels) == len(set(labels)), "nothing was encoded in vain"
    segments = made.receipt.pieces["segment"]
    assert (segments.made, segments.owned) == (len(labels), 0)


def test_the_sound_is_mixed_before_the_last_picture_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class UntilSound(Held):
        async def __call__(self, name: str, work: Any) -> Any:
            done = await super().__call__(name, work)
            if name == "film sound":
                self._come.set()
            return done

    do = UntilSound("picture", 1000)
    made = film(tmp_path, monkeypatch, do)
    assert do.told.count("film sound") == 1, "and it is the film's: none is mixed in vain"
    picture = next(n for n, name in enumerate(do.told) if name.startswith(f"{HELD} picture "))
    assert do.told.index("film sound") < picture
    assert (made.receipt.pieces["sound"].made, made.receipt.pieces["sound"].owned) == (1, 0)


def test_looking_at_parts_makes_way_for_what_is_to_be_encoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []

    def without_end(
        part: Path, _width: int, _height: int, cancel: threading.Event, _memory: object
    ) -> None:
        looks.append(part)
        assert cancel.wait(60), "nobody told it to stop"
        raise Cancelled("stopped while the film was looked at")

    monkeypatch.setattr("assembly.check.measuring.see", without_end)

    class UntilLookedAt:
        told: ClassVar[list[str]] = []

        async def __call__(self, name: str, work: Any) -> Any:
            # The fourth voice comes when all renderers look at what is done; the last one, when
            # the fourth scene is encoded all the same.
            if name.startswith(f"{HELD} speech"):
                await until(lambda: len(looks) >= RENDERERS)
            if name.startswith("s07 speech"):
                await until(lambda: f"{HELD} segment" in self.told)
            done = await work()
            self.told.append(name)
            return done

    do = UntilLookedAt()
    film(tmp_path, monkeypatch, do)
    assert do.told.index(f"{HELD} segment") < do.told.index("film join")
    assert len(looks) > len(set(looks)), "what made way was looked at again"


async def until(there: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not there():
            await asyncio.sleep(0.01)


def test_an_owned_film_is_found_without_a_look_at_its_segments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film(tmp_path, monkeypatch, Held("speech", 0))
    again = film(tmp_path, monkeypatch, Held("speech", 0))
    assert all(count.made == 0 for count in again.receipt.pieces.values())


def test_a_purchase_that_fails_stops_what_was_begun_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Held):
        async def __call__(self, name: str, work: Any) -> Any:
            if name.startswith(f"{HELD} speech"):
                await asyncio.wait_for(self._come.wait(), 60)
                raise RuntimeError("no voice")
            return await super().__call__(name, work)

    with pytest.raises(RuntimeError, match="no voice"):
        film(tmp_path, monkeypatch, Broken("nothing", 1))
    assert not list((tmp_path / "home").rglob(".segment-*"))
