"""What was spent: `reelwright costs`."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import functools
import json
import sys
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.money.amounts import LedgerUnusable, dollars
from flows.money.ledger import NANO, Ledger
from flows.settings import Settings, load_settings
from providers.errors import Misconfigured

MOST_LINES = 60
"""Lines of a table on a screen; JSON and CSV have all."""
MOST_UNKNOWN = 5
_FIGURES = 52
"""Columns of a screen that state and amounts take, with the space between all columns."""


def show_costs(run: str, since: str, by: str, as_json: bool, as_csv: bool) -> int:
    """Prints sums by `by`, or the lines of one `run`; 2 for a wrong day, run, setting or ledger."""
    try:
        first = dt.date.fromisoformat(since).isoformat() if since else ""
    except ValueError:
        return _refuse(f"{since!r} is no day; days are written 2026-11-01")
    try:
        settings = load_settings()
        with Ledger(settings.ledger_url()) as ledger:
            _reconcile(ledger, settings)
            rows = run_lines(ledger, run) if run else sums_by(ledger, by, first)
            lost = [] if run or as_json or as_csv else unknown_lines(ledger, first)
    except (Misconfigured, LedgerUnusable) as wrong:
        return _refuse(str(wrong))
    if run and not rows:
        return _refuse(f"no run is called {run!r}; see reelwright costs --by run")
    if as_json:
        print(json.dumps(rows, default=str))
    elif as_csv:
        writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]) if rows else [by])
        writer.writeheader()
        writer.writerows(rows)
    else:
        _print(rows, lost, run)
    return 0


def sums_by(ledger: Ledger, by: str, first: str) -> list[dict[str, Any]]:
    """Per value of `by`, from the day `first` on: what was bought, for how much, and what owned.

    `usd` is all that counts against caps; `held_usd` and `outcome_unknown_usd` are parts of it.
    """
    names = ("bought", "nano", "quoted_nano", "held_nano", "unknown_nano", "owned", "saved_nano")
    totals = ", ".join(f"SUM({name}) AS {name}" for name in names)
    with ledger.reading() as db:
        rows = db.rows(
            f"SELECT name, {totals} FROM sums WHERE axis = :by AND day >= :first "  # noqa: S608
            "GROUP BY name ORDER BY name",
            {"by": by, "first": first},
        )
    return [
        {
            by: row["name"],
            "bought": int(row["bought"]),
            "estimate_usd": _usd(row["quoted_nano"]),
            "paid_usd": _usd(row["nano"] - row["held_nano"] - row["unknown_nano"]),
            "held_usd": _usd(row["held_nano"]),
            "outcome_unknown_usd": _usd(row["unknown_nano"]),
            "usd": _usd(row["nano"]),
            "owned": int(row["owned"]),
            "saved_usd": _usd(row["saved_nano"]),
        }
        for row in rows
    ]


def run_lines(ledger: Ledger, run: str) -> list[dict[str, Any]]:
    """Every purchase of a run: what became of it, and its estimate beside the actual price.

    Things that were owned cost nothing; `saved_usd` is what each was bought for once.
    """
    with ledger.reading() as db:
        rows = db.rows(
            "SELECT entries.*, later.kind AS ended, later.change_nano AS more, "
            "later.items AS billed FROM entries "
            "LEFT JOIN entries AS later ON later.reservation = entries.id "
            "WHERE entries.run = :run AND entries.kind IN ('reserve', 'own') ORDER BY entries.id",
            {"run": run},
        )
    return [
        {
            "at": row["at"][:19],
            "capability": row["capability"],
            "what": row["what"],
            "provider": row["provider"],
            "model": row["model"],
            "state": _state(row),
            "estimate_usd": _usd(row["quoted_nano"]) if row["kind"] == "reserve" else None,
            "usd": _usd(row["change_nano"] + (row["more"] or 0)),
            "saved_usd": _usd(row["saved_nano"]),
        }
        for row in rows
    ]


def unknown_lines(ledger: Ledger, first: str) -> list[dict[str, Any]]:
    """The last calls that were sent and whose outcome nobody knows, with what they count as."""
    with ledger.reading() as db:
        rows = db.rows(
            "SELECT at, run, model, quoted_nano FROM entries "
            "WHERE kind = 'unknown' AND day >= :first ORDER BY id DESC LIMIT :most",
            {"first": first, "most": MOST_UNKNOWN},
        )
    return [
        {
            "at": row["at"][:19],
            "run": row["run"],
            "model": row["model"],
            "usd": _usd(row["quoted_nano"]),
        }
        for row in rows
    ]


def _reconcile(ledger: Ledger, settings: Settings) -> None:
    """Ends what dead runs left open; the store is opened only when there is something."""
    if ledger.has_open():
        from flows.money.purse import reconcile
        from flows.sharing.stores import open_store
        from providers.shelves import StoreUnusable

        # What was spent can be told without the store; who makes the next film looks into it again.
        with contextlib.suppress(StoreUnusable):
            reconcile(ledger, open_store(settings))


def _state(row: Any) -> str:
    """What became of a purchase, in words."""
    if row["kind"] == "own":
        return "owned"
    priceless = any(item["usd"] is None for item in json.loads(row["billed"] or row["items"]))
    states = {"settle": "paid", "release": "given back", "unknown": "outcome unknown", None: "held"}
    return str(states[row["ended"]]) + (", price unknown" if priceless else "")


@functools.cache
def _usd(nano: int | Decimal) -> Decimal:
    return Decimal(int(nano)) / NANO


def _refuse(sentence: str) -> int:
    Console(stderr=True, soft_wrap=True).print(sentence, markup=False, highlight=False)
    return 2


def _print(rows: list[dict[str, Any]], lost: list[dict[str, Any]], run: str) -> None:
    console = Console(highlight=False)
    if not rows:
        console.print("nothing was bought yet")
        return
    shown = rows[-MOST_LINES:]
    console.print(_run_table(shown, console.width) if run else _sums_table(shown))
    if len(rows) > len(shown):
        console.print(
            f"the last {len(shown)} of {len(rows):,} lines; --csv and --json have all, "
            "--since leaves out earlier days"
        )
    told = f"{dollars(_total(rows, 'usd'))} in all"
    if saved := _total(rows, "saved_usd"):
        told += f"; {dollars(saved)} saved by what was owned"
    console.print(told)
    if lost:
        whole = dollars(_total(rows, "outcome_unknown_usd"))
        console.print(f"\nCalls of unknown outcome count as {whole}. The last of them:")
        for line in lost:
            console.print(
                f"  {line['at']}  {dollars(line['usd'])}  {line['model']}  {line['run']}",
                markup=False,
                soft_wrap=True,
            )


def _total(rows: list[dict[str, Any]], column: str) -> Decimal:
    return sum((row[column] for row in rows), Decimal(0))


def _sums_table(rows: list[dict[str, Any]]) -> Table:
    """Columns that hold nothing but zeros are left out."""
    headings = {
        "bought": "bought", "estimate_usd": "estimate", "paid_usd": "paid", "held_usd": "held",
        "outcome_unknown_usd": "unknown", "owned": "owned", "saved_usd": "saved",
    }  # fmt: skip
    by = next(iter(rows[0]))
    columns = [n for n in headings if n in ("bought", "paid_usd") or any(r[n] for r in rows)]
    table = _table()
    table.add_column(by, overflow="fold")
    for name in columns:
        table.add_column(headings[name], justify="right", no_wrap=True)
    for row in rows:
        table.add_row(Text(row[by]), *(_cell(row[name]) for name in columns))
    return table


def _run_table(rows: list[dict[str, Any]], width: int) -> Table:
    """Words are cut, and long model names folded, before any figure is."""
    model_width = min(max(len(row["model"]) for row in rows), max(14, (width - _FIGURES) // 2))
    table = _table()
    table.add_column("what", no_wrap=True, max_width=max(12, width - _FIGURES - model_width))
    table.add_column("model", overflow="fold", max_width=model_width)
    table.add_column("state", no_wrap=True)
    for name in ("estimate", "actual", "saved"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        what = " ".join(part for part in (row["capability"], row["what"]) if part)
        saved = _cell(row["saved_usd"]) if row["saved_usd"] else ""
        state = row["state"].replace("outcome unknown", "unknown").replace("price unknown", "guess")
        table.add_row(
            Text(what), Text(row["model"]), state, _cell(row["estimate_usd"]),
            _cell(row["usd"]), saved,
        )  # fmt: skip
    return table


def _table() -> Table:
    from rich import box

    return Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")


def _cell(value: Decimal | int | None) -> str:
    if value is None:
        return "–"
    return dollars(value) if isinstance(value, Decimal) else f"{value:,}"
