"""The ledger: append-only rows of money reserved, settled and released, with caps checked first.

A row carries the change it makes to what is committed, so a sum is the whole truth:
reserve adds the quote, settle adds (bill - quote), release takes the quote back.
Amounts are whole nano-dollars (1e-9 USD), exact for every price list seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from flows.money import Caps, OverBudget, total_usd
from providers.requests import AnyRequest, LineItem

NANO = Decimal(10) ** 9

_meta = sa.MetaData()
_entries = sa.Table(
    "entries",
    _meta,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("run", sa.String, nullable=False, index=True),
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
        self._engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})
        sa.event.listen(self._engine, "connect", _by_hand)
        sa.event.listen(self._engine, "begin", _take_the_pen)
        _meta.create_all(self._engine)

    def reserve(
        self, run: str, key: str, request: AnyRequest, quote: tuple[LineItem, ...], caps: Caps
    ) -> int:
        """Sets the quote aside and returns the reservation's number; raises OverBudget instead.

        The caller holds `key` alone, so an open reservation under it belongs to a run that died: it
        is released first. A price that is not known counts as `caps.unknown_usd`.
        """
        told = total_usd(quote)
        asked = caps.unknown_usd if told is None else told
        with self._engine.begin() as db:
            self._release_dead(db, key)
            day = datetime.now(UTC).date().isoformat()
            for name, cap, where in (
                ("run", caps.run_usd, _entries.c.run == run),
                ("day", caps.day_usd, _entries.c.at.like(f"{day}%")),
            ):
                spent = _committed(db, where)
                if cap is not None and spent + asked > cap:
                    raise OverBudget(name, cap, spent, asked)
            return _append(
                db, run=run, key=key, kind="reserve", reservation=None, provider=request.provider,
                model=request.model, capability=request.capability,
                change_nano=_nano(asked), items=_told(quote),
            )  # fmt: skip

    def settle(self, reservation: int, bill: tuple[LineItem, ...]) -> None:
        """Replaces the quote by what the vendor charged; an unknown bill keeps the quote."""
        with self._engine.begin() as db:
            held = _row(db, reservation)
            charged = total_usd(bill)
            change = 0 if charged is None else _nano(charged) - held.change_nano
            _append(db, **_again(held), kind="settle", change_nano=change, items=_told(bill))

    def release(self, reservation: int) -> None:
        """Gives back what was reserved: nothing was bought."""
        with self._engine.begin() as db:
            held = _row(db, reservation)
            _append(db, **_again(held), kind="release", change_nano=-held.change_nano, items="[]")

    def committed_usd(self, run: str) -> Decimal:
        """What `run` has spent or still holds, in USD."""
        with self._engine.connect() as db:
            return _committed(db, _entries.c.run == run)

    def _release_dead(self, db: sa.Connection, key: str) -> None:
        after = sa.alias(_entries)
        closed = sa.exists().where(after.c.reservation == _entries.c.id)
        dead = sa.select(_entries).where(
            _entries.c.key == key, _entries.c.kind == "reserve", ~closed
        )
        for held in db.execute(dead).all():
            _append(db, **_again(held), kind="release", change_nano=-held.change_nano, items="[]")


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
        sa.select(sa.func.coalesce(sa.func.sum(_entries.c.change_nano), 0)).where(where)
    )
    return Decimal(nano or 0) / NANO


def _append(db: sa.Connection, **values: Any) -> int:
    added = db.execute(_entries.insert().values(at=datetime.now(UTC).isoformat(), **values))
    return int(added.lastrowid)


def _row(db: sa.Connection, reservation: int) -> Any:
    return db.execute(sa.select(_entries).where(_entries.c.id == reservation)).one()


def _again(held: Any) -> dict[str, Any]:
    """What a later row repeats of the reservation it closes."""
    kept = ("run", "key", "provider", "model", "capability")
    return {name: getattr(held, name) for name in kept} | {"reservation": held.id}


def _nano(usd: Decimal) -> int:
    return int((usd * NANO).to_integral_value())


def _told(items: Iterable[LineItem]) -> str:
    return json.dumps([item.model_dump(mode="json") for item in items])
