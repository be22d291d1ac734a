"""A store in a bucket: what machines share lies there, and each keeps on its disk what it uses.

The folder is a cache of the bucket, bounded, and nothing more: a machine may lose it at any time.
Objects are put before receipts, so that whoever finds a receipt finds its bytes.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from providers._patience import off_loop
from providers.shelves import Entry, Folder, Shelf, StoreUnusable, days_since
from providers.store import Asset, Locks, Store, digest_of, object_name, receipt_name

USED_ANEW_DAYS = 1.0
"""After so many days a receipt in use is written again, so that its age tells that it is."""
REST_S = 3600.0
"""What was used so lately is never taken out of the cache."""
ROOM = 0.9
"""How full the cache is left when something is taken out of it."""
LIVING = ("approval-", "waiting-")
"""Keys whose receipts change: what people said. All others say the same for ever."""


class SharedStore(Store):
    """A store whose shelf is far: reads come from the cache below `root` where they can."""

    def __init__(self, root: Path, shelf: Shelf, locks: Locks | None, most_bytes: int) -> None:
        super().__init__(root, shelf, locks)
        self._cache = Folder(root)
        self._most_bytes = most_bytes
        self._bytes: int | None = None
        self._counting = threading.Lock()

    def path(self, digest: str) -> Path:
        """The bytes on this disk, fetched and checked when they are not there yet.

        Where nobody has them, the path where they would be. Raises StoreUnusable.
        """
        home = super().path(digest)
        try:
            os.utime(home)
        except FileNotFoundError:
            self._fetch(digest)
        return home

    def find(self, key: str) -> Asset | None:
        """The receipt under `key`, when its bytes are here or in the bucket."""
        return self._find_here(key) or self._find_there(key)

    def use(self, keys: Iterable[str]) -> None:
        """As in a folder; each machine says it once a day at most."""
        for name in map(receipt_name, keys):
            noted = self._cache.entry(name)
            if noted is not None and days_since(noted) <= USED_ANEW_DAYS:
                continue
            entry, told = self.shelf.entry(name), self.shelf.read(name)
            if entry is not None and told is not None:
                if days_since(entry) > USED_ANEW_DAYS:
                    self.shelf.write(name, told)
                self._cache.write(name, told)

    def forget(self, digest: str) -> None:
        self._cache.remove(object_name(digest))

    async def look(self, key: str) -> Asset | None:
        return await off_loop(self.find, key)

    async def at_hand(self, asset: Asset) -> None:
        await off_loop(self.path, asset.digest)

    def _find_here(self, key: str) -> Asset | None:
        name = receipt_name(key)
        noted = self._cache.entry(name)
        if noted is None or key.startswith(LIVING):
            return None
        told = self._cache.read(name) or b""
        try:
            asset = Asset.model_validate_json(told)
        except ValidationError:
            return None
        if not _is_whole(self._cache.entry(object_name(asset.digest)), asset):
            return None
        if self._cache.entry(f"pending/{key}"):
            self._put_there(asset)
        if days_since(noted) > USED_ANEW_DAYS:
            if not _is_whole(self.shelf.entry(object_name(asset.digest)), asset):
                return None
            self._say_used(name, told)
        return asset

    def _find_there(self, key: str) -> Asset | None:
        name = receipt_name(key)
        entry, told = self.shelf.entry(name), self.shelf.read(name)
        if entry is None or told is None:
            return None
        try:
            asset = Asset.model_validate_json(told)
        except ValidationError:
            return None
        if days_since(entry) > USED_ANEW_DAYS:
            self._say_used(name, told)
        # Looked at last: who clears up takes away the bytes after the receipt.
        if not _is_whole(self.shelf.entry(object_name(asset.digest)), asset):
            return None
        self._cache.write(name, told)
        return asset

    def _say_used(self, name: str, told: bytes) -> None:
        self.shelf.write(name, told)
        self._cache.write(name, told)

    def keep(self, key: str, asset_file: Path, *, digest: str = "", **told: Any) -> Asset:
        """As in a folder, on this disk first: what is paid for is not lost to a bucket's trouble.

        Raises StoreUnusable when it could not be put there; whoever asks next puts it there.
        """
        digest, size = digest or digest_of(asset_file), asset_file.stat().st_size
        asset = Asset(key=key, digest=digest, size=size, made_at=datetime.now(UTC), **told)
        self._make_room(size)
        self._cache.take_in(object_name(digest), asset_file)
        self._cache.write(f"pending/{key}", b"")
        self._cache.write(receipt_name(key), asset.model_dump_json(indent=1).encode())
        self._put_there(asset)
        return asset

    def _put_there(self, asset: Asset) -> None:
        name = object_name(asset.digest)
        self.shelf.copy_in(name, self._cache.path(name))
        self.shelf.write(receipt_name(asset.key), asset.model_dump_json(indent=1).encode())
        self._cache.remove(f"pending/{asset.key}")

    def _fetch(self, digest: str) -> None:
        with self.scratch() as beside:
            if not self.shelf.fetch(object_name(digest), beside):
                return
            if digest_of(beside) != digest:
                self.shelf.move(object_name(digest), f"quarantine/{digest}")
                raise StoreUnusable(
                    f"{self.shelf.shown}: the object {digest[:12]} is damaged and was put aside; "
                    "run again: it is made anew"
                )
            self._make_room(beside.stat().st_size)
            self._cache.take_in(object_name(digest), beside)

    def _make_room(self, size: int) -> None:
        """Takes what was used longest ago out of the cache, as far as more has to go in."""
        with self._counting:
            if self._bytes is None:
                self._bytes = sum(entry.size for entry in self._cache.entries("objects"))
            self._bytes += size
            pending = any(self._cache.entries("pending"))
            if self._bytes <= self._most_bytes or pending:
                return
            oldest = sorted(self._cache.entries("objects"), key=lambda entry: entry.used_at)
            self._bytes = size + sum(entry.size for entry in oldest)
            for entry in oldest:
                rests = time.time() - entry.used_at > REST_S
                if self._bytes <= ROOM * self._most_bytes or not rests:
                    break
                with contextlib.suppress(OSError):
                    self._cache.remove(entry.name)
                    self._bytes -= entry.size


def _is_whole(entry: Entry | None, asset: Asset) -> bool:
    return entry is not None and entry.size == asset.size
