"""Progress: what a long run says while it works, on a terminal or as plain lines."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from types import TracebackType
from typing import Literal, NamedTuple

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

Stage = Literal["assets", "segments", "sound", "film", "check"]
STAGES: dict[Stage, str] = {
    "assets": "pictures and voices",
    "segments": "segments",
    "sound": "sound",
    "film": "film",
    "check": "measuring",
}


class Step(NamedTuple):
    """One piece of a stage is done. `made` is False when it was owned already."""

    stage: Stage
    done: int
    total: int
    label: str
    made: bool


Tell = Callable[[Step], None]


def silent(_step: Step) -> None:
    """Says nothing."""


watcher: ContextVar[Tell] = ContextVar("watcher", default=silent)
"""Whom a flow run tells of its progress: a flow's parameters are data, so it cannot be one."""


class LiveProgress(AbstractContextManager["LiveProgress"]):
    """A bar per stage on a terminal."""

    def __init__(self, console: Console, title: str) -> None:
        self._bars = Progress(
            TextColumn("  {task.description:<20}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TextColumn("[dim]{task.fields[label]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._tasks: dict[Stage, TaskID] = {}
        console.print(f"[bold]{title}")

    def __enter__(self) -> LiveProgress:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def __call__(self, step: Step) -> None:
        if step.stage not in self._tasks:
            task = self._bars.add_task(STAGES[step.stage], total=step.total, label="")
            self._tasks[step.stage] = task
        task = self._tasks[step.stage]
        self._bars.update(task, completed=step.done, total=step.total, label=step.label)


class PlainProgress(AbstractContextManager["PlainProgress"]):
    """A line when a stage starts and ends, for logs and pipes."""

    def __init__(self, console: Console, title: str) -> None:
        self._console, self._title = console, title
        self._made: dict[Stage, int] = {}

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def __call__(self, step: Step) -> None:
        self._made[step.stage] = self._made.get(step.stage, 0) + step.made
        if step.done == step.total:
            made = self._made[step.stage]
            told = f"{self._title}: {STAGES[step.stage]}: {made} made, {step.total - made} owned"
            self._console.print(told, markup=False, highlight=False, soft_wrap=True)
