"""Locks that cross machines, on a real PostgreSQL server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.money.amounts import LedgerUnusable
from flows.sharing import locks as _locks
from flows.sharing.locks import ServerLocks
from providers.store import Store
from tests.flows.postgres import Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("postgresql")]


@pytest.fixture
def machines(postgres_url: str) -> Iterator[tuple[ServerLocks, ServerLocks]]:
    """Two machines' sessions with one server."""
    pair = ServerLocks(postgres_url), ServerLocks(postgres_url)
    yield pair
    for locks in pair:
        locks.close()


def test_a_lock_is_held_by_one_machine_and_free_when_it_gives_it_back(
    machines: tuple[ServerLocks, ServerLocks],
) -> None:
    first, second = machines
    assert first.take(["a", "b"]) == "a"
    assert first.take(["a"]) is None, "nor is it taken twice by one machine"
    assert second.take(["a", "b"]) == "b"
    assert second.take(["a", "b"]) is None
    assert first.held(["a", "b", "c"]) == 2
    first.give("a")
    assert second.take(["a"]) == "a"


def test_a_machine_whose_session_ends_holds_nothing(
    machines: tuple[ServerLocks, ServerLocks],
) -> None:
    first, second = machines
    assert first.take(["a"]) == "a"
    first.close()
    assert second.take(["a"]) == "a"


def test_a_session_that_was_cut_off_comes_back_with_all_that_it_held(
    machines: tuple[ServerLocks, ServerLocks], postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_locks, "ALIVE_S", 0.05)
    first, second = machines
    assert first.take(["a"]) == "a"
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND datname LIKE 'ledger%'"
    )
    until = time.monotonic() + 30
    while second.held(["a"]) == 0 and time.monotonic() < until:
        time.sleep(0.05)
    assert second.take(["a"]) is None


def test_a_server_that_is_gone_is_told_in_a_sentence(postgres_url: str) -> None:
    locks = ServerLocks(postgres_url.replace("ledger", "no_such_"))
    with pytest.raises(LedgerUnusable, match="does not exist"):
        locks.take(["a"])
    locks.close()


def test_a_key_is_held_against_machines_with_disks_of_their_own(
    tmp_path: Path, machines: tuple[ServerLocks, ServerLocks]
) -> None:
    shelf = Store(tmp_path / "shared").shelf
    stores = [Store(tmp_path / n, shelf, m) for n, m in zip("ab", machines, strict=True)]

    async def main() -> None:
        async with stores[0].alone("k"):
            with stores[1].if_free("k") as free:
                assert not free
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(stores[1].alone("k").__aenter__(), 0.3)
        with stores[1].if_free("k") as free:
            assert free
        async with asyncio.timeout(10), stores[1].alone("k"):
            pass

    asyncio.run(main())
