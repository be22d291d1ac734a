"""Lanes: what each call to a vendor waits for, so that its limits hold for everyone together.

Where slots and clocks are kept is the caller's business (`flows/sharing/lanes.py`): buying only
asks.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import ContextVar
from typing import Protocol

rank: ContextVar[int] = ContextVar("rank", default=0)
"""Where what is bought stands among all that is wanted: of those who wait the lowest goes first."""


class Lane(Protocol):
    """The way to one vendor. `at_once` is the most orders that are out together; 0: no limit."""

    at_once: int

    def slot(self) -> AbstractAsyncContextManager[None]:
        """One of the orders that may be out together, from before it is sent until it ended."""
        ...

    async def turn(self) -> None:
        """Waits until an order may be sent: for the rate, and while the vendor asks for quiet."""
        ...

    async def clear(self) -> None:
        """Waits while the vendor asks for quiet."""
        ...

    async def pause(self, wait_s: float) -> None:
        """The vendor asks for quiet for `wait_s` seconds: whoever calls it waits."""
        ...


class OpenLane:
    """A vendor without limits: only who was told to wait does."""

    at_once = 0

    def slot(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def turn(self) -> None:
        """Nothing is waited for."""

    async def clear(self) -> None:
        """Nothing is waited for."""

    async def pause(self, wait_s: float) -> None:
        await asyncio.sleep(wait_s * random.uniform(1.0, 1.2))  # noqa: S311 - spreads the load


OPEN = OpenLane()
