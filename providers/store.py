"""The store of everything bought or made: one buyer per key, bytes by digest, receipts by request.

    requests/<key>.json   what was bought, from whom, for how much
    jobs/<key>.json       open orders      jobs/<key>.sent   when one was sent, its answer unheard
    objects/ab/<digest>   the bytes        locks/, tmp/      the moment

It is the only cache. A file is complete or absent: all is written beside its place and moved.
The kernel frees a lock when its process dies, so a crash never blocks a key.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from providers.requests import Job, LineItem

LOCK_POLL_S = 0.02


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


class Store:
    """Bytes by digest and receipts by key, below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("requests", "jobs", "objects", "locks", "tmp"):
            (root / name).mkdir(parents=True, exist_ok=True)
        self._sweep()

    def path(self, digest: str) -> Path:
        """Where the bytes of `digest` are (or would be)."""
        return self.root / "objects" / digest[:2] / digest

    def find(self, key: str) -> Asset | None:
        """The receipt under `key`, when its bytes are there too."""
        try:
            asset = Asset.model_validate_json((self.root / "requests" / f"{key}.json").read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        try:
            whole = self.path(asset.digest).stat().st_size == asset.size
        except FileNotFoundError:
            return None
        return asset if whole else None

    async def look(self, key: str) -> Asset | None:
        """As `find`, for those who must not block: a folder answers at once."""
        return self.find(key)

    def keep(self, key: str, asset_file: Path, *, digest: str = "", **told: Any) -> Asset:
        """Moves a finished file in under its digest and writes the receipt last.

        A caller that hashed the bytes as they came names their `digest`.
        """
        digest, size = digest or digest_of(asset_file), asset_file.stat().st_size
        home = self.path(digest)
        home.parent.mkdir(exist_ok=True)
        with asset_file.open("rb") as f:
            os.fsync(f.fileno())
        asset_file.replace(home)
        asset = Asset(key=key, digest=digest, size=size, made_at=datetime.now(UTC), **told)
        self._write(self.root / "requests" / f"{key}.json", asset.model_dump_json(indent=1))
        return asset

    def open_job(self, key: str) -> Job | None:
        """The order under `key` that was placed and not yet collected."""
        try:
            return Job.model_validate_json((self.root / "jobs" / f"{key}.json").read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def save_job(self, key: str, job: Job) -> None:
        """Writes an order down, before anyone waits for it."""
        self._write(self.root / "jobs" / f"{key}.json", job.model_dump_json())

    def close_job(self, key: str) -> None:
        """Forgets the order under `key`, and that one was sent."""
        for suffix in ("json", "sent"):
            (self.root / "jobs" / f"{key}.{suffix}").unlink(missing_ok=True)

    def note_sent(self, key: str) -> float:
        """Writes down that an order is about to be sent; returns when (Unix seconds).

        If the run dies before it hears the order's id, the next one knows since when to look.
        """
        at = time.time()
        self._write(self.root / "jobs" / f"{key}.sent", repr(at))
        return at

    def sent_at(self, key: str) -> float | None:
        """When an order under `key` was sent whose answer nobody heard (Unix seconds), or None."""
        try:
            return float((self.root / "jobs" / f"{key}.sent").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    @contextmanager
    def scratch(self, suffix: str = "") -> Iterator[Path]:
        """A path for a file being made; whatever is left there afterwards is removed."""
        path = self.root / "tmp" / f"{os.getpid()}-{secrets.token_hex(6)}{suffix}"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    @asynccontextmanager
    async def alone(self, key: str) -> AsyncIterator[None]:
        """Holds `key` against every other task, thread and process on this machine."""
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
            yield
        finally:
            path.unlink(missing_ok=True)
            os.close(handle)

    def id(self) -> str:
        """This store's own name: a ledger that several stores share tells them apart by it."""
        path = self.root / "id"
        if not path.exists():
            with self.scratch() as beside, suppress(FileExistsError):
                beside.write_text(secrets.token_hex(8), encoding="utf-8")
                os.link(beside, path)
        return path.read_text(encoding="utf-8")

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
            try:
                yield free
            finally:
                if free:
                    path.unlink(missing_ok=True)

    async def work(
        self, key: str, media_type: str, make: Callable[[Path], Awaitable[dict[str, Any]]]
    ) -> tuple[Asset, bool]:
        """What our own machine makes (segments, sound, films): found under `key`, or made once.

        `make` writes the file it is given and returns facts about it. True: it was made just now.
        """
        if asset := await self.look(key):
            return asset, False
        async with self.alone(key):
            if asset := await self.look(key):
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
        sizes = [p.stat().st_size for p in (self.root / "objects").rglob("*") if p.is_file()]
        return len(sizes), sum(sizes)

    def _write(self, path: Path, text: str) -> None:
        with self.scratch() as beside:
            with beside.open("w", encoding="utf-8") as f:
                f.write(text)
                f.flush()
                os.fsync(f.fileno())
            beside.replace(path)

    def _sweep(self) -> None:
        """Removes what processes that no longer live left in tmp/."""
        for path in (self.root / "tmp").iterdir():
            pid = path.name.split("-")[0]
            if pid.isdigit() and not _alive(int(pid)):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


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
