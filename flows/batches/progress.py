"""Progress of a batch: films and money and the time that is left, on a terminal or line by line."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from flows.batches.batch import Moment
from flows.money.amounts import dollars


class PlainBatch(AbstractContextManager["PlainBatch"]):
    """A line for every film that ends, for logs and pipes."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def __call__(self, moment: Moment) -> None:
        if moment.film.state != "making":
            self._say(moment)

    def _say(self, moment: Moment) -> None:
        film = moment.film
        lines = [f"[{moment.ended}/{moment.total}] {film.title}: {film.state}"]
        if film.state == "done":
            lines[0] += f", {film.duration_s:.1f} s of film in {film.seconds:.1f} s"
        lines[0] += f"; {dollars(moment.usd)} so far{_left(moment)}"
        lines += [f"  {line}" for line in film.why.splitlines()]
        if film.late_s:
            lines.append(f"  past its deadline of {film.deadline:%Y-%m-%d %H:%M}")
        for line in lines:
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class LiveBatch(PlainBatch):
    """The same on a terminal, above a bar of all films that also names those under way."""

    def __init__(self, console: Console, total: int) -> None:
        super().__init__(console, total)
        self._bars = Progress(
            TextColumn("  films"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[now]}"),
            console=console,
            transient=True,
        )
        self._task = self._bars.add_task("films", total=total, told="", now="")
        self._now: dict[str, str] = {}

    def __enter__(self) -> LiveBatch:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def __call__(self, moment: Moment) -> None:
        film = moment.film
        if film.state == "making":
            self._now[film.key] = film.title[:24]
        else:
            self._now.pop(film.key, None)
            self._say(moment)
        told = f"{dollars(moment.usd)}{_left(moment)}"
        now = ", ".join(self._now.values()).replace("[", "(").replace("]", ")")
        self._bars.update(self._task, completed=moment.ended, told=told, now=now)


def _left(moment: Moment) -> str:
    if moment.left_s is None or moment.ended == moment.total:
        return ""
    seconds = moment.left_s
    told = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
    return f", about {told} left"
