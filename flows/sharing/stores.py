"""From settings to the store: a folder of this machine, a shared one, or a bucket."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flows.settings import Settings
from flows.sharing.locks import ServerLocks, is_server, server_locks
from providers.shelves import Bucket, Folder, Shelf, StoreUnusable
from providers.store import Store
from providers.store_shared import SharedStore

_FORMS = "write /a/folder or s3://bucket/prefix"


def open_store(settings: Settings) -> Store:
    """The operator's store: `STORE_URL`, else a folder below the home folder.

    A bucket has no locks: machines that share one share a ledger in PostgreSQL, which has. A shared
    folder is locked by its file system, and by that ledger where there is one.

    Raises StoreUnusable, LedgerUnusable.
    """
    url = settings.store
    if not url:
        return _in_folder(settings.home / "store", None)
    locks = _locks(settings)
    if not url.startswith("s3://"):
        return _in_folder(_folder(url), locks)
    if locks is None:
        raise StoreUnusable(
            "a store in a bucket is shared by machines, and so must be their ledger: "
            "set LEDGER_URL=postgresql://user:password@host/name"
        )
    cache = settings.home / "cache" / hashlib.sha256(url.encode()).hexdigest()[:16]
    most_bytes = int(settings.store_cache_gb * 10**9)
    store = SharedStore(cache, Bucket(url, settings.s3_access()), locks, most_bytes)
    # What cannot be reached is said before anything is begun.
    store.id()
    return store


def open_shelf(url: str, settings: Settings) -> Shelf:
    """A place for files, by its address. Raises StoreUnusable."""
    if url.startswith("s3://"):
        return Bucket(url, settings.s3_access())
    return Folder(_folder(url), scratch=".reelwright")


def _in_folder(folder: Path, locks: ServerLocks | None) -> Store:
    try:
        return Store(folder, locks=locks)
    except OSError as wrong:
        why = wrong.strerror or str(wrong)
        raise StoreUnusable(f"the store's folder {folder} cannot be used: {why}") from None


def _locks(settings: Settings) -> ServerLocks | None:
    url = settings.ledger_url()
    return server_locks(url) if is_server(url) else None


def _folder(url: str) -> Path:
    if "://" in url and not url.startswith("file:///"):
        raise StoreUnusable(f"{url} is no place for files; {_FORMS}")
    return Path(url.removeprefix("file://")).expanduser()
