"""What checks remember is bounded, and a damaged memory is as good as none."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from flows.film import memory
from flows.film.memory import CheckMemory


def test_what_one_check_kept_the_next_recalls(tmp_path: Path) -> None:
    with closing(CheckMemory(tmp_path / "checks.db")) as told:
        told.keep("a", b"one")
        told.keep("a", b"two")
    with closing(CheckMemory(tmp_path / "checks.db")) as told:
        assert told.recall("a") == b"two"
        assert told.recall("b") is None


def test_a_row_that_was_changed_is_not_believed(tmp_path: Path) -> None:
    with closing(CheckMemory(tmp_path / "checks.db")) as told:
        told.keep("a", b"[true]")
        told.keep("b", b"[false]")
    with closing(sqlite3.connect(tmp_path / "checks.db")) as rows:
        # Another row's, and with that row's proof.
        other = "FROM (SELECT value AS v, proof AS p FROM told WHERE key='b')"
        rows.execute(f"UPDATE told SET value=v, proof=p {other} WHERE key='a'")
        rows.execute(
            "UPDATE told SET (value, proof) = (SELECT value, proof FROM told WHERE key='b')"
        )
        rows.commit()
    with closing(CheckMemory(tmp_path / "checks.db")) as told:
        assert told.recall("a") is None
        assert told.recall("b") == b"[false]"


def test_a_file_that_is_no_database_remembers_nothing(tmp_path: Path) -> None:
    (tmp_path / "checks.db").write_bytes(b"something else" * 99)
    with closing(CheckMemory(tmp_path / "checks.db")) as told:
        told.keep("a", b"one")
        assert told.recall("a") is None


def test_what_was_not_asked_for_the_longest_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MOST_BYTES", 250)
    with closing(CheckMemory(tmp_path / "checks.db")) as told:
        for name in "abc":
            told.keep(name, bytes(100))
    with closing(sqlite3.connect(tmp_path / "checks.db")) as rows:
        kept = rows.execute("SELECT count(*), sum(length(value)) FROM told").fetchone()
    assert kept == (2, 200)
