"""Locks that cross machines: PostgreSQL's, freed by the server when their holder's session ends.

They lie in the ledger's database, so that machines which share money share locks. A session may
take a lock that it holds once more: who else on this machine wants it is told by our own list.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import threading
import time
from typing import Any

from flows.money.amounts import LedgerUnusable
from flows.money.ledger_open import open_place

ALIVE_S = 5.0
"""How often a session that holds something is looked after, so that a broken one is noticed."""
_LOST_AFTER = {"idle": 20, "interval": 5, "count": 4}
"""When the server gives up on a machine that fell silent, and frees what it held: after 40 s."""


class ServerLocks:
    """One session of this process with the ledger's server, and the locks that it holds.

    Everything raises LedgerUnusable when the server cannot be used. Threads take turns.
    """

    def __init__(self, url: str) -> None:
        self._place = open_place(url, 60.0)
        self._turn = threading.RLock()
        self._session: Any = None
        self._held: dict[str, int] = {}
        self._keeper: threading.Thread | None = None

    def take(self, names: list[str]) -> str | None:
        """Takes the first of these locks that nobody holds; None when all are held."""
        with self._turn:
            free = [name for name in names if name not in self._held]
            if not free:
                return None
            rows = self._asked(
                "SELECT name FROM unnest(%s::text[], %s::bigint[]) AS asked (name, id) "
                "WHERE pg_try_advisory_lock(id) LIMIT 1",
                (free, [_number(name) for name in free]),
            )
            if not rows:
                return None
            name = str(rows[0]["name"])
            self._held[name] = _number(name)
            self._look_after()
            return name

    def give(self, name: str) -> None:
        """Frees a lock that this process took."""
        with self._turn:
            number = self._held.pop(name, None)
            # A session that broke has freed it already.
            with contextlib.suppress(LedgerUnusable):
                if number is not None and self._session is not None:
                    self._asked("SELECT pg_advisory_unlock(%s) AS freed", (number,))

    def held(self, names: list[str]) -> int:
        """How many of these locks anyone holds."""
        with self._turn:
            rows = self._asked(
                "SELECT count(DISTINCT (classid, objid)) AS n FROM pg_locks WHERE "
                "locktype = 'advisory' AND objsubid = 1 AND granted AND database = "
                "(SELECT oid FROM pg_database WHERE datname = current_database()) AND "
                "((classid::bigint << 32) | objid::bigint) = ANY(%s)",
                ([_number(name) for name in names],),
            )
            return int(rows[0]["n"])

    def close(self) -> None:
        """Ends the session, and with it all that it holds."""
        with self._turn:
            self._held.clear()
            self._drop()

    def _asked(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        """The rows of an answer; a session that broke is begun again, with all that it held."""
        broken = self._place.dialect.broken
        with self._place.plainly():
            try:
                rows: list[Any] = self._open().execute(sql, values).fetchall()
            except broken:
                self._drop()
                rows = self._open().execute(sql, values).fetchall()
        return rows

    def _open(self) -> Any:
        if self._session is None:
            session = self._place.dialect.connect()
            for name, value in _LOST_AFTER.items():
                session.execute(f"SET tcp_keepalives_{name} = {value}")
            for number in self._held.values():
                session.execute("SELECT pg_try_advisory_lock(%s)", (number,))
            self._session = session
        return self._session

    def _drop(self) -> None:
        with contextlib.suppress(self._place.dialect.broken):
            if self._session is not None:
                self._session.close()
        self._session = None

    def _look_after(self) -> None:
        if self._keeper is None or not self._keeper.is_alive():
            self._keeper = threading.Thread(target=self._keep, name="locks", daemon=True)
            self._keeper.start()

    def _keep(self) -> None:
        while True:
            time.sleep(ALIVE_S)
            with self._turn:
                if not self._held:
                    self._keeper = None
                    return
                with contextlib.suppress(LedgerUnusable):
                    self._asked("SELECT 1 AS alive", ())


@functools.cache
def server_locks(url: str) -> ServerLocks:
    """The locks at an address: one session for all films of a process."""
    locks = ServerLocks(url)
    atexit.register(locks.close)
    return locks


def is_server(url: str) -> bool:
    """Whether a ledger's address is that of a server, which can lock for several machines."""
    return url.startswith(("postgresql://", "postgres://"))


def _number(name: str) -> int:
    """64 bits of a name's hash, of which PostgreSQL takes the sign bit as one."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
