"""Connections to a vendor are kept for a moment, used by one call at a time, and closed."""

from __future__ import annotations

import asyncio
import gc
import json
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from providers import _connections
from providers._http import Vendor, call
from providers.errors import Failed


class Door:
    """A server on loopback that answers what is asked, and remembers who came and how."""

    def __init__(self) -> None:
        self.came = self.open = 0
        self.asked: list[str] = []
        self.broken = False
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Door:
        self._server = await asyncio.start_server(self._visit, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_told: Any) -> None:
        assert self._server is not None
        self._server.close()

    @property
    def vendor(self) -> Vendor:
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return Vendor("acme", f"http://127.0.0.1:{port}", "ACME_API_KEY", "", {})

    async def ask(self) -> Any:
        vendor = self.vendor
        return (await call(vendor, "POST", f"{vendor.base}/order", {"a": 1})).json()

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came, self.open = self.came + 1, self.open + 1
        try:
            while head := await _head(reader):
                self.asked.append(head)
                if self.broken:
                    break
                told = json.dumps({"order": len(self.asked)}).encode()
                # Whoever asks at the same time is there by then.
                await asyncio.sleep(0.02)
                writer.write(
                    b"HTTP/1.1 200 OK\r\nSet-Cookie: who=you\r\n"
                    b"Content-Length: %d\r\n\r\n%s" % (len(told), told)
                )
        except asyncio.CancelledError:
            # The loop has ended.
            pass
        finally:
            self.open -= 1
            writer.close()


async def _head(reader: asyncio.StreamReader) -> str:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
    except (asyncio.IncompleteReadError, ConnectionError):
        return ""
    return head


def at(visit: Callable[[Door], Awaitable[None]]) -> None:
    """Visits a door in a loop of its own; whatever that loop leaves open fails the test."""

    async def main() -> None:
        async with Door() as door:
            await visit(door)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(main())
        gc.collect()


def test_calls_one_after_another_use_one_connection_and_carry_no_cookie() -> None:
    async def visit(door: Door) -> None:
        assert [(await door.ask())["order"] for _ in range(5)] == [1, 2, 3, 4, 5]
        assert door.came == 1
        assert not [head for head in door.asked if "cookie:" in head]

    at(visit)


def test_calls_at_once_have_a_connection_each_and_the_next_use_them_again() -> None:
    async def visit(door: Door) -> None:
        for _ in range(3):
            told = await asyncio.gather(*(door.ask() for _ in range(4)))
            assert len({one["order"] for one in told}) == 4
        assert door.came == 4

    at(visit)


def test_what_was_idle_for_long_is_not_used_and_what_is_not_needed_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_connections, "IDLE_S", 0.1)

    async def visit(door: Door) -> None:
        await asyncio.gather(*(door.ask() for _ in range(4)))
        await asyncio.sleep(0.2)
        await door.ask()
        assert (door.came, door.open) == (5, 1)

    at(visit)


def test_many_calls_over_a_long_time_disturb_each_other_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_connections, "IDLE_S", 0.01)

    async def visit(door: Door) -> None:
        async def ask(number: int) -> Any:
            await asyncio.sleep(number % 7 / 100)
            return await door.ask()

        assert len(await asyncio.gather(*(ask(number) for number in range(100)))) == 100

    at(visit)


def test_a_connection_that_a_call_broke_on_is_not_used_again() -> None:
    async def visit(door: Door) -> None:
        await door.ask()
        door.broken = True
        with pytest.raises(Failed, match="may be billed"):
            await door.ask()
        door.broken = False
        await door.ask()
        assert door.came == 2
        slow = asyncio.create_task(door.ask())
        await asyncio.sleep(0.01)
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        assert (await door.ask())["order"] == 5
        assert door.came == 3

    at(visit)


def test_each_loop_has_connections_of_its_own() -> None:
    for _ in range(3):

        async def visit(door: Door) -> None:
            await door.ask()
            await door.ask()
            assert door.came == 1

        at(visit)
    assert not _connections._shelves
