"""The store of everything bought or made: one buyer per key, bytes by digest, receipts by request.

    requests/<key>.json   what was bought, from whom, for how much; its age: when it was last used
    jobs/<key>.json       open orders      jobs/<key>.sent   when one was sent, its answer unheard
    objects/ab/<digest>   the bytes        locks/, tmp/      the moment, on this machine's disk

It is the only cache. A file is complete or absent: all is written beside its place and moved.
The kernel frees a lock when its process dies, so a crash never blocks a key. Machines that share
a store share locks besides (`flows/sharing/locks.py`), freed when a machine's session ends.
"""

from __future__ import annotations

import asyncio
import fcntl
import functools
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from providers._patience import off_loop
from providers.requests import Job, LineItem
from providers.shelves import HERE, Folder, Shelf, scratch_name, touch

LOCK_POLL_S = 0.02
FAR_POLL_S = 0.1
"""How often a key that another machine holds is asked for."""


class Asset(BaseModel):
    """Something the store owns: the receipt of one purchase or one piece of work."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    digest: str
    media_type: str
    size: int
    provider: str
    model: str
    facts: dict[str, Any] = {}
    bill: tuple[LineItem, ...] = ()
    made_at: datetime
    request: dict[str, Any] = {}


class Locks(Protocol):
    """Locks that cross machines: each is free again when its holder's session ends."""

    def take(self, names: list[str]) -> str | None:
        """Takes the first that nobody holds; None when all are held."""
        ...

    def give(self, name: str) -> None: ...


class Store:
    """Bytes by digest and receipts by key, below one folder.

    `shelf` is where they lie when that is not the folder itself; `locks` are those that the store's
    other machines look at.
    """

    def __init__(self, root: Path, shelf: Shelf | None = None, locks: Locks | None = None) -> None:
        self.root = root
        self.shelf: Shelf = shelf if shelf is not None else Folder(root)
        self._locks = locks
        self._id = ""
        for name in ("requests", "jobs", "objects", "locks", "tmp"):
            (root / name).mkdir(parents=True, exist_ok=True)
        self._sweep()

    def path(self, digest: str) -> Path:
        """Where the bytes of `digest` are (or would be)."""
        return self.root / "objects" / digest[:2] / digest

    def find(self, key: str) -> Asset | None:
        """The receipt under `key`, when its bytes are there too; it is in use then."""
        name = receipt_name(key)
        try:
            told = self.shelf.read(name) or b""
            touch(self.shelf, name, told)
            asset = Asset.model_validate_json(told)
        except (FileNotFoundError, ValidationError):
            return None
        entry = self.shelf.entry(object_name(asset.digest))
        return asset if entry is not None and entry.size == asset.size else None

    def use(self, keys: Iterable[str]) -> None:
        """Says that things are in use, which nobody looks up."""
        for key in keys:
            self.find(key)

    async def look(self, key: str) -> Asset | None:
        """As `find`, for those who must not block: a folder answers at once."""
        return self.find(key)

    async def at_hand(self, asset: Asset) -> None:
        """Waits until the bytes lie on this machine's disk."""

    def keep(self, key: str, asset_file: Path, *, digest: str = "", **told: Any) -> Asset:
        """Moves a finished file in under its digest and writes the receipt last.

        A caller that hashed the bytes as they came names their `digest`.
        """
        digest, size = digest or digest_of(asset_file), asset_file.stat().st_size
        self.shelf.take_in(object_name(digest), asset_file)
        asset = Asset(key=key, digest=digest, size=size, made_at=datetime.now(UTC), **told)
        self.shelf.write(receipt_name(key), asset.model_dump_json(indent=1).encode())
        return asset

    def forget(self, digest: str) -> None:
        """Drops what this machine's cache has of an object that is damaged."""

    def open_job(self, key: str) -> Job | None:
        """The order under `key` that was placed and not yet collected."""
        try:
            return Job.model_validate_json(self.shelf.read(f"jobs/{key}.json") or b"")
        except ValidationError:
            return None

    def save_job(self, key: str, job: Job) -> None:
        """Writes an order down, before anyone waits for it."""
        self.shelf.write(f"jobs/{key}.json", job.model_dump_json().encode())

    def close_job(self, key: str) -> None:
        """Forgets the order under `key`, and that one was sent."""
        for suffix in ("json", "sent"):
            self.shelf.remove(f"jobs/{key}.{suffix}")

    def note_sent(self, key: str) -> float:
        """Writes down that an order is about to be sent; returns when (Unix seconds).

        If the run dies before it hears the order's id, the next one knows since when to look.
        """
        at = time.time()
        self.shelf.write(f"jobs/{key}.sent", repr(at).encode())
        return at

    def sent_at(self, key: str) -> float | None:
        """When an order under `key` was sent whose answer nobody heard (Unix seconds), or None."""
        try:
            return float(self.shelf.read(f"jobs/{key}.sent") or b"")
        except ValueError:
            return None

    @contextmanager
    def scratch(self, suffix: str = "") -> Iterator[Path]:
        """A path for a file being made; whatever is left there afterwards is removed."""
        path = self.root / "tmp" / scratch_name(suffix)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    @asynccontextmanager
    async def alone(self, key: str) -> AsyncIterator[None]:
        """Holds `key` against every other task, thread and process, and every other machine."""
        path = self.root / "locks" / key
        while True:
            handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
            try:
                await _acquire(handle)
                if _same_file(handle, path):
                    break
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)
        try:
            async with self._alone_of_all(key):
                yield
        finally:
            path.unlink(missing_ok=True)
            os.close(handle)

    @asynccontextmanager
    async def _alone_of_all(self, key: str) -> AsyncIterator[None]:
        """Holds `key` against other machines; the caller holds it on this one."""
        if self._locks is None:
            yield
            return
        give, names = self._locks.give, [self._lock_name(key)]
        take = functools.partial(off_loop, self._locks.take, names, undo=lambda t: t and give(t))
        while not await take():  # noqa: ASYNC110 - another machine frees it
            await asyncio.sleep(FAR_POLL_S)
        try:
            yield
        finally:
            await off_loop(give, names[0])

    def id(self) -> str:
        """This store's own name: a ledger that several stores share tells them apart by it."""
        if not self._id:
            self.shelf.add("id", secrets.token_hex(8).encode())
            self._id = (self.shelf.read("id") or b"").decode()
        return self._id

    @contextmanager
    def if_free(self, key: str) -> Iterator[bool]:
        """Holds `key` if nobody does, and says whether; who died holds nothing."""
        path = self.root / "locks" / key
        with path.open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                free = _same_file(lock.fileno(), path)
            except BlockingIOError:
                free = False
            here, name = free, self._lock_name(key) if self._locks else ""
            if here and self._locks:
                free = self._locks.take([name]) is not None
            try:
                yield free
            finally:
                if free and self._locks:
                    self._locks.give(name)
                if here:
                    path.unlink(missing_ok=True)

    async def work(
        self, key: str, media_type: str, make: Callable[[Path], Awaitable[dict[str, Any]]]
    ) -> tuple[Asset, bool]:
        """What our own machine makes (segments, sound, films): found under `key`, or made once.

        `make` writes the file it is given and returns facts about it. True: it was made just now.
        """
        if asset := await self.look(key):
            await self.at_hand(asset)
            return asset, False
        async with self.alone(key):
            if asset := await self.look(key):
                await self.at_hand(asset)
                return asset, False
            with self.scratch() as path:
                facts = await make(path)
                asset = await asyncio.to_thread(
                    self.keep, key, path, media_type=media_type, provider="reelwright",
                    model="assembly", facts=facts,
                )  # fmt: skip
                return asset, True

    def bill_of(self, key: str) -> tuple[LineItem, ...] | None:
        """What the thing under `key` was billed at; None when it is not owned."""
        asset = self.find(key)
        return None if asset is None else asset.bill

    def size(self) -> tuple[int, int]:
        """Number of objects and their bytes."""
        sizes = [entry.size for entry in self.shelf.entries("objects")]
        return len(sizes), sum(sizes)

    def _lock_name(self, key: str) -> str:
        return f"key/{self.id()}/{key}"

    def _sweep(self) -> None:
        """Removes what processes of this machine that no longer live left in tmp/."""
        for path in (self.root / "tmp").iterdir():
            host, _, pid = path.name.partition("-")[0].rpartition(".")
            if host in (HERE, "") and pid.isdigit() and not _alive(int(pid)):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def receipt_name(key: str) -> str:
    """Where the receipt under a key lies on a shelf."""
    return f"requests/{key}.json"


def object_name(digest: str) -> str:
    """Where the bytes of a digest lie on a shelf."""
    return f"objects/{digest[:2]}/{digest}"


def digest_of(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


async def _acquire(handle: int) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.sleep(LOCK_POLL_S)
        else:
            return


def _same_file(handle: int, path: Path) -> bool:
    """False when the holder before us removed the file we opened: that lock is worth nothing."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
