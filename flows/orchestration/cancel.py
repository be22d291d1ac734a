"""A run that is cancelled: encoders stop, open orders are called off, and the ledger is settled."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import Coroutine, Iterator
from contextlib import closing
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext

from flows.buying.foresight import as_owned
from flows.buying.orders import Prepared
from flows.money.amounts import Spender
from flows.money.purse import RunPurse
from flows.orchestration.shown import ShownProgress
from flows.settings import Settings
from providers.buying import call_off, key_of
from providers.store import Store

T = TypeVar("T")
LOOK_S = 1.5
"""How often progress is shown and the server is asked whether the run is still wanted."""

NEW_S = 5.0
CALL_OFF_S = 3.0
"""How long vendors are waited for; what they have not answered by then stays reserved."""


_outermost: ContextVar[UUID | None] = ContextVar("outermost", default=None)
"""The run in whose process all this is: a batch, or the film itself."""


class Stopped(Exception):
    """Someone cancelled the run, and all its work has ended."""


@contextlib.contextmanager
def alive(home: Path) -> Iterator[None]:
    """Holds a lock named by the run until the run has said how it ended, or its process is gone.
    All that a run does stands below it: it may die while it reads a thousand scripts, too.

    Who finds the lock free knows that the process has died without a word.
    """
    run_id = _run_id()
    if run_id is None:
        yield
        return
    path = running_folder(home) / str(run_id)
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    except Exception:
        _let_go(path, handle)
        raise
    # What is no Exception is a signal that ends the process: the lock is left to the kernel.
    _let_go(path, handle)


def died(home: Path) -> list[Path]:
    """The locks, named by their runs, whose process on this machine died without a word."""
    found = []
    for path in running_folder(home).iterdir():
        with contextlib.suppress(BlockingIOError, FileNotFoundError), path.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # One that was just made is about to be locked.
            if time.time() - path.stat().st_mtime > NEW_S:
                found.append(path)
    return found


def running_folder(home: Path) -> Path:
    """Where this machine's runs hold their locks."""
    folder = home / "running"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _let_go(path: Path, handle: int) -> None:
    path.unlink(missing_ok=True)
    os.close(handle)


async def attended(work: Coroutine[Any, Any, T], progress: ShownProgress) -> T:
    """Does the work, shows its progress, and stops it when the run is cancelled.

    Raises Stopped when it was, after all children have ended.
    """
    if _outermost.get() is None:
        _outermost.set(_run_id())
    task = asyncio.create_task(work)
    try:
        while not (await asyncio.wait([task], timeout=LOOK_S))[0]:
            # A server that is away for a moment is no reason to stop.
            with contextlib.suppress(Exception):
                await progress.send()
                if await is_cancelled():
                    break
        if not task.done():
            raise Stopped
        with contextlib.suppress(Exception):
            await progress.send()
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def is_cancelled() -> bool:
    """Whether someone cancelled the run that this is, or the batch that it belongs to."""
    runs = {_run_id(), _outermost.get()} - {None}
    async with get_client() as client:
        for run_id in runs:
            state = (await client.read_flow_run(run_id)).state if run_id else None
            if state is not None and (state.is_cancelling() or state.is_cancelled()):
                return True
    return False


async def call_off_orders(prepared: Prepared, settings: Settings, store: Store) -> None:
    """Calls off what this film ordered and has not got, and settles it as the vendor says.

    What no vendor answers for in time stays reserved in the ledger: the next run collects it.
    """
    who = Spender("cancelled", prepared.storyboard.source)
    asked = [
        (prepared.providers[request.provider], request)
        for _, _, candidates in prepared.wanted()
        for candidate in (as_owned(prepared, c, store).candidate for c in candidates)
        for request in (*candidate.requests, *candidate.softer)
        if request.provider in prepared.providers
    ]
    out = {key: one for one in asked if store.open_job(key := key_of(*one))}
    with closing(RunPurse(settings.ledger_url(), who, store)) as purse:
        orders = [call_off(store, *one, purse) for one in out.values()]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CALL_OFF_S):
                await asyncio.gather(*orders, return_exceptions=True)


def _run_id() -> UUID | None:
    context = FlowRunContext.get()
    return context.flow_run.id if context and context.flow_run else None
