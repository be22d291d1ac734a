"""From `LEDGER_URL` to a database that can be written, or one sentence that says why not.

SQL is written once, for both databases, with `:name` for values. The drivers are used as they are:
an abstraction over them would take longer to load than a million rows take to sum.
"""

from __future__ import annotations

import functools
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from flows.money.amounts import LedgerUnusable

_FORMS = "postgresql://user:password@host/name or sqlite:////folder/ledger.sqlite"
_LOCK = 7_130_817_241_906_552_103
"""Any number, but always this one: who writes to the ledger holds it (PostgreSQL)."""
_SQLITE_SAYS = {
    "SQLITE_CANTOPEN": "cannot be opened or made there; is the folder writable?",
    "SQLITE_READONLY": "is read-only; it must be writable, and so must its folder",
    "SQLITE_BUSY": "is locked by another program; end that program and run again",
    "SQLITE_LOCKED": "is locked by another program; end that program and run again",
    "SQLITE_NOTADB": "is damaged or no ledger at all; put a copy back, or move it away",
    "SQLITE_CORRUPT": "is damaged; put a copy back, or move it away to begin a new one",
    "SQLITE_FULL": "cannot grow: the disk is full",
}


class Dialect(NamedTuple):
    """What differs between the two databases."""

    connect: Callable[[], Any]
    begin: tuple[str, ...]
    """Statements after which nobody else writes until the transaction ends."""
    row_id: str
    tables: str
    value: str
    """What `:name` becomes."""
    now: str
    """Unix seconds by the database's own clock: that of machines may differ."""
    broken: type[Exception]
    excused: type[Exception]
    """Errors that are ours, not the database's."""


class Database:
    """A connection on which SQL with `:name` values is run."""

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        self.connection, self.dialect = connection, dialect

    def run(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        self.connection.execute(_spelled(sql, self.dialect.value), values or {})

    def run_each(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> None:
        self.connection.cursor().executemany(_spelled(sql, self.dialect.value), list(rows))

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[Any]:
        """All rows of an answer; columns by their names."""
        told = self.connection.execute(_spelled(sql, self.dialect.value), values or {})
        found: list[Any] = told.fetchall()
        return found


class Place:
    """Where a ledger lies: one connection, used by one thread at a time."""

    def __init__(self, dialect: Dialect, shown: str, secrets: tuple[str, ...]) -> None:
        self.dialect, self.shown, self._secrets = dialect, shown, secrets
        self._turn = threading.Lock()
        self._database: Database | None = None

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """A transaction that no other writer is inside of. Raises LedgerUnusable."""
        with self._turn, self.plainly():
            db = self._begun()
            try:
                yield db
                db.run("COMMIT")
            except BaseException:
                self._give_up(db)
                raise

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """A connection that waits for no writer. Raises LedgerUnusable."""
        with self._turn, self.plainly():
            db = self._connected()
            try:
                yield db
            finally:
                if getattr(db.connection, "closed", False):
                    self._database = None

    def close(self) -> None:
        """Ends the connection; a later use begins another."""
        with self._turn:
            if self._database is not None:
                self._database.connection.close()
            self._database = None

    def _connected(self) -> Database:
        if self._database is None:
            self._database = Database(self.dialect.connect(), self.dialect)
        return self._database

    def _begun(self) -> Database:
        """A transaction with the pen in hand; a server that was restarted is met once more."""
        while True:
            was_open = self._database is not None
            db = self._connected()
            try:
                for statement in self.dialect.begin:
                    db.run(statement)
            except self.dialect.broken:
                is_lost = bool(getattr(db.connection, "closed", False))
                self._give_up(db)
                if not (was_open and is_lost):
                    raise
            else:
                return db

    def _give_up(self, db: Database) -> None:
        try:
            db.connection.rollback()
        except self.dialect.broken:
            self._database = None
        if getattr(db.connection, "closed", False):
            self._database = None

    @contextmanager
    def plainly(self) -> Iterator[None]:
        """Turns what the database raises into LedgerUnusable, with a sentence."""
        try:
            yield
        except self.dialect.excused:
            raise
        except self.dialect.broken as broken:
            raise LedgerUnusable(f"the ledger {self.shown} {self._why(broken)}") from None

    def _why(self, broken: Exception) -> str:
        name = str(getattr(broken, "sqlite_errorname", ""))
        for known, sentence in _SQLITE_SAYS.items():
            if name.startswith(known):
                return sentence
        said = (str(broken).strip() or "no reason given").splitlines()[0]
        for secret in self._secrets:
            said = said.replace(secret, "***")
        advice = "" if name else "; check LEDGER_URL and that the server runs"
        return f"cannot be used: {said}{advice}"


def open_place(url: str, patience_s: float) -> Place:
    """The database behind `url`. Another writer is waited for `patience_s` seconds.

    Raises LedgerUnusable. No sentence repeats what could be a password.
    """
    scheme, found, rest = url.partition("://")
    if not found:
        raise LedgerUnusable(f"LEDGER_URL is not an address; write {_FORMS}")
    if scheme == "sqlite":
        if not rest.startswith("/") or rest in ("/", "/:memory:"):
            raise LedgerUnusable(f"LEDGER_URL names no file; write {_FORMS}")
        return _sqlite(Path(rest[1:]), patience_s)
    if scheme in ("postgresql", "postgres"):
        return _postgres(url, patience_s)
    raise LedgerUnusable(f"LEDGER_URL names neither SQLite nor PostgreSQL; write {_FORMS}")


def _sqlite(path: Path, patience_s: float) -> Place:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        why = wrong.strerror or str(wrong)
        raise LedgerUnusable(f"the ledger's folder {path.parent} cannot be made: {why}") from None

    def connect() -> sqlite3.Connection:
        # No transactions but our own; threads take turns; a commit is on the disk when it returns.
        db = sqlite3.connect(
            path, timeout=patience_s, isolation_level=None, check_same_thread=False
        )
        db.row_factory = sqlite3.Row
        _write_ahead(db, patience_s)
        db.execute("PRAGMA synchronous=FULL")
        return db

    dialect = Dialect(
        connect=connect,
        begin=("BEGIN IMMEDIATE",),
        row_id="INTEGER PRIMARY KEY",
        tables="SELECT name FROM sqlite_master WHERE type = 'table'",
        value=r":\1",
        now="(julianday('now') - 2440587.5) * 86400.0",
        broken=sqlite3.Error,
        excused=sqlite3.IntegrityError,
    )
    return Place(dialect, str(path), ())


def _write_ahead(db: sqlite3.Connection, patience_s: float) -> None:
    """Switches a new file to write-ahead logging, which SQLite refuses while others open it."""
    until = time.monotonic() + patience_s
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as busy:
            if busy.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _postgres(url: str, patience_s: float) -> Place:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise LedgerUnusable(f"LEDGER_URL is not an address; write {_FORMS}") from None
    if parts.netloc.count("@") > 1 or "@" in parts.path + parts.query + parts.fragment:
        raise LedgerUnusable(
            "LEDGER_URL has a sign in its user or password that divides addresses: "
            "write @ as %40, / as %2F, ? as %3F, # as %23"
        )
    try:
        port, name = parts.port, parts.path.strip("/")
    except ValueError:
        raise LedgerUnusable(f"LEDGER_URL has a port that is no number; write {_FORMS}") from None
    if not name:
        raise LedgerUnusable(f"LEDGER_URL names no database; write {_FORMS}")
    try:
        import psycopg
        from psycopg.rows import dict_row
    except ImportError:
        raise LedgerUnusable(
            "a ledger in PostgreSQL needs its driver: pip install 'reelwright[postgres]'"
        ) from None
    address = url if url.startswith("postgresql") else "postgresql" + url.removeprefix("postgres")

    def connect() -> Any:
        db = psycopg.connect(address, autocommit=True, connect_timeout=10, row_factory=dict_row)
        # A writer that froze inside its transaction is cut off: nobody waits for ever.
        for setting in ("lock_timeout", "idle_in_transaction_session_timeout"):
            db.execute(f"SET {setting} = {int(patience_s * 1000)}")
        return db

    dialect = Dialect(
        connect=connect,
        begin=("BEGIN", f"SELECT pg_advisory_xact_lock({_LOCK})"),
        row_id="BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
        tables="SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()",
        value=r"%(\1)s",
        now="CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)",
        broken=psycopg.Error,
        excused=psycopg.IntegrityError,
    )
    server = f"{parts.hostname or 'on this machine'}{f':{port}' if port else ''}"
    hidden = {parts.password or "", unquote(parts.password or ""), parts.query} - {""}
    return Place(dialect, f"{server}/{name}", tuple(hidden))


@functools.lru_cache(maxsize=64)
def _spelled(sql: str, value: str) -> str:
    return re.sub(r":(\w+)", value, sql)
