"""The ledger: append-only rows of money reserved, settled and released, with caps checked first.

A row carries the change it makes to what is committed, so a sum is the whole truth:
reserve adds the quote, settle adds (bill - quote), release takes the quote back.
Amounts are whole nano-dollars (1e-9 USD), exact for every price list seen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from flows.money import OverBudget, Spender, total_usd
from providers.requests import AnyRequest, LineItem

NANO = Decimal(10) ** 9

meta = sa.MetaData()
entries = sa.Table(
    "entries",
    meta,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("run", sa.String, nullable=False, index=True),
    sa.Column("script", sa.String, nullable=False, default=""),
    sa.Column("key", sa.String, nullable=False, index=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("reservation", sa.Integer, index=True),
    sa.Column("provider", sa.String, nullable=False, default=""),
    sa.Column("model", sa.String, nullable=False, default=""),
    sa.Column("capability", sa.String, nullable=False, default=""),
    sa.Column("change_nano", sa.BigInteger, nullable=False),
    sa.Column("items", sa.String, nullable=False, default="[]"),
)


class Ledger:
    """All money ever committed from this machine, in one SQLite file (WAL)."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 60})
        sa.event.listen(self.engine, "connect", _by_hand)
        sa.event.listen(self.engine, "begin", _take_the_pen)
        meta.create_all(self.engine)

    def reserve(
        self,
        who: Spender,
        key: str,
        request: AnyRequest,
        quote: tuple[LineItem, ...],
        collecting: bool,
    ) -> int:
        """Sets the quote aside and returns the reservation's number; raises OverBudget instead.

        The caller holds `key` alone, so an open reservation under it belongs to a run that died.
        When its order is being collected, that reservation stands. Otherwise the call was in flight
        when the run died: its outcome is unknown and it stays counted. A price that is not known
        counts as `caps.unknown_usd`.
        """
        told = total_usd(quote)
        asked = who.caps.unknown_usd if told is None else told
        with self.engine.begin() as db:
            dead = _open_under(db, key)
            if collecting and dead:
                return int(dead[-1].id)
            for held in dead:
                _append(db, **_again(held), kind="unknown", change_nano=0, items=held.items)
            _check_caps(db, who, request.provider, asked)
            return _append(
                db, run=who.run, script=who.script, key=key, kind="reserve", reservation=None,
                provider=request.provider, model=request.model, capability=request.capability,
                change_nano=_nano(asked), items=_told(quote),
            )  # fmt: skip

    def settle(self, reservation: int, bill: tuple[LineItem, ...]) -> None:
        """Replaces the quote by what the vendor charged; an unknown bill keeps the quote."""
        charged = total_usd(bill)
        self._close(
            reservation,
            "settle",
            lambda held: 0 if charged is None else _nano(charged) - held.change_nano,
            _told(bill),
        )

    def release(self, reservation: int) -> None:
        """Gives back what was reserved: nothing was bought."""
        self._close(reservation, "release", lambda held: -held.change_nano, "[]")

    def lose(self, reservation: int) -> None:
        """A call was sent and its outcome is not known: it stays counted at its quote."""
        self._close(reservation, "unknown", lambda _: 0, "[]")

    def committed_usd(self, run: str) -> Decimal:
        """What `run` has spent or still holds, in USD."""
        with self.engine.connect() as db:
            return _committed(db, entries.c.run == run)

    def reconcile(self, bill_of: Callable[[str], tuple[LineItem, ...] | None]) -> int:
        """Settles reservations of runs that died between keeping a thing and settling for it.

        `bill_of(key)` is the bill of what the store owns under a key, or None. Returns how many.
        """
        with self.engine.connect() as db:
            waiting = [(int(row.id), str(row.key)) for row in _open_under(db, None)]
        found = [(number, bill) for number, key in waiting if (bill := bill_of(key)) is not None]
        for number, bill in found:
            self.settle(number, bill)
        return len(found)

    def _close(self, reservation: int, kind: str, change: Callable[[Any], int], items: str) -> None:
        """Appends the row that ends a reservation; one that has ended already stays as it is."""
        with self.engine.begin() as db:
            held = db.execute(sa.select(entries).where(entries.c.id == reservation)).one()
            ended = sa.select(entries.c.id).where(entries.c.reservation == reservation)
            if db.execute(ended).first() is None:
                _append(db, **_again(held), kind=kind, change_nano=change(held), items=items)


def _by_hand(connection: Any, _record: Any) -> None:
    """Turns the driver's own transactions off and write-ahead logging on."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _take_the_pen(db: sa.Connection) -> None:
    """One writer from the first statement on: nothing changes while a cap is checked."""
    db.exec_driver_sql("BEGIN IMMEDIATE")


def _committed(db: sa.Connection, where: sa.ColumnElement[bool]) -> Decimal:
    nano = db.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(entries.c.change_nano), 0)).where(where)
    )
    return Decimal(nano or 0) / NANO


def _append(db: sa.Connection, **values: Any) -> int:
    added = db.execute(entries.insert().values(at=datetime.now(UTC).isoformat(), **values))
    return int(added.lastrowid)


def _open_under(db: sa.Connection, key: str | None) -> list[Any]:
    """Reservations that nothing has ended yet, oldest first; of one key, or of all."""
    after = sa.alias(entries)
    ended = sa.exists().where(after.c.reservation == entries.c.id)
    held = sa.select(entries).where(entries.c.kind == "reserve", ~ended).order_by(entries.c.id)
    return list(db.execute(held if key is None else held.where(entries.c.key == key)).all())


def _check_caps(db: sa.Connection, who: Spender, provider: str, asked: Decimal) -> None:
    """Raises OverBudget for the first cap that `asked` more USD would pass."""
    now, caps = datetime.now(UTC), who.caps
    limits = [
        ("run", caps.run_usd, entries.c.run == who.run),
        ("day", caps.day_usd, entries.c.at.like(f"{now:%Y-%m-%d}%")),
        ("month", caps.month_usd, entries.c.at.like(f"{now:%Y-%m}%")),
        (f"{provider}", dict(caps.provider_usd).get(provider), entries.c.provider == provider),
    ]
    for name, cap, where in limits:
        if cap is not None:
            spent = _committed(db, where)
            if spent + asked > cap:
                raise OverBudget(name, cap, spent, asked)


def _again(held: Any) -> dict[str, Any]:
    """What a later row repeats of the reservation it closes."""
    kept = ("run", "script", "key", "provider", "model", "capability")
    return {name: getattr(held, name) for name in kept} | {"reservation": held.id}


def _nano(usd: Decimal) -> int:
    return int((usd * NANO).to_integral_value())


def _told(items: Iterable[LineItem]) -> str:
    return json.dumps([item.model_dump(mode="json") for item in items])
