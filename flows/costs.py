"""What was spent: `reelwright costs`."""

from __future__ import annotations

import csv
import datetime as dt
import json
import sys
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from flows.ledger import NANO, Ledger, entries
from flows.money import dollars
from flows.produce import open_store
from flows.settings import load_settings
from providers.errors import Misconfigured


def show_costs(run: str, since: str, by: str, as_json: bool, as_csv: bool) -> int:
    """Prints sums by `by`, or the lines of one `run`; 2 for no such day or run."""
    try:
        settings = load_settings()
        first = dt.date.fromisoformat(since).isoformat() if since else ""
    except (Misconfigured, ValueError) as wrong:
        Console(stderr=True).print(f"{wrong}; days are written 2026-11-01", markup=False)
        return 2
    ledger = Ledger(settings.ledger_file())
    ledger.reconcile(open_store(settings).bill_of)
    rows = run_lines(ledger, run) if run else sums(ledger, by, first)
    if run and not rows:
        Console(stderr=True).print(f"no run is called {run!r}; see reelwright costs --by run")
        return 2
    if as_json:
        print(json.dumps(rows, default=str))
    elif as_csv:
        writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]) if rows else [by])
        writer.writeheader()
        writer.writerows(rows)
    else:
        _print(rows, by)
    return 0


def sums(ledger: Ledger, by: str, first: str) -> list[dict[str, Any]]:
    """Per value of `by`: purchases, USD committed, and how much of it has an unknown outcome."""
    group = sa.func.substr(entries.c.at, 1, 10) if by == "day" else entries.c[by]
    unknown = sa.alias(entries)
    held = sa.exists().where(unknown.c.reservation == entries.c.id, unknown.c.kind == "unknown")
    told = (
        sa.select(
            group.label(by),
            sa.func.sum(sa.case((entries.c.kind == "settle", 1), else_=0)).label("bought"),
            sa.func.sum(entries.c.change_nano).label("nano"),
            sa.func.sum(
                sa.case(((entries.c.kind == "reserve") & held, entries.c.change_nano), else_=0)
            ).label("unknown_nano"),
        )
        .where(entries.c.at >= first)
        .group_by(group)
        .order_by(group)
    )
    with ledger.engine.connect() as db:
        return [
            {
                by: row[0],
                "bought": int(row.bought),
                "usd": Decimal(row.nano) / NANO,
                "outcome_unknown_usd": Decimal(row.unknown_nano) / NANO,
            }
            for row in db.execute(told)
        ]


def run_lines(ledger: Ledger, run: str) -> list[dict[str, Any]]:
    """Every reservation of a run, what became of it, and the estimate beside the actual price."""
    with ledger.engine.connect() as db:
        rows = db.execute(
            sa.select(entries).where(entries.c.run == run).order_by(entries.c.id)
        ).all()
    ends = {row.reservation: row for row in rows if row.reservation is not None}
    lines = []
    for row in rows:
        if row.kind != "reserve":
            continue
        end = ends.get(row.id)
        change = end.change_nano if end is not None else 0
        lines.append(
            {
                "at": row.at[:19],
                "capability": row.capability,
                "provider": row.provider,
                "model": row.model,
                "state": _STATES[end.kind if end is not None else "reserve"],
                "estimate_usd": Decimal(row.change_nano) / NANO,
                "usd": Decimal(row.change_nano + change) / NANO,
            }
        )
    return lines


_STATES = {
    "settle": "paid",
    "release": "given back",
    "unknown": "outcome unknown",
    "reserve": "held",
}


def _print(rows: list[dict[str, Any]], by: str) -> None:
    console = Console(highlight=False)
    if not rows:
        console.print("nothing was bought yet")
        return
    table = Table()
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="right" if "usd" in name else "left")
    for row in rows:
        table.add_row(*(dollars(v) if isinstance(v, Decimal) else str(v) for v in row.values()))
    total = sum((row["usd"] for row in rows), Decimal(0))
    table.caption = f"{dollars(total)} in all"
    console.print(table)
