"""`reelwright costs`: what it says is what the rows say, and it reads well."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flows.money.amounts import Owned, Spender
from flows.money.costs import run_lines, show_costs, sums_by, unknown_lines
from flows.money.ledger import NANO, Ledger
from flows.money.ledger_tables import AXES, COUNTERS, rebuild
from tests.flows.spender import REQUEST, price


@pytest.fixture
def ledger(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """Some weeks of buying, with every kind of end, by two models and three scripts."""
    chance = random.Random(1)
    monkeypatch.setenv("LEDGER_URL", ledger_url)
    with Ledger(ledger_url) as opened:
        for number in range(60):
            day = f"2026-{10 + number // 40}-{1 + number % 28:02d}"
            monkeypatch.setattr("flows.money.ledger._day", lambda day=day: day)
            who = Spender(f"run-{number // 5}", f"s{number % 3}.md", batch=f"b{number // 20}")
            asked = REQUEST.model_copy(update={"model": f"model-{number % 2}"})
            held = opened.reserve(who, f"k{number}", asked, price("0.03"), False)
            end = chance.randrange(5)
            if end <= 1:
                opened.settle(held, price("0.02"))
            elif end == 2:
                opened.release(held)
            elif end == 3:
                opened.lose(held)
            if number % 7 == 0:
                owned = Owned("old", "vendor", asked.model, "s01 speech", Decimal("0.011"))
                opened.note_owned(who, [owned])
        yield opened


def naive(ledger: Ledger, by: str, first: str) -> dict[str, dict[str, Any]]:
    """The same sums from the rows alone, one after another."""
    with ledger.reading() as db:
        rows = [dict(row) for row in db.rows("SELECT * FROM entries ORDER BY id")]
    ends = {row["reservation"]: row["kind"] for row in rows if row["reservation"] is not None}
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["day"] < first:
            continue
        one = found.setdefault(row[by], {"bought": 0, "usd": 0, "held_usd": 0, "saved_usd": 0})
        one["bought"] += row["kind"] == "settle"
        one["usd"] += row["change_nano"] / NANO
        one["saved_usd"] += row["saved_nano"] / NANO
        if row["kind"] == "reserve" and row["id"] not in ends:
            one["held_usd"] += row["change_nano"] / NANO
    return found


@pytest.mark.parametrize("by", AXES)
@pytest.mark.parametrize("first", ["", "2026-10-20"])
def test_sums_are_those_of_the_rows(ledger: Ledger, by: str, first: str) -> None:
    told = {row.pop(by): row for row in sums_by(ledger, by, first)}
    rows = naive(ledger, by, first)
    assert told.keys() == rows.keys()
    for name, row in rows.items():
        assert {key: told[name][key] for key in row} == row
        parts = ("paid_usd", "held_usd", "outcome_unknown_usd")
        assert sum(told[name][part] for part in parts) == told[name]["usd"]


def test_sums_and_open_reservations_are_what_the_rows_alone_would_make_them(
    ledger: Ledger,
) -> None:
    def kept() -> tuple[list[Any], list[Any]]:
        with ledger.reading() as db:
            names = ", ".join(("axis", "name", "day", *COUNTERS))
            sums = db.rows(f"SELECT {names} FROM sums ORDER BY axis, name, day")
            held = db.rows("SELECT id, key, store FROM held ORDER BY id")
        return [dict(row) for row in sums], [dict(row) for row in held]

    before = kept()
    with ledger._place.writing() as db:
        rebuild(db)
    assert kept() == before
    assert all(before)


def test_a_question_reads_the_sums_by_their_index_and_never_all_the_rows(tmp_path: Path) -> None:
    asked: list[str] = []
    with Ledger(f"sqlite:///{tmp_path}/l.sqlite") as ledger:
        with ledger.reading() as db:
            db.connection.set_trace_callback(asked.append)
        for by in AXES:
            sums_by(ledger, by, "2026-11-01")
        unknown_lines(ledger, "")
        run_lines(ledger, "r")
        ledger.committed_usd("r")
        ledger.has_open()
        with ledger.reading() as db:
            db.connection.set_trace_callback(None)
            plans = {
                sql: [row["detail"] for row in db.rows("EXPLAIN QUERY PLAN " + _quoted(sql))]
                for sql in asked
            }
    assert len(plans) >= len(AXES) + 4
    for sql, steps in plans.items():
        scans = [step for step in steps if step.startswith("SCAN")]
        allowed = ("SCAN entries USING INDEX ix_entries_unknown", "SCAN held")
        assert not [step for step in scans if not step.startswith(allowed)], (sql, steps)


def _quoted(sql: str) -> str:
    """A traced statement has its values in it; a colon in them would be taken for a name."""
    return sql.replace(":", "")


def shown(capsys: pytest.CaptureFixture[str], *told: Any) -> str:
    assert show_costs(*told) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("width", [80, 120])
def test_a_table_fits_the_screen_and_names_what_is_saved_and_what_is_unknown(
    ledger: Ledger, width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    text = shown(capsys, "", "", "model", False, False)
    table = text.split("\n\n")[0].splitlines()
    assert max(map(len, table)) <= width
    assert "saved by what was owned" in text
    assert "Calls of unknown outcome count as $" in text
    assert "…" not in text
    text = shown(capsys, "run-1", "", "day", False, False)
    assert max(map(len, text.splitlines())) <= width
    assert all(word in text for word in ("speech Hello.", "model-1", "paid", "$0.03", "$0.02"))


def test_csv_and_json_hold_every_line_and_the_same_figures(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    as_json = json.loads(shown(capsys, "", "2026-10-05", "run", True, False))
    as_csv = list(csv.DictReader(io.StringIO(shown(capsys, "", "2026-10-05", "run", False, True))))
    assert [{k: str(v) for k, v in row.items()} for row in as_json] == as_csv
    assert len(as_csv) > 5


def test_a_run_is_shown_with_its_estimate_beside_what_was_paid(
    ledger_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_URL", ledger_url)
    with Ledger(ledger_url) as ledger:
        who = Spender("film", "s.md")
        ledger.settle(ledger.reserve(who, "a", REQUEST, price("0.03"), False), price("0.02"))
        ledger.lose(ledger.reserve(who, "b", REQUEST, price("0.05"), False))
        ledger.settle(ledger.reserve(who, "c", REQUEST, price(None), False), price(None))
        ledger.note_owned(who, [Owned("d", "vendor", "m", "s02 picture", Decimal("0.04"))])
    rows = json.loads(shown(capsys, "film", "", "day", True, False))
    assert [(r["state"], r["estimate_usd"], r["usd"], r["saved_usd"]) for r in rows] == [
        ("paid", "0.03", "0.02", "0"),
        ("outcome unknown", "0.05", "0.05", "0"),
        ("paid, price unknown", "1", "1", "0"),
        ("owned", None, "0", "0.04"),
    ]
    assert rows[0]["what"] == "Hello."
    assert "$1.07 in all; $0.04 saved by what was owned" in shown(
        capsys, "film", "", "day", False, False
    )
