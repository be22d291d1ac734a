"""When each vendor may be asked again: a table in the ledger's database, by that one's clock."""

from __future__ import annotations

import atexit
import functools
import threading
from typing import Any

from flows.money.amounts import LedgerUnusable
from flows.money.ledger_open import Place, open_place

_TABLE = (
    "CREATE TABLE IF NOT EXISTS lanes (name TEXT PRIMARY KEY, "
    "quiet_until DOUBLE PRECISION NOT NULL, next_at DOUBLE PRECISION NOT NULL)"
)
_GREATER = "CASE WHEN lanes.{column} > {other} THEN lanes.{column} ELSE {other} END"
BURST_S = 1.0
"""Orders of so many seconds may be sent at one instant; the others follow evenly."""


class LaneClock:
    """The table; made when it is first needed. Everything raises LedgerUnusable."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opening = threading.Lock()
        self._opened: Place | None = None

    def keep_quiet(self, name: str, wait_s: float) -> None:
        """Nobody asks `name` anything for so long; a longer quiet that holds already stays."""
        later = _GREATER.format(column="quiet_until", other="excluded.quiet_until")
        self._asked(
            "INSERT INTO lanes (name, quiet_until, next_at) "  # noqa: S608 - our own words
            "VALUES (:name, {now} + :wait_s, 0) "
            f"ON CONFLICT (name) DO UPDATE SET quiet_until = {later} RETURNING name",
            {"name": name, "wait_s": float(wait_s)},
        )

    def quiet_s(self, name: str) -> float:
        """For how many more seconds nobody asks `name` anything; 0 when it may be asked."""
        rows = self._asked(
            "SELECT quiet_until - {now} AS s FROM lanes WHERE name = :name", {"name": name}
        )
        return max(0.0, float(rows[0]["s"])) if rows else 0.0

    def turn_s(self, name: str, per_minute: int) -> float:
        """Takes the next turn at `name` and says in how many seconds it is."""
        every_s = 60.0 / per_minute
        begin = _GREATER.format(column="next_at", other="({now} - :burst_s)")
        rows = self._asked(
            "INSERT INTO lanes (name, quiet_until, next_at) "  # noqa: S608 - our own words
            "VALUES (:name, 0, {now} - :burst_s + :every_s) "
            f"ON CONFLICT (name) DO UPDATE SET next_at = {begin} + :every_s "
            "RETURNING next_at - :every_s - {now} AS s",
            {"name": name, "every_s": every_s, "burst_s": max(0.0, BURST_S - every_s)},
        )
        return max(0.0, float(rows[0]["s"]))

    def close(self) -> None:
        """Ends the connection; a later use begins another."""
        with self._opening:
            if self._opened is not None:
                self._opened.close()

    def _asked(self, sql: str, values: dict[str, Any]) -> list[Any]:
        """The rows of one statement, a transaction by itself; a lost server is met once more."""
        place = self._place()
        told = sql.replace("{now}", place.dialect.now)
        try:
            with place.reading() as db:
                return db.rows(told, values)
        except LedgerUnusable:
            with place.reading() as db:
                return db.rows(told, values)

    def _place(self) -> Place:
        with self._opening:
            if self._opened is None:
                place = open_place(self._url, 60.0)
                with place.writing() as db:
                    db.run(_TABLE)
                self._opened = place
            return self._opened


@functools.cache
def lane_clock(url: str) -> LaneClock:
    """The clock in a ledger's database: one connection for all films of a process."""
    clock = LaneClock(url)
    atexit.register(clock.close)
    return clock
