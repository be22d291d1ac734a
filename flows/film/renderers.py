"""The renderers of this process: how many segments are encoded at once, by all of its films."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

RENDERERS = max(1, min(4, (os.cpu_count() or 2)))
"""Each encoder uses a thread or two of its own."""


class Renderers:
    """A pool of renderers. What only fills their spare time makes way for whatever is waited for.

    Belongs to the loop that runs.
    """

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(RENDERERS)
        self._waiting = 0
        self._fillers: set[threading.Event] = set()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A renderer, as soon as one is free; fillers are told to stop where none is."""
        self._waiting += 1
        if self._free.locked():
            for way in self._fillers:
                way.set()
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()

    @asynccontextmanager
    async def spare(self) -> AsyncIterator[threading.Event]:
        """A renderer that nobody waits for; work is to stop as soon as the event is set."""
        await self._free.acquire()
        while self._waiting:
            # Those who wait may stand behind this one: it queues up again.
            self._free.release()
            await asyncio.sleep(0)
            await self._free.acquire()
        way = threading.Event()
        self._fillers.add(way)
        try:
            yield way
        finally:
            self._fillers.discard(way)
            self._free.release()


_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, Renderers] = WeakKeyDictionary()


def renderers() -> Renderers:
    """The pool that all films of the running loop share: ten films at once encode no more."""
    return _pools.setdefault(asyncio.get_running_loop(), Renderers())
