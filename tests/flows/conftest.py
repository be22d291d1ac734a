"""Ledgers for tests: an empty one in SQLite, and one in PostgreSQL where that can be run."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.postgres import Server, programs, running

_names = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server for all tests of this process."""
    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL: install the dev packages, or postgresql")
    with running(found) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Server) -> str:
    """The address of an empty database."""
    name = f"ledger{next(_names)}"
    postgres.execute(f"CREATE DATABASE {name}")
    return postgres.url(name)


POSTGRESQL = pytest.param(
    "postgresql", marks=[pytest.mark.slow, pytest.mark.xdist_group("postgresql")]
)
"""Starting the server takes a second or two; one worker does all that need it."""


@pytest.fixture(params=["sqlite", POSTGRESQL])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty ledger, in each of the two databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.sqlite"
    url: str = request.getfixturevalue("postgres_url")
    return url
