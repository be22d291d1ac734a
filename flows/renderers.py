"""The renderers of this process: how many segments are encoded at once, by all of its films."""

from __future__ import annotations

import asyncio
import os
from weakref import WeakKeyDictionary

RENDERERS = max(1, min(4, (os.cpu_count() or 2)))
"""Each encoder uses a thread or two of its own."""

_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


def renderers() -> asyncio.Semaphore:
    """The pool that all films of the running loop share: ten films at once encode no more."""
    return _pools.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(RENDERERS))
