"""Several pieces of work at once: the first that fails stops the others, and no task is left."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def all_of(work: Any) -> list[Any]:
    """Runs all at once; the first that fails stops the others and is raised when they ended."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_coroutine(w)) for w in work]
    except BaseExceptionGroup as several:
        raise _first(several) from None
    return [task.result() for task in tasks]


async def whole(task: asyncio.Task[T]) -> T:
    """What the task comes to; whoever waits for it and is cancelled cancels it and sees it end."""
    try:
        return await task
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


def run_until_done(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs the job; an interrupt or SIGTERM cancels it and its children before this returns."""

    async def main() -> T:
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        interrupted = False

        def stop() -> None:
            nonlocal interrupted
            interrupted = True
            if task is not None:
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        try:
            return await work()
        except asyncio.CancelledError:
            if interrupted:
                raise KeyboardInterrupt from None
            raise

    return asyncio.run(main())


async def _coroutine(work: Coroutine[Any, Any, T]) -> T:
    return await work


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    inner = several.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
