"""Vendors' limits, held over all processes of a machine, and over machines that share a ledger.

Slots are locks, freed by the kernel or by PostgreSQL when their holder dies. Rates and the quiet
that a vendor asks for are rows of the ledger's database, by the database's clock.
"""

from __future__ import annotations

import asyncio
import fcntl
import heapq
import itertools
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

from flows.settings import Settings
from flows.sharing.lane_clock import LaneClock, lane_clock
from flows.sharing.locks import ServerLocks, is_server, server_locks
from providers._patience import off_loop
from providers.catalog import Catalog
from providers.lanes import OPEN, Lane, rank
from providers.models import Limit

POLL_S = 0.02
"""How often the first in line looks for a free slot."""
SERVER_POLL_S = 0.05
GATHER_S = 0.05
"""For how long those who come first are waited for, so that they can stand in their order."""
NEWS_S = 0.25
"""For how long it is believed that a vendor asks for no quiet."""
_MOST_SPREAD_S = 5.0


class Slots(Protocol):
    """Numbered slots under a name; one is held until it is given back or its holder dies."""

    poll_s: float

    def take(self, name: str, count: int) -> int | None:
        """A free slot of `count`, or None."""
        ...

    def give(self, name: str, slot: int) -> None: ...

    def used(self, name: str, count: int) -> int:
        """How many are held by anyone."""
        ...


class FileSlots:
    """Slots of one machine: locked files below a folder."""

    poll_s = POLL_S

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[tuple[str, int], int] = {}

    def take(self, name: str, count: int) -> int | None:
        (self._folder / name).mkdir(parents=True, exist_ok=True)
        # Beginning anywhere spares processes from trying the same slots in the same order.
        first = random.randrange(count)  # noqa: S311
        order: list[int] = [*range(first, count), *range(first)]
        for slot in order:
            handle = os.open(self._folder / name / str(slot), os.O_CREAT | os.O_RDWR, 0o644)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
            else:
                self._held[name, slot] = handle
                return slot
        return None

    def give(self, name: str, slot: int) -> None:
        os.close(self._held.pop((name, slot)))

    def used(self, name: str, count: int) -> int:
        probe = FileSlots(self._folder)
        free: list[int] = list(iter(lambda: probe.take(name, count), None))
        for slot in free:
            probe.give(name, slot)
        return count - len(free)


class ServerSlots:
    """Slots of all machines that share a ledger in PostgreSQL."""

    poll_s = SERVER_POLL_S

    def __init__(self, locks: ServerLocks) -> None:
        self._locks = locks

    def take(self, name: str, count: int) -> int | None:
        names = _names(name, count)
        random.shuffle(names)
        taken = self._locks.take(names)
        return None if taken is None else int(taken.rpartition("/")[2])

    def give(self, name: str, slot: int) -> None:
        self._locks.give(f"lane/{name}/{slot}")

    def used(self, name: str, count: int) -> int:
        return self._locks.held(_names(name, count))


class Line:
    """A lock that goes to the lowest rank of those who wait, and among equals to who came first."""

    def __init__(self) -> None:
        self._is_held = False
        self._numbers = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    def come(self) -> tuple[int, int]:
        """A place in the line, which is kept however often one steps up."""
        return rank.get(), next(self._numbers)

    @asynccontextmanager
    async def first(self, place: tuple[int, int]) -> AsyncIterator[None]:
        """Being the first in line."""
        if self._is_held:
            called = asyncio.get_running_loop().create_future()
            heapq.heappush(self._waiting, (*place, called))
            try:
                await called
            except asyncio.CancelledError:
                if called.done() and not called.cancelled():
                    self._call()
                raise
        self._is_held = True
        try:
            yield
        finally:
            self._call()

    def has_before(self, place: tuple[int, int]) -> bool:
        """Whether somebody waits who is to go before the one at `place`."""
        return bool(self._waiting) and self._waiting[0][:2] < place

    def _call(self) -> None:
        """Calls the next one who has not gone away; the lock is his from now on."""
        self._is_held = False
        while self._waiting:
            *_, called = heapq.heappop(self._waiting)
            if not called.done():
                self._is_held = True
                called.set_result(None)
                return


class VendorLane:
    """The way of one run to one vendor."""

    def __init__(self, name: str, limit: Limit, slots: Slots, clock: LaneClock) -> None:
        self.at_once = limit.at_once
        self._name, self._per_minute = name, limit.per_minute
        self._slots, self._clock = slots, clock
        self._line, self._has_gathered = Line(), False
        self._believed_until = 0.0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Holds one of the vendor's slots. Raises LedgerUnusable."""
        if not self.at_once:
            yield
            return
        place, taken = self._line.come(), None
        while taken is None:
            # Only the first in line looks, so that processes with long lines get no more than
            # others.
            async with self._line.first(place):
                if not self._has_gathered:
                    await asyncio.sleep(GATHER_S)
                    self._has_gathered = True
                while not self._line.has_before(place):
                    if (taken := await self._take()) is not None:
                        break
                    await asyncio.sleep(self._slots.poll_s * random.uniform(0.5, 1.0))  # noqa: S311
        try:
            yield
        finally:
            await off_loop(self._slots.give, self._name, taken)

    async def turn(self) -> None:
        """Waits for the vendor's quiet and for the rate. Raises LedgerUnusable."""
        await self.clear()
        if self._per_minute:
            wait_s = await off_loop(self._clock.turn_s, self._name, self._per_minute)
            if wait_s > 0:
                await asyncio.sleep(wait_s)
                await self.clear()

    async def clear(self) -> None:
        """Waits while the vendor asks for quiet. Raises LedgerUnusable."""
        while time.monotonic() > self._believed_until:
            wait_s = await off_loop(self._clock.quiet_s, self._name)
            if wait_s <= 0:
                self._believed_until = time.monotonic() + NEWS_S
                return
            # Not all at the same instant, when it is over.
            await asyncio.sleep(wait_s + random.uniform(0, min(_MOST_SPREAD_S, wait_s / 5)))  # noqa: S311

    async def pause(self, wait_s: float) -> None:
        """Tells everyone that the vendor asks for quiet. Raises LedgerUnusable."""
        self._believed_until = 0.0
        await off_loop(self._clock.keep_quiet, self._name, wait_s)

    async def _take(self) -> int | None:
        def undo(taken: int | None) -> None:
            if taken is not None:
                self._slots.give(self._name, taken)

        return await off_loop(self._slots.take, self._name, self.at_once, undo=undo)


class Lanes:
    """The ways of one run to all vendors."""

    def __init__(self, limits: dict[str, Limit], slots: Slots, clock: LaneClock) -> None:
        self._limits, self._slots, self._clock = limits, slots, clock
        self._lanes: dict[str, Lane] = {}

    def to(self, provider: str) -> Lane:
        """The lane of a provider; an open one where no limit is known."""
        if provider not in self._lanes:
            limit = self._limits.get(provider)
            self._lanes[provider] = (
                OPEN if limit is None else VendorLane(provider, limit, self._slots, self._clock)
            )
        return self._lanes[provider]


class LaneState(NamedTuple):
    """How a vendor's lane stands: its limit, how many orders are out, seconds of quiet left."""

    provider: str
    limit: Limit
    used: int
    quiet_s: float


def open_lanes(settings: Settings, catalog: Catalog) -> Lanes:
    """The lanes of a run. Nothing is opened before it is needed."""
    return Lanes(limits_of(settings, catalog), _slots(settings), lane_clock(settings.ledger_url()))


def limits_of(settings: Settings, catalog: Catalog) -> dict[str, Limit]:
    """The limits by provider: the operator's, else the catalog's."""
    told = dict(catalog.limits)
    for name, at_once in settings.provider_limits.items():
        told[name] = told.get(name, Limit()).model_copy(update={"at_once": at_once})
    for name, per_minute in settings.provider_rates.items():
        told[name] = told.get(name, Limit()).model_copy(update={"per_minute": per_minute})
    return told


def lane_states(settings: Settings, catalog: Catalog) -> list[LaneState]:
    """How all lanes stand now. Raises LedgerUnusable."""
    slots, clock = _slots(settings), lane_clock(settings.ledger_url())
    return [
        LaneState(
            name,
            limit,
            slots.used(name, limit.at_once) if limit.at_once else 0,
            clock.quiet_s(name),
        )
        for name, limit in sorted(limits_of(settings, catalog).items())
    ]


def _slots(settings: Settings) -> Slots:
    url = settings.ledger_url()
    if is_server(url):
        return ServerSlots(server_locks(url))
    return FileSlots(settings.home / "lanes")


def _names(name: str, count: int) -> list[str]:
    return [f"lane/{name}/{slot}" for slot in range(count)]
