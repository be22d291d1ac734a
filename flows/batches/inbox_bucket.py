"""An inbox in a bucket: it is mirrored into a folder, emptied there, and what came of it put back.

One worker of a store empties a bucket's inbox at a time; workers of other stores are told off.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from flows.batches.batch import Make
from flows.batches.inbox import AS_WRITTEN, SETTLED_S, empty_inbox
from flows.batches.inbox_files import DONE, FAILED, FOLDERS, WAITING, look
from flows.batches.outcome import Outcome
from flows.batches.summary import write_whole
from flows.film.work import hash_text
from flows.scripts.wishes import Wishes
from flows.settings import Settings
from flows.sharing.stores import open_shelf
from prompts.reading.script import SUFFIXES
from providers.shelves import Entry, Shelf, StoreUnusable
from providers.store import Store

OWNER = ".reelwright-inbox"
"""Holds the id of the store whose workers empty the inbox."""
_PUT, _FETCHED = ".put", ".fetched.json"
"""Where a folder goes in the bucket, with its line ended when all is there; what was fetched."""


async def empty_bucket(
    url: str,
    settings: Settings,
    store: Store,
    make: Make | None = None,
    wishes: Wishes = AS_WRITTEN,
    concurrency: int = 2,
    settled_s: float = SETTLED_S,
    shown: Callable[[Outcome], None] = lambda _: None,
) -> tuple[Outcome, ...]:
    """One round through `s3://bucket/prefix`; nothing where another worker is at it.

    Raises StoreUnusable where the bucket cannot be used, or is another store's to empty.
    """
    name = "inbox-" + hash_text(url)[:40]
    with store.if_free(name) as is_free:
        if not is_free:
            return ()
        mirror = _Mirror(open_shelf(url, settings), settings.home / "inboxes" / name, url)
        await asyncio.to_thread(mirror.own, store.id())
        # What a round before this one made and could not put back.
        await asyncio.to_thread(mirror.put)
        await asyncio.to_thread(mirror.fetch)
        told = (mirror.folder, settings, store, make, wishes, concurrency, settled_s)
        done = await empty_inbox(*told)
        await asyncio.to_thread(mirror.put)
        films = tuple(mirror.there(film) for film in done)
        for film in films:
            shown(film)
        return films


class _Mirror:
    """A bucket's inbox and its folder on this disk."""

    def __init__(self, shelf: Shelf, folder: Path, url: str) -> None:
        self.shelf, self.folder, self.url = shelf, folder, url
        folder.mkdir(parents=True, exist_ok=True)

    def own(self, store: str) -> None:
        """Says whose this inbox is. Raises StoreUnusable when it is another's."""
        if self.shelf.add(OWNER, store.encode()):
            return
        owner = (self.shelf.read(OWNER) or b"").decode(errors="replace")
        if owner != store:
            raise StoreUnusable(
                f"{self.url} is emptied by workers of another store ({owner}): share that store "
                f"with STORE_URL, or remove {OWNER} from the bucket when they are gone"
            )

    def fetch(self) -> None:
        """Brings the folder up to the bucket, but for scripts that were taken as they are there."""
        known, there = self._known(), {entry.name: entry for entry in self._dropped()}
        for name, entry in there.items():
            local, version = self.folder / name, [entry.size, entry.used_at]
            # What a script was when it was fetched: it may be in the making since.
            if known.get(name) == version and (_is_script(name) or local.exists()):
                continue
            local.parent.mkdir(parents=True, exist_ok=True)
            beside = local.with_name(f".{local.name}.part")
            if self.shelf.fetch(name, beside):
                beside.replace(local)
                known[name] = version
        for local in look(self.folder):
            if local.is_file() and local.relative_to(self.folder).as_posix() not in there:
                local.unlink()
        self._keep({name: version for name, version in known.items() if name in there})

    def there(self, film: Outcome) -> Outcome:
        """The outcome with the script's place in the bucket; its film is no file of this disk."""
        here = str(self.folder)
        told = {name: getattr(film, name).replace(here, self.url) for name in ("script", "why")}
        return film.model_copy(update=told | {"video": None, "folder": None})

    def put(self) -> None:
        """Puts what was made, failed or waits into the bucket, and takes the scripts away there."""
        for kind in (DONE, FAILED, WAITING):
            below = self.folder / kind
            for home in sorted(below.iterdir()) if below.is_dir() else ():
                self._put(kind, home)

    def _put(self, kind: str, home: Path) -> None:
        mark = home / _PUT
        target, is_whole, _ = _read(mark).partition("\n")
        if target and not target.startswith(f"{kind}/"):
            # It waited, and waits no more.
            for entry in list(self.shelf.entries(f"{target}/")):
                self.shelf.remove(entry.name)
            target = is_whole = ""
        if is_whole:
            return
        if not target:
            target = self._free(f"{kind}/{home.name}")
            # First of all: what broke off goes on there, and is not there twice.
            mark.write_text(target, encoding="utf-8")
        for path in home.rglob("*"):
            if path.is_file() and not path.name.startswith("."):
                name = path.relative_to(home).as_posix()
                self.shelf.copy_in(f"{target}/{name}", path)
        self._take_away(home)
        if kind == WAITING:
            mark.write_text(f"{target}\n", encoding="utf-8")
        else:
            shutil.rmtree(home)

    def _take_away(self, home: Path) -> None:
        """Removes a script from where it was dropped, unless another came in its place."""
        known = self._known()
        for path in home.iterdir():
            if path.name in known and _is_script(path.name):
                entry, version = self.shelf.entry(path.name), known.pop(path.name)
                if entry and [entry.size, entry.used_at] == version:
                    self.shelf.remove(path.name)
        self._keep(known)

    def _free(self, name: str) -> str:
        """A folder's name that the bucket does not have yet."""
        number = 1
        while True:
            told = name if number == 1 else f"{name}-{number}"
            if next(iter(self.shelf.entries(f"{told}/")), None) is None:
                return told
            number += 1

    def _dropped(self) -> Iterator[Entry]:
        for entry in self.shelf.entries(""):
            parts = PurePosixPath(entry.name).parts
            if parts[0] not in FOLDERS and not any(part.startswith(".") for part in parts):
                yield entry

    def _known(self) -> dict[str, list[float]]:
        """Size and time of what was fetched, by name."""
        told: dict[str, list[float]] = json.loads(_read(self.folder / _FETCHED) or "{}")
        return told

    def _keep(self, known: dict[str, list[float]]) -> None:
        write_whole(self.folder / _FETCHED, json.dumps(known))


def _is_script(name: str) -> bool:
    return "/" not in name and name.lower().endswith(SUFFIXES)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
