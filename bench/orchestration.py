"""What Prefect costs an asset: the same 500 small assets bought directly and as tasks of a flow.

`python -m bench.orchestration [--assets N]`, against the server of PREFECT_API_URL, else one of its
own on SQLite.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

AT_ONCE = (1, 8)
"""One after another, which is what an asset costs; and as many as a film buys at once."""
PORT = 4789


class Measured(NamedTuple):
    """Wall and processor seconds of all, and the median milliseconds that one took."""

    wall_s: float
    processor_s: float
    median_ms: float


async def measure(do: Any, folder: Path, assets: int, at_once: int) -> Measured:
    """Makes small assets through `do`, so many at a time, in a new store."""
    from providers.store import Store

    store = Store(folder)
    free = asyncio.Semaphore(at_once)
    took: list[float] = []

    async def one(number: int) -> None:
        async def write(out: Path) -> dict[str, Any]:
            out.write_bytes(f"asset {number}".encode())
            return {}

        name, key = f"s{number:03} picture · cards", f"asset-{number}"
        async with free:
            began = time.perf_counter()
            await do(name, lambda: store.work(key, "x/y", write))
            took.append(time.perf_counter() - began)

    wall, processor = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one(number) for number in range(assets)))
    spent = time.process_time() - processor
    return Measured(time.perf_counter() - wall, spent, 1000 * statistics.median(took))


async def both(assets: int, at_once: int) -> tuple[Measured, Measured, float]:
    """Directly; as tasks; and what an empty flow takes, in seconds."""
    from prefect import flow

    from flows.buying.sourcing import do_directly
    from flows.make import do_as_task

    @flow(name="bench-orchestration", persist_result=False)
    async def run(folder: str, count: int) -> Measured:
        return await measure(do_as_task, Path(folder), count, at_once)

    with tempfile.TemporaryDirectory() as root:
        direct = await measure(do_directly, Path(root) / "direct", assets, at_once)
        began = time.perf_counter()
        await run(f"{root}/empty", 1)
        empty_s = time.perf_counter() - began
        flowed = await run(f"{root}/flow", assets)
    return direct, flowed, empty_s


@contextlib.contextmanager
def server() -> Iterator[None]:
    """A server of the bench's own, on SQLite, unless one is named."""
    if os.environ.get("PREFECT_API_URL"):
        yield
        return
    url = f"http://127.0.0.1:{PORT}/api"
    with tempfile.TemporaryDirectory() as home:
        env = os.environ | {
            "PREFECT_HOME": home,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
            "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
        }
        command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(PORT)]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, env=env, stdout=quiet, stderr=quiet)
        try:
            while True:
                try:
                    with urllib.request.urlopen(f"{url}/health", timeout=5):
                        break
                except (urllib.error.URLError, OSError):
                    time.sleep(0.5)
            os.environ |= {"PREFECT_API_URL": url, "PREFECT_HOME": home,
                           "PREFECT_CLIENT_MAX_RETRIES": "10",
                           "PREFECT_LOGGING_LEVEL": "WARNING"}  # fmt: skip
            yield
        finally:
            process.terminate()
            process.wait()


def main() -> None:
    """Prints both and what lies between them."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--assets", type=int, default=500)
    assets = told.parse_args().assets
    with server():
        for at_once in AT_ONCE:
            tell(assets, at_once, *asyncio.run(both(assets, at_once)))


def tell(assets: int, at_once: int, direct: Measured, flowed: Measured, empty_s: float) -> None:
    """Prints one round."""
    print(f"\n{assets} assets, {at_once} at a time    wall s   processor s   median ms an asset")
    for name, one in (("directly", direct), ("as tasks of a flow", flowed)):
        figures = f"{one.wall_s:7.2f}  {one.processor_s:12.2f}  {one.median_ms:19.2f}"
        print(f"{name:<28} {figures}")
    print(f"a flow of one asset          {empty_s:7.2f}")
    wall_ms = 1000 * (flowed.wall_s - direct.wall_s) / assets
    processor_ms = 1000 * (flowed.processor_s - direct.processor_s) / assets
    above_ms = flowed.median_ms - direct.median_ms
    print(
        f"an asset, above a direct call: {above_ms:.1f} ms in the median, "
        f"{wall_ms:.1f} ms of all the time, {processor_ms:.1f} ms of processor"
    )
    for vendor_s in (2.0, 8.0):
        share = processor_ms / 1000 / (vendor_s + processor_ms / 1000)
        print(
            f"Prefect's share of an asset whose vendor takes {vendor_s:.0f} s: {100 * share:.2f} %"
        )


if __name__ == "__main__":
    main()
