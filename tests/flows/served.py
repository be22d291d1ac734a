"""`reelwright serve` for tests: on free ports, with a home of its own, asked through its API."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from tests.flows.postgres import running, whole_programs

T = TypeVar("T")
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED", "PAUSED")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def waited(look: Callable[[], T], what: str, within_s: float = 300, every_s: float = 0.5) -> T:
    """What `look` finds as soon as it finds something; fails with `what` when it does not."""
    until = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < until, what
        time.sleep(every_s)
    return found


class Refused(Exception):
    """The API answered with an error."""


class Served(NamedTuple):
    """A running `reelwright serve`."""

    folder: Path
    port: int
    films_port: int
    process: subprocess.Popen[str]

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def ask(self, method: str, path: str, told: Any = None) -> Any:
        """One call of Prefect's API. Raises Refused with what it said."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api{path}",
            method=method,
            data=None if told is None else json.dumps(told).encode(),
            headers={"content-type": "application/json"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=120) as answer:
                text = answer.read()
        except urllib.error.HTTPError as refused:
            if refused.code != 503:
                raise Refused(refused.read().decode()) from refused
            # On SQLite the server is busy now and then; Prefect's own clients ask again, too.
            time.sleep(1)
            return self.ask(method, path, told)
        return json.loads(text) if text else None

    def deployment(self, name: str = "make-video") -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/deployments/name/{name}/{name}")
        return found

    def submit(self, key: str | None = None, /, **parameters: Any) -> str:
        """Submits a run of make-video as the form does; its id."""
        told: dict[str, Any] = {"parameters": parameters}
        if key:
            told["idempotency_key"] = key
        path = f"/deployments/{self.deployment()['id']}/create_flow_run"
        return str(self.ask("POST", path, told)["id"])

    def run(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/flow_runs/{run_id}")
        return found

    def ended(self, run_id: str, *states: str, within_s: float = 240) -> dict[str, Any]:
        """The run when it has ended, paused, or come to one of `states` (types)."""
        until = time.monotonic() + within_s
        run = self.run(run_id)
        while time.monotonic() < until and run["state"]["type"] not in (states or ENDED):
            time.sleep(0.25)
            # A server that is started again answers later.
            with contextlib.suppress(OSError):
                run = self.run(run_id)
        return run

    def resume(self, run_id: str, **answer: Any) -> dict[str, Any]:
        """Presses the button of a paused run, when its process has ended; what the API says."""
        while self.processes(run_id):
            time.sleep(0.2)
        # The worker has to have noticed, too: Prefect 3.8 ends it when a run comes back too soon.
        time.sleep(3)
        told: dict[str, Any] = self.ask(
            "POST", f"/flow_runs/{run_id}/resume", {"run_input": answer}
        )
        return told

    def artifacts(self, run_id: str) -> dict[str, dict[str, Any]]:
        """A run's artifacts by type."""
        wanted = {"artifacts": {"flow_run_id": {"any_": [run_id]}}}
        return {one["type"]: one for one in self.ask("POST", "/artifacts/filter", wanted)}

    def processes(self, words: str) -> list[int]:
        """Processes of ours whose environment holds `words`, such as the id of a run."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                told = path.read_bytes()
                if words.encode() in told and str(self.home).encode() in told:
                    found.append(int(path.parent.name))
        return found


@contextlib.contextmanager
def serving_many(folder: Path, *told: str, **env: str) -> Iterator[Served]:
    """Serves on PostgreSQL where that can be run: SQLite is busy now and then on a busy machine."""
    programs = whole_programs()
    with contextlib.ExitStack() as stack:
        if programs is not None:
            postgres = stack.enter_context(running(programs))
            postgres.execute("CREATE DATABASE prefect")
            told = (*told, "--database", postgres.url("prefect"))
        yield stack.enter_context(serving(folder, *told, **env))


@contextlib.contextmanager
def serving(folder: Path, *told: str, **env: str) -> Iterator[Served]:
    """Serves until the end of the block; then it is stopped as by Ctrl-C, and ends by itself."""
    folder.mkdir(parents=True, exist_ok=True)
    ports = free_port(), free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")} | {
        "REELWRIGHT_HOME": str(folder / "home"),
        "REELWRIGHT_MODELS": str(folder / "models.toml"),
        "REELWRIGHT_SHORT_SIDE": "144",
        **env,
    }
    command = [sys.executable, "-P", "-m", "flows", "serve", "--port", str(ports[0]),
               "--films-port", str(ports[1]), *told]  # fmt: skip
    log = folder / "serve.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=said, stderr=said, text=True
        )
        try:
            until = time.monotonic() + 240
            while "\nready:" not in log.read_text():
                if process.poll() is not None or time.monotonic() > until:
                    raise AssertionError(log.read_text())
                time.sleep(0.2)
            yield Served(folder, *ports, process)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            finally:
                process.kill()
