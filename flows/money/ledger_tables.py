"""The ledger's tables: rows that are only ever appended, and sums kept beside them.

`sums` and `held` are written in the transaction that appends the row and say nothing that the rows
do not: `rebuild` makes them again. They are why a cap is one look-up and a million rows no wait.
"""

from __future__ import annotations

from typing import Any

from flows.money.amounts import LedgerUnusable
from flows.money.ledger_open import Database

VERSION = 2
AXES = ("run", "batch", "day", "provider", "model", "script")
"""What sums are kept by."""

ENTRY: dict[str, Any] = {
    "at": "",  # when the row was written, UTC
    "day": "",  # the day, UTC, that the money counts on: that of the reservation
    "run": "",
    "batch": "",
    "script": "",
    "store": "",
    "key": "",
    "kind": "",  # reserve; then settle, release or unknown; or own
    "reservation": None,
    "provider": "",
    "model": "",
    "capability": "",
    "what": "",
    "quoted_nano": 0,
    "change_nano": 0,
    "saved_nano": 0,
    "items": "[]",
}
"""The columns of a row beside its number, and what each is when nothing is said."""

COUNTERS = {
    "bought": "CASE kind WHEN 'settle' THEN 1 ELSE 0 END",
    "owned": "CASE kind WHEN 'own' THEN 1 ELSE 0 END",
    "nano": "change_nano",
    "quoted_nano": "CASE kind WHEN 'settle' THEN quoted_nano ELSE 0 END",
    "held_nano": "CASE kind WHEN 'reserve' THEN 1 WHEN 'own' THEN 0 ELSE -1 END * quoted_nano",
    "unknown_nano": "CASE kind WHEN 'unknown' THEN quoted_nano ELSE 0 END",
    "saved_nano": "saved_nano",
}
"""What is summed, each from one row of `entries` alone."""

_INDEXES = (
    "CREATE INDEX IF NOT EXISTS ix_entries_run ON entries (run)",
    "CREATE INDEX IF NOT EXISTS ix_entries_reservation ON entries (reservation)",
    "CREATE INDEX IF NOT EXISTS ix_entries_unknown ON entries (id) WHERE kind = 'unknown'",
    "CREATE INDEX IF NOT EXISTS ix_held_key ON held (key)",
)
_INSERT = (
    f"INSERT INTO entries ({', '.join(ENTRY)}) "  # noqa: S608 - names of our own columns
    f"VALUES ({', '.join(f':{name}' for name in ENTRY)})"
)


def _add_to_sums(axes: str, where: str) -> str:
    """Adds rows of `entries` to the sums, with SQL that names our own columns only."""
    name = "CASE axis " + " ".join(f"WHEN '{axis}' THEN {axis}" for axis in AXES) + " END"
    totals = ", ".join(f"SUM({value})" for value in COUNTERS.values())
    return (
        f"INSERT INTO sums (axis, name, day, {', '.join(COUNTERS)}) "  # noqa: S608
        f"SELECT axis, {name}, day, {totals} FROM entries CROSS JOIN ({axes}) AS axes "
        f"WHERE {name} <> '' AND {where} GROUP BY 1, 2, 3 "
        "ON CONFLICT (axis, name, day) DO UPDATE SET "
        + ", ".join(f"{counter} = sums.{counter} + excluded.{counter}" for counter in COUNTERS)
    )


_ALL_AXES = " UNION ALL ".join(f"SELECT '{axis}' AS axis" for axis in AXES)
_ADD_ROW = _add_to_sums(_ALL_AXES, "entries.id = :row")
_ADD_ALL = _add_to_sums(_ALL_AXES, "1 = 1")


def append(db: Database, **values: Any) -> int:
    """Adds a row, and what it changes to the sums and to what is held; returns its number."""
    row = ENTRY | values
    db.run(_INSERT, row)
    # Nobody else writes meanwhile, so the highest number is the new row's.
    number = int(db.rows("SELECT MAX(id) AS id FROM entries")[0]["id"])
    if row["kind"] == "reserve":
        told = {"id": number, "key": row["key"], "store": row["store"]}
        db.run("INSERT INTO held (id, key, store) VALUES (:id, :key, :store)", told)
    elif row["reservation"] is not None:
        db.run("DELETE FROM held WHERE id = :id", {"id": row["reservation"]})
    db.run(_ADD_ROW, {"row": number})
    return number


def rebuild(db: Database) -> None:
    """Makes sums and open reservations again from the rows."""
    db.run("DELETE FROM sums")
    db.run("DELETE FROM held")
    db.run(_ADD_ALL)
    db.run(
        "INSERT INTO held (id, key, store) SELECT id, key, store FROM entries WHERE "
        "kind = 'reserve' AND NOT EXISTS "
        "(SELECT 1 FROM entries AS later WHERE later.reservation = entries.id)"
    )


def version_of(db: Database) -> int:
    """The version of the tables there: 0 for none, 1 for those from before versions."""
    there = {row["name"] for row in db.rows(db.dialect.tables)}
    if "about" in there:
        return max((int(row["version"]) for row in db.rows("SELECT version FROM about")), default=0)
    return 1 if "entries" in there else 0


def set_up(db: Database, shown: str) -> None:
    """Makes the tables, or brings older ones up to date. Raises LedgerUnusable for newer ones."""
    found = version_of(db)
    if found > VERSION:
        raise LedgerUnusable(
            f"the ledger {shown} was written by a newer Reelwright (version {found} of its tables, "
            f"this one knows {VERSION}); update this one"
        )
    if found == VERSION:
        return
    row_id = db.dialect.row_id
    columns = ", ".join(f"{name} {_type(value)}" for name, value in ENTRY.items())
    counters = ", ".join(f"{name} BIGINT NOT NULL" for name in COUNTERS)
    if found == 1:
        _from_version_1(db)
    for statement in (
        f"CREATE TABLE IF NOT EXISTS entries (id {row_id}, {columns})",
        "CREATE TABLE held (id BIGINT PRIMARY KEY, key TEXT NOT NULL, store TEXT NOT NULL)",
        "CREATE TABLE sums (axis TEXT NOT NULL, name TEXT NOT NULL, day TEXT NOT NULL, "
        f"{counters}, PRIMARY KEY (axis, name, day))",
        "CREATE TABLE about (version BIGINT NOT NULL)",
        *_INDEXES,
    ):
        db.run(statement)
    if found == 1:
        rebuild(db)
    db.run("INSERT INTO about (version) VALUES (:version)", {"version": VERSION})


def _type(value: object) -> str:
    if value is None:
        return "BIGINT"
    return f"BIGINT NOT NULL DEFAULT {value}" if value == 0 else f"TEXT NOT NULL DEFAULT '{value}'"


def _from_version_1(db: Database) -> None:
    """Rows are kept as they are; new columns say of each what could already be told of it."""
    for name in ("day", "batch", "store", "what", "quoted_nano", "saved_nano"):
        db.run(f"ALTER TABLE entries ADD COLUMN {name} {_type(ENTRY[name])}")
    db.run("DROP INDEX IF EXISTS ix_entries_key")
    for column, value in (("day", "substr(first.at, 1, 10)"), ("quoted_nano", "first.change_nano")):
        db.run(
            f"UPDATE entries SET {column} = (SELECT {value} FROM entries AS first "  # noqa: S608
            "WHERE first.id = COALESCE(entries.reservation, entries.id))"
        )
