"""The ledger under many buyers at once, and after their sudden end, in both databases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from flows.money.amounts import OverBudget, Spender
from flows.money.ledger import NANO, Ledger
from flows.money.purse import RunPurse
from providers.requests import Job
from providers.store import Store
from tests.flows.postgres import Server
from tests.flows.spender import CAP, PRICE, REQUEST, price, spender

ROOT = Path(__file__).parents[2]
PROCESSES, TASKS = 8, 50
COLUMN = {"run": "run", "batch": "batch", "day": "day", "month": "day", "provider": "provider"}


def start(*told: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.flows.spender", *told]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def kill(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    process.kill()
    process.communicate()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def purse(ledger_url: str, store: Store) -> Iterator[RunPurse]:
    opened = RunPurse(ledger_url, Spender("next"), store)
    yield opened
    opened.close()


def use_up(ledger: Ledger, cap: str) -> None:
    """Buys until the cap says no."""
    for number in range(PROCESSES * TASKS):
        who, key = spender(cap, f"last-{number}"), f"last-{number}"
        ledger.settle(ledger.reserve(who, key, REQUEST, price(PRICE), False), price(PRICE))


@pytest.mark.slow
@pytest.mark.drill
@pytest.mark.parametrize("cap", list(COLUMN))
def test_eight_processes_of_fifty_buyers_never_pass_a_cap_and_use_it_up(
    ledger_url: str, cap: str
) -> None:
    Ledger(ledger_url).close()
    buyers = [start("spend", ledger_url, cap, f"p{n}", str(TASKS)) for n in range(PROCESSES)]
    for buyer in buyers:
        buyer.communicate(timeout=300)
        assert buyer.returncode == 0
    with Ledger(ledger_url) as ledger:
        assert not ledger.has_open(), "everything ended"
        with pytest.raises(OverBudget):
            use_up(ledger, cap)
        with ledger.reading() as db:
            rows = db.rows(f"SELECT {COLUMN[cap]} AS name, change_nano FROM entries ORDER BY id")
    # The rows are in the order in which they were committed: every moment is one of these sums.
    committed: dict[str, int] = {}
    for row in rows:
        name = row["name"]
        committed[name] = committed.get(name, 0) + row["change_nano"]
        assert committed[name] <= CAP * NANO
    assert len(rows) > PROCESSES * TASKS / 4
    assert CAP - committed[rows[-1]["name"]] / NANO < PRICE


@pytest.mark.slow
def test_what_a_killed_run_held_is_settled_collected_or_listed_by_the_next(
    ledger_url: str, store: Store, purse: RunPurse
) -> None:
    kill(start("hold", ledger_url, store.id(), "kept", "ordered", "lost", "wanted"))
    with store.scratch() as path:
        path.write_bytes(b"bought")
        store.keep(
            "kept", path, media_type="audio/wav", provider="v", model="m", bill=price("0.40")
        )
    store.save_job("ordered", Job(provider="v", id="1", poll_after_s=1))
    collected = purse.reserve("ordered", REQUEST, price("0.50"), True)
    purse.settle(collected, price("0.20"))
    again = purse.reserve("wanted", REQUEST, price("0.50"), False)
    purse.release(again)
    with Ledger(ledger_url) as ledger, ledger.reading() as db:
        ends = db.rows("SELECT key, kind, run FROM entries WHERE kind <> 'reserve'")
    assert {(row["key"], row["kind"], row["run"]) for row in ends} == {
        ("kept", "settle", "dead"),
        ("ordered", "settle", "dead"),
        ("lost", "unknown", "dead"),
        ("wanted", "unknown", "dead"),
        ("wanted", "release", "next"),
    }
    with Ledger(ledger_url) as ledger:
        assert not ledger.has_open()
        assert ledger.committed_usd("dead") == Decimal("1.60")
        assert ledger.committed_usd("next") == 0


@pytest.mark.slow
def test_a_run_that_lives_keeps_its_reservations(
    ledger_url: str, store: Store, purse: RunPurse
) -> None:
    living = start("hold", ledger_url, store.id(), "busy")
    assert living.stdout is not None
    living.stdout.readline()
    with store.if_free("busy") as free:
        assert free
        # We stand in for the living run, which holds its key while it buys.
        purse.release(purse.reserve("other", REQUEST, price("0.10"), False))
    with Ledger(ledger_url) as ledger:
        assert [key for _, key in ledger.open_of(store.id())] == ["busy"]
    living.kill()
    living.communicate()


@pytest.mark.slow
def test_a_writer_killed_in_the_middle_leaves_nothing_half_written_and_blocks_nobody(
    ledger_url: str,
) -> None:
    kill(start("write", ledger_url))
    with Ledger(ledger_url, patience_s=5) as ledger:
        held = ledger.reserve(Spender("next"), "k", REQUEST, price("0.10"), False)
        ledger.settle(held, price("0.10"))
        assert ledger.committed_usd("torn") == 0
        assert ledger.committed_usd("next") == Decimal("0.10")


@pytest.mark.slow
@pytest.mark.xdist_group("postgresql")
def test_a_server_that_was_restarted_is_met_again(postgres: Server, postgres_url: str) -> None:
    with Ledger(postgres_url) as ledger:
        held = ledger.reserve(Spender("r"), "k", REQUEST, price("0.10"), False)
        postgres.stop()
        postgres.start()
        ledger.settle(held, price("0.05"))
        assert ledger.committed_usd("r") == Decimal("0.05")


def test_days_are_those_of_utc(tmp_path: Path) -> None:
    with Ledger(f"sqlite:///{tmp_path}/l.sqlite") as ledger:
        ledger.reserve(Spender("r"), "k", REQUEST, price("0.10"), False)
        with ledger.reading() as db:
            (row,) = db.rows("SELECT day, at FROM entries")
    assert row["at"].startswith(row["day"])
    assert datetime.fromisoformat(row["at"]).tzinfo == UTC
