"""The inbox: a folder that editors drop scripts into, and where they find their films."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flows.batches import inbox_files as files
from flows.batches.batch import Make, directly
from flows.batches.outcome import Outcome, outcome_of
from flows.batches.plan import Job
from flows.batches.sources import scripts_in
from flows.cli.desk import BAD_INPUT, BUDGET, BUG, PROVIDER, WAITING
from flows.film.progress import silent
from flows.moderation.approvals import find_approval, note_waiting, waiting_for
from flows.scripts.reading import film_storyboard
from flows.scripts.wishes import Wishes
from flows.settings import Settings
from prompts.errors import ScriptError
from providers.errors import Misconfigured
from providers.store import Store

SETTLED_S = 2.0
"""A file that did not change for so long is whole."""
PATIENCE_S = 60.0
"""A script whose pictures are not there may be quicker than they are, for so long."""
WHY = "WHY.txt"
AS_WRITTEN = Wishes()
_TODO = {
    BAD_INPUT: "Put that right in the script",
    BUDGET: "Raise that budget, or wait until it is free again: what was bought is kept",
    PROVIDER: "Have whoever runs this machine look at it: what was bought is kept",
    BUG: "Have whoever runs this machine look at it: what was made is kept",
}


async def empty_inbox(
    folder: Path,
    settings: Settings,
    store: Store,
    make: Make | None = None,
    wishes: Wishes = AS_WRITTEN,
    concurrency: int = 2,
    settled_s: float = SETTLED_S,
    shown: Callable[[Outcome], None] = lambda _: None,
) -> tuple[Outcome, ...]:
    """Makes a film of each script that is whole, and puts it where its editor finds it.

    Any number of workers may do this at once: what one has taken, the others leave. What a dead
    one had taken is gone on with. Raises OSError where the folder cannot be used.
    """
    folder = folder.resolve()
    work = _Inbox(folder, settings, store, make or directly(settings, store), wishes, shown)
    names = sorted({*work.left_over(), *await work.dropped(settled_s)})
    turn = asyncio.Semaphore(concurrency)

    async def one(name: str) -> Outcome | None:
        async with turn:
            return await work.film(name)

    done = await asyncio.gather(*(one(name) for name in names))
    return tuple(outcome for outcome in done if outcome)


class _Inbox:
    """One round through an inbox."""

    def __init__(
        self, folder: Path, settings: Settings, store: Store, make: Make, wishes: Wishes,
        shown: Callable[[Outcome], None],
    ) -> None:  # fmt: skip
        self.folder, self.settings, self.store = folder, settings, store
        self.make, self.wishes, self.shown = make, wishes, shown
        self.ready: dict[str, tuple[Path, list[Path]]] = {}

    def left_over(self) -> list[str]:
        """Names that someone took and did not bring to an end, or that have a person's yes now."""
        names = []
        for kind in (files.WORKING, files.WAITING):
            if (self.folder / kind).is_dir():
                homes = [home for home in (self.folder / kind).iterdir() if home.is_dir()]
                names += [home.name for home in homes if not home.name.startswith(".")]
        return names

    async def dropped(self, settled_s: float) -> list[str]:
        """Names of scripts that are whole, and whose files are."""
        before = files.look(self.folder)
        if not before:
            return []
        await asyncio.sleep(settled_s)
        now = files.look(self.folder)
        for script in scripts_in(self.folder):
            if files.is_whole(script, before, now):
                own = await asyncio.to_thread(self._files_of, script)
                if own is not None and all(files.is_whole(path, before, now) for path in own):
                    self.ready.setdefault(script.stem, (script, own))
        return list(self.ready)

    async def film(self, name: str) -> Outcome | None:
        """Makes the film of a name unless someone else does; None where there is nothing to do."""
        with files.holding(self.folder, name) as is_mine:
            if not is_mine:
                return None
            script = await asyncio.to_thread(self._taken, name)
            if script is None:
                return None
            job = Job(name, 1, str(script), script, script.stem, self.wishes)
            before = Outcome(key=name, place=script.name, script=str(script), title=script.stem)
            after = await outcome_of(self.make(job, script.parent, silent), before)
            after = await asyncio.to_thread(self._put, script, after)
            self.shown(after)
            return after

    def _files_of(self, script: Path) -> list[Path] | None:
        """What a script refers to; None while something of it may still be on its way."""
        try:
            board = film_storyboard(script, self.wishes, self.settings)
        except ScriptError as wrong:
            lacks = any(p.problem.startswith("there is no file") for p in wrong.problems)
            return None if lacks and files.age_s(script) < PATIENCE_S else []
        except Misconfigured:
            return []
        except OSError:
            return None
        return files.own_files(board, self.folder)

    def _taken(self, name: str) -> Path | None:
        """The script of a name in working/, whoever put it there."""
        home = self.folder / files.WORKING / name
        if script := files.script_of(home):
            return script
        waits = self.folder / files.WAITING / name
        if not home.is_dir() and (script := self._released(waits, home)):
            return script
        if name not in self.ready:
            return None
        return files.take(self.folder, *self.ready[name])

    def _released(self, waits: Path, home: Path) -> Path | None:
        """A script that waited, back in working/, once a person has judged all that was flagged."""
        script = files.script_of(waits)
        if script is None:
            return None
        open_yet = waiting_for(self.store, str(script))
        if not all(find_approval(self.store, one.subject) for one in open_yet):
            return None
        (waits / WHY).unlink(missing_ok=True)
        waits.rename(home)
        return files.script_of(home)

    def _put(self, script: Path, film: Outcome) -> Outcome:
        """Moves what came of a script to where its editor looks for it."""
        home = script.parent
        if film.state == "done" and film.video:
            files.tidy(home)
            files.put_film(script, film.video)
            return _moved(film, home, files.put(home, self.folder / files.DONE))
        if film.code == WAITING:
            to = files.put(home, self.folder / files.WAITING)
            note_waiting(self.store, str(to / script.name), waiting_for(self.store, str(script)))
        else:
            files.tidy(home)
            to = files.put(home, self.folder / files.FAILED)
        film = _moved(film, home, to)
        (to / WHY).write_text(self._why(script.name, film), encoding="utf-8")
        return film

    def _why(self, name: str, film: Outcome) -> str:
        """Why there is no film, for an editor."""
        at = f"{datetime.now().astimezone():%Y-%m-%d %H:%M}"
        if film.code == WAITING:
            todo = f"{film.todo}. With a yes, it is made by itself."
        else:
            todo = f"{_TODO[film.code]}. Then move {name} and its files back into {self.folder}."
        return f"{name}: there is no film of it yet ({at}).\n\n{film.why}\n\nWhat to do: {todo}\n"


def _moved(film: Outcome, home: Path, to: Path) -> Outcome:
    """The outcome with the paths that hold after a move."""

    def new(path: Path | None) -> Path | None:
        return to / path.relative_to(home) if path and path.is_relative_to(home) else path

    told = {
        "folder": new(film.folder),
        "video": new(film.video),
        "script": str(new(Path(film.script))),
        "why": film.why.replace(str(home), str(to)),
        "todo": film.todo.replace(str(home), str(to)),
    }
    return film.model_copy(update=told)
