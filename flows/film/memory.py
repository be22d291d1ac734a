"""What checks of films measured before, beside the store: lost, it costs nothing but time."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 256_000_000
"""What was not asked for the longest goes first when there is more."""


class CheckMemory:
    """A table of bytes by key in one file, shared by threads and processes.

    A row that is damaged is as one that is not there; a file that cannot be used forgets all.
    """

    def __init__(self, path: Path) -> None:
        self._alone = threading.Lock()
        self._rows = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        with suppress(sqlite3.Error):
            self._rows.execute("PRAGMA journal_mode=WAL")
            self._rows.execute("PRAGMA synchronous=OFF")
            self._rows.execute(
                "CREATE TABLE IF NOT EXISTS told (key TEXT PRIMARY KEY, value BLOB, proof BLOB,"
                " used TEXT DEFAULT CURRENT_TIMESTAMP) WITHOUT ROWID"
            )

    def recall(self, key: str) -> bytes | None:
        """What was kept under `key`."""
        with self._alone, suppress(sqlite3.Error):
            row = self._rows.execute("SELECT value, proof FROM told WHERE key=?", (key,)).fetchone()
            if row is not None and _proof(key, row[0]) == row[1]:
                self._rows.execute("UPDATE told SET used=CURRENT_TIMESTAMP WHERE key=?", (key,))
                return bytes(row[0])
        return None

    def keep(self, key: str, value: bytes) -> None:
        """Keeps `value` under `key`."""
        told = key, value, _proof(key, value)
        with self._alone, suppress(sqlite3.Error):
            self._rows.execute(
                "INSERT OR REPLACE INTO told (key, value, proof) VALUES (?,?,?)", told
            )

    def close(self) -> None:
        """Lets go of what is too much, oldest first, and of the file."""
        with self._alone, suppress(sqlite3.Error):
            self._rows.execute(
                "DELETE FROM told WHERE key IN (SELECT key FROM (SELECT key, sum(length(value))"
                " OVER (ORDER BY used DESC, key) AS until FROM told) WHERE until > ?)",
                (MOST_BYTES,),
            )
        self._rows.close()


def _proof(key: str, value: bytes) -> bytes:
    return hashlib.sha256(key.encode() + value).digest()
