"""However many films are made at once, one pool encodes them."""

from __future__ import annotations

import asyncio
import threading

from flows.film.renderers import RENDERERS, Renderers, renderers


def test_all_films_of_a_loop_share_a_pool_and_another_loop_has_its_own() -> None:
    async def pools() -> tuple[Renderers, Renderers]:
        async def film() -> Renderers:
            return renderers()

        first, second = await asyncio.gather(film(), film())
        return first, second

    first, second = asyncio.run(pools())
    assert first is second
    assert asyncio.run(pools())[0] is not first


def test_no_more_is_encoded_at_once_than_the_pool_allows() -> None:
    running, most = 0, 0

    async def segment() -> None:
        nonlocal running, most
        async with renderers().one():
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    async def films() -> None:
        await asyncio.gather(*(segment() for _ in range(50)))

    asyncio.run(films())
    assert most == RENDERERS


def test_what_fills_spare_time_is_told_to_stop_when_a_segment_waits() -> None:
    told: list[str] = []

    async def filler(name: str) -> None:
        async with renderers().spare() as way:
            told.append(f"{name} begins")
            while not way.is_set():
                await asyncio.sleep(0)
            told.append(f"{name} stops")

    async def segment() -> None:
        async with renderers().one():
            told.append("segment")

    async def films() -> None:
        fillers = [asyncio.create_task(filler(f"filler {n}")) for n in range(RENDERERS)]
        await asyncio.sleep(0.01)
        assert len(told) == RENDERERS
        await segment()
        await asyncio.gather(*fillers)

    asyncio.run(asyncio.wait_for(films(), 10))
    assert told.index("segment") > told.index("filler 0 stops")


def test_what_fills_spare_time_lets_those_pass_who_wait_behind_it() -> None:
    told: list[str] = []
    ended = threading.Event()

    async def held() -> None:
        async with renderers().one():
            while not ended.is_set():
                await asyncio.sleep(0)

    async def filler() -> None:
        async with renderers().spare():
            told.append("filler")

    async def segment(name: str) -> None:
        async with renderers().one():
            told.append(name)
            await asyncio.sleep(0)

    async def films() -> None:
        holding = [asyncio.create_task(held()) for _ in range(RENDERERS)]
        await asyncio.sleep(0.01)
        waiting = [asyncio.create_task(filler())]
        await asyncio.sleep(0.01)
        waiting += [asyncio.create_task(segment(f"segment {n}")) for n in range(5)]
        await asyncio.sleep(0.01)
        ended.set()
        await asyncio.gather(*holding, *waiting)

    asyncio.run(asyncio.wait_for(films(), 10))
    assert told[-1] == "filler"
