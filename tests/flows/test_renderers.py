"""However many films are made at once, one pool encodes them."""

from __future__ import annotations

import asyncio

from flows.renderers import RENDERERS, renderers


def test_all_films_of_a_loop_share_a_pool_and_another_loop_has_its_own() -> None:
    async def pools() -> tuple[asyncio.Semaphore, asyncio.Semaphore]:
        async def film() -> asyncio.Semaphore:
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
        async with renderers():
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    async def films() -> None:
        await asyncio.gather(*(segment() for _ in range(50)))

    asyncio.run(films())
    assert most == RENDERERS
