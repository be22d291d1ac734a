"""The ledger: append-only rows of money reserved, settled and released, with caps checked first.

A row carries the change it makes to what is committed, so a sum is the whole truth:
reserve adds the quote, settle adds (bill - quote), release takes the quote back.
Amounts are whole nano-dollars (1e-9 USD), exact for every price list seen.
All of it counts on the day (UTC) of the reservation, whenever the bill comes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from flows.money.amounts import OverBudget, Owned, Spender, billed_to, total_usd
from flows.money.ledger_open import Database, open_place
from flows.money.ledger_tables import VERSION, append, set_up, version_of

if TYPE_CHECKING:
    from providers.requests import AnyRequest, LineItem

NANO = Decimal(10) ** 9
PATIENCE_S = 60.0
"""How long a writer waits for the one before it."""
_WHAT = 48
"""Characters of a prompt or narration that a row repeats, so that people know what it was."""


class Ledger:
    """All money ever committed, in one database: SQLite or PostgreSQL, by its address.

    Everything here raises LedgerUnusable when the database cannot be used.
    """

    def __init__(self, url: str, patience_s: float = PATIENCE_S) -> None:
        self._place = open_place(url, patience_s)
        try:
            with self._place.reading() as db:
                ready = version_of(db) == VERSION
            if not ready:
                with self._place.writing() as db:
                    set_up(db, self._place.shown)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._place.close()

    def reading(self) -> AbstractContextManager[Database]:
        """A connection for those who only ask."""
        return self._place.reading()

    def reserve(
        self,
        who: Spender,
        key: str,
        request: AnyRequest,
        quote: tuple[LineItem, ...],
        collecting: bool,
    ) -> int:
        """Sets the quote aside and returns the reservation's number; raises OverBudget instead.

        The caller holds `key` of its store alone, so an open reservation under it belongs to a run
        that died. When its order is being collected, that reservation stands. Otherwise the call
        was in flight when the run died: its outcome is unknown and it stays counted. A price that
        is not known counts as `caps.unknown_usd`.
        """
        told = total_usd(quote)
        asked_nano = _up(who.caps.unknown_usd if told is None else told)
        with self._place.writing() as db:
            dead = _held(db, f"key = :key AND {_OF_STORE}", {"key": key, "store": who.store})
            if collecting and dead:
                return int(dead[-1]["id"])
            for row in dead:
                append(db, **_again(row), kind="unknown", change_nano=0, items=row["items"])
            day = _day()
            _check_caps(db, who, request.provider, day, asked_nano)
            return append(
                db, at=_now(), day=day, run=who.run, batch=who.batch, script=who.script,
                store=who.store, key=key, kind="reserve", provider=request.provider,
                model=request.model, capability=request.capability, what=_what(request),
                quoted_nano=asked_nano, change_nano=asked_nano, items=_told(quote),
            )  # fmt: skip

    def settle(self, reservation: int, bill: tuple[LineItem, ...]) -> None:
        """Replaces the quote by what the vendor charged; an unknown bill keeps the quote."""
        charged = total_usd(bill)
        self._close(
            reservation,
            "settle",
            lambda quoted: 0 if charged is None else _up(charged) - quoted,
            _told(bill),
        )

    def release(self, reservation: int) -> None:
        """Gives back what was reserved: nothing was bought."""
        self._close(reservation, "release", lambda quoted: -quoted, "[]")

    def lose(self, reservation: int) -> None:
        """A call was sent and its outcome is not known: it stays counted at its quote."""
        self._close(reservation, "unknown", lambda _: 0, "[]")

    def note_owned(self, who: Spender, things: Iterable[Owned]) -> None:
        """Writes down what a run did not have to buy, at the price it was bought for once."""
        with self._place.writing() as db:
            for thing in things:
                append(
                    db, at=_now(), day=_day(), run=who.run, batch=who.batch, script=who.script,
                    store=who.store, key=thing.key, kind="own", provider=thing.provider,
                    model=thing.model, what=thing.what, change_nano=0,
                    saved_nano=_up(thing.usd or Decimal(0)),
                )  # fmt: skip

    def committed_usd(self, run: str) -> Decimal:
        """What `run` has spent or still holds, in USD."""
        with self._place.reading() as db:
            return _committed(db, "run", run, run) / NANO

    def has_open(self) -> bool:
        """Whether anything is held by anyone."""
        with self._place.reading() as db:
            return bool(db.rows("SELECT id FROM held LIMIT 1"))

    def open_of(self, store: str) -> list[tuple[int, str]]:
        """(reservation, key) of what buyers of a store hold now, or held when they died."""
        with self._place.reading() as db:
            rows = db.rows(f"SELECT id, key FROM held WHERE {_OF_STORE}", {"store": store})  # noqa: S608
            return [(int(row["id"]), str(row["key"])) for row in rows]

    def _close(self, reservation: int, kind: str, change: Callable[[int], int], items: str) -> None:
        """Appends the row that ends a reservation; one that has ended already stays as it is."""
        with self._place.writing() as db:
            for row in _held(db, "id = :id", {"id": reservation}):
                told = {"kind": kind, "change_nano": change(row["quoted_nano"]), "items": items}
                append(db, **_again(row), **told)


_OF_STORE = "store IN (:store, '')"
"""Machines with stores of their own may share a ledger: only a store knows who has died."""


def _held(db: Database, which: str, values: dict[str, Any]) -> list[Any]:
    """The rows of reservations that nothing has ended yet, oldest first."""
    held = f"SELECT id FROM held WHERE {which}"  # noqa: S608 - our own words
    return db.rows(f"SELECT * FROM entries WHERE id IN ({held}) ORDER BY id", values)  # noqa: S608


def _committed(db: Database, axis: str, first: str, last: str) -> int:
    """Nano-dollars that are spent or held under the names from `first` to `last` of an axis."""
    (row,) = db.rows(
        "SELECT SUM(nano) AS nano FROM sums WHERE axis = :axis AND name BETWEEN :first AND :last",
        {"axis": axis, "first": first, "last": last},
    )
    return int(row["nano"] or 0)


def _check_caps(db: Database, who: Spender, provider: str, day: str, asked_nano: int) -> None:
    """Raises OverBudget for the first cap that `asked_nano` more would pass."""
    caps, month = who.caps, day[:7]
    of_providers = [
        (name, cap, "provider", tuple((one, one) for one in billed_to(name)))
        for name, cap in caps.provider_usd
        if provider in billed_to(name)
    ]
    limits: Iterable[tuple[str, Decimal | None, str, tuple[tuple[str, str], ...]]] = (
        ("run", caps.run_usd, "run", ((who.run, who.run),)),
        ("batch", caps.batch_usd if who.batch else None, "batch", ((who.batch, who.batch),)),
        ("day", caps.day_usd, "day", ((day, day),)),
        ("month", caps.month_usd, "day", ((f"{month}-01", f"{month}-31"),)),
        *of_providers,
    )
    for called, cap, axis, names in limits:
        if cap is not None:
            spent_nano = sum(_committed(db, axis, first, last) for first, last in names)
            if spent_nano + asked_nano > math.floor(cap * NANO):
                raise OverBudget(called, cap, spent_nano / NANO, asked_nano / NANO)


def _again(row: Any) -> dict[str, Any]:
    """What a later row repeats of the reservation it closes."""
    kept = (
        "day", "run", "batch", "script", "store", "key", "provider", "model", "capability",
        "what", "quoted_nano",
    )  # fmt: skip
    return {name: row[name] for name in kept} | {"at": _now(), "reservation": row["id"]}


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _day() -> str:
    """Days and months are those of UTC: a ledger that machines share has one calendar."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def _up(usd: Decimal) -> int:
    """In nano-dollars, rounded up: a cap is never passed by what rounding leaves out."""
    return math.ceil(usd * NANO)


def _what(request: AnyRequest) -> str:
    text = " ".join(str(getattr(request, "text", "") or getattr(request, "prompt", "")).split())
    return text if len(text) <= _WHAT else text[: _WHAT - 1].rstrip() + "…"


def _told(items: Iterable[LineItem]) -> str:
    return json.dumps([item.model_dump(mode="json") for item in items])
