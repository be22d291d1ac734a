from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from providers.store import Asset, Store

HOLD = """
import asyncio, sys, time
from pathlib import Path
from providers.store import Store

async def main():
    async with Store(Path(sys.argv[1])).alone("k"):
        print("held", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def keep(store: Store, key: str, data: bytes) -> Asset:
    with store.scratch() as path:
        path.write_bytes(data)
        return store.keep(key, path, media_type="text/plain", provider="p", model="m")


def test_what_was_kept_is_found_again_with_its_bytes(tmp_path: Path) -> None:
    kept = keep(Store(tmp_path), "k", b"hello")
    again = Store(tmp_path).find("k")
    assert again == kept
    assert Store(tmp_path).path(kept.digest).read_bytes() == b"hello"


def test_equal_bytes_are_kept_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert keep(store, "a", b"same").digest == keep(store, "b", b"same").digest
    assert store.size() == (1, 4)


@pytest.mark.parametrize("left", [b"", b"hell"])
def test_a_file_that_lost_bytes_is_not_owned(tmp_path: Path, left: bytes) -> None:
    store = Store(tmp_path)
    store.path(keep(store, "k", b"hello").digest).write_bytes(left)
    assert store.find("k") is None


def test_a_receipt_that_is_no_json_is_not_owned(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keep(store, "k", b"hello")
    (tmp_path / "requests" / "k.json").write_text("{")
    assert store.find("k") is None


def test_work_is_done_once_however_many_ask_at_once(tmp_path: Path) -> None:
    store, times = Store(tmp_path), []

    async def make(path: Path) -> dict[str, Any]:
        times.append(1)
        await asyncio.sleep(0.02)
        path.write_bytes(b"x")
        return {"n": len(times)}

    async def main() -> list[tuple[Asset, bool]]:
        return await asyncio.gather(*(store.work("k", "text/plain", make) for _ in range(20)))

    got = asyncio.run(main())
    assert len(times) == 1
    assert sum(made for _, made in got) == 1
    assert {asset.facts["n"] for asset, _ in got} == {1}
    assert list((tmp_path / "locks").iterdir()) == []


def test_work_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store(tmp_path)

    async def make(path: Path) -> dict[str, Any]:
        path.write_bytes(b"half")
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(store.work("k", "text/plain", make))
    assert store.find("k") is None
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list((tmp_path / "locks").iterdir()) == []


def test_a_killed_holder_does_not_block_the_key(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"

    async def take() -> None:
        async with Store(tmp_path).alone("k"):
            pass

    async def main() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(take(), 0.2)
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        await asyncio.wait_for(take(), 5)

    asyncio.run(main())
    holder.stdout.close()


def test_what_a_dead_process_left_is_swept_and_a_living_ones_is_not(tmp_path: Path) -> None:
    Store(tmp_path)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead, alive = tmp_path / "tmp" / f"{gone.pid}-a", tmp_path / "tmp" / f"{os.getpid()}-b"
    dead.write_bytes(b"x")
    alive.write_bytes(b"x")
    Store(tmp_path)
    assert not dead.exists()
    assert alive.exists()
