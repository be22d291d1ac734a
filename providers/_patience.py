"""Waiting: work that blocks, done in threads; and calls sent again while a vendor is busy."""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from providers.errors import Transient
from providers.lanes import Lane

T = TypeVar("T")
_HANDS = ThreadPoolExecutor(16, "reelwright-hands")
"""Threads for what waits on disks, databases and buckets; those that compute have others."""


async def off_loop(work: Callable[..., T], *told: Any, undo: Callable[[T], Any] | None = None) -> T:
    """Does blocking work in a thread. Who is cancelled meanwhile sees it end, and `undo`ne."""
    loop = asyncio.get_running_loop()
    future = loop.run_in_executor(_HANDS, functools.partial(work, *told))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait([future])
        if future.exception() is None and undo is not None:
            await asyncio.shield(loop.run_in_executor(_HANDS, undo, future.result()))
        raise


async def patiently(
    send: Callable[[], Awaitable[T]],
    pauses_s: tuple[float, ...],
    lane: Lane,
    ready: Callable[[], Awaitable[None]],
) -> T:
    """Sends until the answer is not Transient, waiting as asked, else longer each time.

    `ready` is waited for before each send. A time that the vendor names holds for all in `lane`.
    """
    for pause_s in pauses_s:
        await ready()
        try:
            return await send()
        except Transient as busy:
            if busy.retry_after_s is not None:
                await lane.pause(busy.retry_after_s)
            else:
                await asyncio.sleep(pause_s * random.uniform(1.0, 1.2))  # noqa: S311
    await ready()
    return await send()
