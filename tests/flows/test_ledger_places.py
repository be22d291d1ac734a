"""Where a ledger lies: every address that is wrong or cannot be used is one sentence."""

from __future__ import annotations

import builtins
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flows.money.amounts import Caps, LedgerUnusable, OverBudget, Spender
from flows.money.costs import sums_by
from flows.money.ledger import Ledger
from flows.money.ledger_tables import VERSION
from tests.flows.films import reelwright
from tests.flows.postgres import PASSWORD, Server
from tests.flows.spender import REQUEST, price

SECRET = "hunter2"


def refusal(url: str, patience_s: float = 5) -> str:
    with pytest.raises(LedgerUnusable) as refused:
        Ledger(url, patience_s)
    told = str(refused.value)
    assert "\n" not in told
    assert SECRET not in told
    assert PASSWORD not in told
    return told


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ledger.sqlite", "is not an address"),
        (f"postgresql:{SECRET}", "is not an address"),
        (f"mysql://u:{SECRET}@host/db", "neither SQLite nor PostgreSQL"),
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        (f"postgresql://u:{SECRET}@host", "names no database"),
        (f"postgresql://u:{SECRET}@host:port/db", "a port that is no number"),
        (f"postgresql://u:p@{SECRET}@host/db", "write @ as %40"),
        (f"postgresql://u:p/{SECRET}@host/db", "write @ as %40"),
        (f"postgresql://u:p#{SECRET}@host/db", "write @ as %40"),
        (f"postgresql://[{SECRET}/db", "is not an address"),
    ],
)
def test_a_wrong_address_says_how_one_is_written(url: str, told: str) -> None:
    assert told in refusal(url)


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    pytest.importorskip("psycopg")
    told = refusal(f"postgresql://u:{SECRET}@127.0.0.1:9/db")
    assert told.startswith("the ledger 127.0.0.1:9/db cannot be used: ")
    assert told.endswith("check LEDGER_URL and that the server runs")
    refusal(f"postgresql://u@127.0.0.1:9/db?password={SECRET}")
    refusal(f"postgresql://u@127.0.0.1:9/db?nonsense={SECRET}")


def test_a_missing_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    there = builtins.__import__

    def without(name: str, *told: Any) -> Any:
        if name.startswith("psycopg"):
            raise ImportError(name)
        return there(name, *told)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "pip install 'reelwright[postgres]'" in refusal("postgresql://u:p@host/db")


@pytest.mark.slow
@pytest.mark.xdist_group("postgresql")
def test_a_wrong_password_or_database_is_one_sentence(postgres: Server) -> None:
    assert "password authentication failed" in refusal(postgres.url().replace(PASSWORD, SECRET))
    assert '"nowhere" does not exist' in refusal(postgres.url("nowhere"))


@pytest.mark.slow
@pytest.mark.xdist_group("postgresql")
def test_a_writer_that_hangs_is_waited_for_only_so_long(postgres_url: str) -> None:
    with (
        Ledger(postgres_url, patience_s=30) as slow,
        Ledger(postgres_url, patience_s=0.2) as ledger,
        slow._place.writing(),
        pytest.raises(LedgerUnusable) as late,
    ):
        ledger.reserve(Spender("r"), "k", REQUEST, price("0.1"), False)
    assert "lock timeout" in str(late.value)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be made: Not a directory" in refusal(f"sqlite:///{tmp_path}/file/x/l.sqlite")
    assert "is the folder writable?" in refusal("sqlite:////proc/ledger.sqlite")


def test_a_locked_file_is_waited_for_and_then_one_sentence(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/l.sqlite"
    with (
        Ledger(url) as ledger,
        Ledger(url, patience_s=0.1) as second,
        ledger._place.writing(),
        pytest.raises(LedgerUnusable, match=r"l.sqlite is locked by another program; end "),
    ):
        second.reserve(Spender("r"), "k", REQUEST, price("0.1"), False)


@pytest.mark.parametrize("bytes_of", [b"no ledger at all" * 400, None])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, bytes_of: bytes | None) -> None:
    file = tmp_path / "l.sqlite"
    url = f"sqlite:///{file}"
    with Ledger(url) as ledger:
        ledger.reserve(Spender("r"), "k", REQUEST, price("0.1"), False)
    whole = file.read_bytes()
    file.write_bytes(bytes_of or whole[:100] + b"\xff" * (len(whole) - 100))
    assert "damaged" in refusal(url)


def test_a_ledger_of_a_newer_program_is_left_alone(ledger_url: str) -> None:
    with Ledger(ledger_url) as ledger, ledger._place.writing() as db:
        db.run("UPDATE about SET version = :version", {"version": VERSION + 1})
    assert "was written by a newer Reelwright" in refusal(ledger_url)


def test_a_ledger_from_before_versions_is_taken_over_with_its_money(tmp_path: Path) -> None:
    file = tmp_path / "l.sqlite"
    db = sqlite3.connect(file)
    db.execute(
        "CREATE TABLE entries (id INTEGER NOT NULL PRIMARY KEY, at VARCHAR NOT NULL, "
        "run VARCHAR NOT NULL, script VARCHAR NOT NULL, key VARCHAR NOT NULL, "
        "kind VARCHAR NOT NULL, reservation INTEGER, provider VARCHAR NOT NULL, "
        "model VARCHAR NOT NULL, capability VARCHAR NOT NULL, change_nano BIGINT NOT NULL, "
        "items VARCHAR NOT NULL)"
    )
    for column in ("run", "key", "reservation"):
        db.execute(f"CREATE INDEX ix_entries_{column} ON entries ({column})")
    at = "2026-11-{:02d}T10:00:00+00:00"
    for row in (
        (1, at.format(1), "k1", "reserve", None, 500_000_000),
        (2, at.format(2), "k1", "settle", 1, -200_000_000),
        (3, at.format(2), "k2", "reserve", None, 100_000_000),
    ):
        told = (*row[:2], "r", "s", row[2], row[3], row[4], "vendor", "m", "speech", row[5], "[]")
        db.execute(f"INSERT INTO entries VALUES ({','.join('?' * 12)})", told)
    db.commit()
    db.close()
    with Ledger(f"sqlite:///{file}") as ledger:
        assert ledger.committed_usd("r") == Decimal("0.4")
        days = {row["day"]: row["usd"] for row in sums_by(ledger, "day", "")}
        assert days == {"2026-11-01": Decimal("0.3"), "2026-11-02": Decimal("0.1")}
        assert ledger.open_of("any") == [(3, "k2")]
        caps = Caps(provider_usd=(("vendor", Decimal("0.5")),))
        with pytest.raises(OverBudget):
            ledger.reserve(Spender("r", caps=caps), "k3", REQUEST, price("0.2"), False)


@pytest.mark.slow
def test_the_commands_say_one_sentence_and_no_password(tmp_path: Path) -> None:
    url = f"postgresql://u:{SECRET}@127.0.0.1:9/db"
    done = reelwright("costs", home=tmp_path, LEDGER_URL=url)
    assert done.returncode == 2
    assert done.stderr.startswith("the ledger 127.0.0.1:9/db cannot be used: ")
    assert SECRET not in done.stdout + done.stderr
    done = reelwright("doctor", home=tmp_path, LEDGER_URL=url)
    assert SECRET not in done.stdout + done.stderr
