"""Connections to vendors that stay open for a moment: the next call needs no new one.

Setting one up takes more of the processor than all else that a call does. Each call has a client
to itself: one client for all has to look through all of its connections for each call.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

import httpx2

IDLE_S = 2.0
"""How long a connection is kept. Servers close what is idle after five seconds or more, and an
order that meets that moment may be taken or not: nobody would know.
"""

_Kept = dict[str, list[tuple[float, httpx2.AsyncClient]]]
"""By host: clients that nobody uses, and since when (seconds of the loop's clock)."""
_shelves: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[AsyncGenerator[_Kept], _Kept]]
_shelves = WeakKeyDictionary()


@asynccontextmanager
async def connected(host: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A client for one call to `host` (scheme and name), kept for others unless the call fails."""
    idle = (await _shelf()).setdefault(host, [])
    now = asyncio.get_running_loop().time
    fresh = [one for one in idle if one[0] > now() - IDLE_S]
    stale, idle[:] = idle[: len(idle) - len(fresh)], fresh
    client = idle.pop()[1] if idle else _new_client()
    try:
        # Before the call: nothing may come between its answer and whoever paid for it.
        for _, old in stale:
            await old.aclose()
        yield client
    except BaseException:
        # What broke off may still be on its way.
        await client.aclose()
        raise
    client.cookies.clear()
    idle.append((now(), client))


@functools.cache
def trust() -> ssl.SSLContext:
    """Whose certificates are believed; read once, for reading them takes longer than a call."""
    return httpx2.create_ssl_context()


def _new_client() -> httpx2.AsyncClient:
    limits = httpx2.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE_S)
    return httpx2.AsyncClient(verify=trust(), limits=limits)


async def _shelf() -> _Kept:
    """What this loop keeps: no connection can be used in another."""
    loop = asyncio.get_running_loop()
    if loop not in _shelves:
        keeper = _keep()
        _shelves[loop] = keeper, await anext(keeper)
    return _shelves[loop][1]


async def _keep() -> AsyncGenerator[_Kept]:
    """Closes all that is kept when the loop ends: it ends its generators then, whoever ran it."""
    kept: _Kept = {}
    try:
        yield kept
    finally:
        for _, client in (one for idle in kept.values() for one in idle):
            await client.aclose()
        _shelves.pop(asyncio.get_running_loop(), None)
