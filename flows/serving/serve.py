"""Everything on one machine: `reelwright serve` starts it, keeps it running, and stops it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from flows.cli.desk import BAD_INPUT, BUG, DONE, plain, say
from flows.serving.children import Child
from flows.serving.schedules import Plan, read_plan
from flows.settings import Settings, load_settings

READY_S = 180.0
"""How long the server may take to answer: it makes its database first."""
STOP_S = 20.0
"""How long children may take to end; runs that are under way write down where they are."""


class Serving(NamedTuple):
    """What is to be served, and where."""

    settings: Settings
    plan: Plan
    films: Path
    deployments: Path
    schedules: Path
    host: str
    port: int
    films_port: int
    pools: tuple[str, ...]
    at_once: int
    """Films that one pool's worker makes at a time."""
    database: str
    resume: bool

    @property
    def home(self) -> Path:
        """Prefect's own folder: its database, where none is named, and what it was told."""
        return (self.settings.home / "prefect").absolute()

    @property
    def url(self) -> str:
        """Where this machine reaches the server."""
        return f"http://{_reachable(self.host)}:{self.port}"

    @property
    def films_url(self) -> str:
        return f"http://{_reachable(self.host)}:{self.films_port}/films"

    def environment(self) -> dict[str, str]:
        """What all children are told; what the operator sets for Prefect goes before."""
        ours = {
            "PREFECT_HOME": str(self.home),
            "PREFECT_SERVER_UI_API_URL": "/api",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
            "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
            "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
            "PREFECT_CLIENT_MAX_RETRIES": "10",
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
            "PREFECT_WORKER_QUERY_SECONDS": "2",
            "PREFECT_WORKER_HEARTBEAT_SECONDS": "10",
            "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        }
        if self.database:
            ours["PREFECT_API_DATABASE_CONNECTION_URL"] = _for_prefect(self.database)
        if "gpu" in self.pools:
            ours["GPU_DEPLOYMENT"] = "make-things/make-things"
        told = ours | dict(os.environ)
        told |= {
            "PREFECT_API_URL": f"{self.url}/api",
            "REELWRIGHT_HOME": str(self.settings.home.absolute()),
            "REELWRIGHT_FILMS": str(self.films),
            "REELWRIGHT_FILMS_URL": self.settings.films_url or self.films_url,
            "REELWRIGHT_SCRIPTS": str((self.settings.scripts or Path.cwd()).absolute()),
        }
        return told


def serve(serving: Serving) -> int:
    """Runs until SIGINT or SIGTERM; then ends what it started, workers first."""
    for port in (serving.port, serving.films_port):
        if _taken(serving.host, port):
            return say(f"port {port} is taken; choose another (--port, --films-port)", BAD_INPUT)
    if missing := missing_of(serving):
        return say("\n".join(missing), BAD_INPUT)
    for sentence in absent(serving):
        plain(f"note: {sentence}")
    serving.films.mkdir(parents=True, exist_ok=True)
    serving.home.mkdir(parents=True, exist_ok=True)
    environment = serving.environment()
    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _frame: stopped.append(got))
    server, *others = _children(serving, environment)
    running: list[Child] = []
    try:
        for child in (server, others[0]):
            child.start()
            running.append(child)
        plain(f"starting; the UI will be at {serving.url}")
        if not _ready(f"{serving.url}/api/health", lambda: bool(stopped)):
            return DONE if stopped else say("Prefect's server does not answer", BUG)
        if problem := _set_up(serving, environment):
            return say(problem, BUG)
        for child in others[1:]:
            child.start()
            running.append(child)
        plain(f"ready: {serving.url} (films: {serving.films_url.removesuffix('films')})")
        while not stopped:
            time.sleep(0.2)
            for child in running:
                child.tend()
        return DONE
    finally:
        plain("stopping")
        until = time.monotonic() + STOP_S
        # The server last: workers tell it how their runs ended.
        for child in reversed(running[1:]):
            child.ask_to_stop()
        for child in reversed(running[1:]):
            child.stop(until)
        for child in running[:1]:
            child.ask_to_stop()
            child.stop(time.monotonic() + STOP_S)


def missing_of(serving: Serving) -> list[str]:
    """A sentence for each thing without which nothing can be set up."""
    told = []
    if not serving.deployments.exists():
        told.append(f"{serving.deployments} is not there: it names the deployments")
    told += [
        f"{notice.name} cannot be told: set {notice.secret_env}"
        for notice in serving.plan.notify
        if not os.environ.get(notice.secret_env)
    ]
    return told


def absent(serving: Serving) -> list[str]:
    """A sentence for each script or folder of a schedule that is not there yet."""
    below = serving.settings.scripts or Path.cwd()
    told = []
    for schedule in serving.plan.schedule:
        named = schedule.parameters.get("script") or schedule.parameters.get("folder")
        if isinstance(named, str) and "\n" not in named and not (below / named).exists():
            told.append(f"{schedule.name}: there is no {below / named}")
    return told


def check(serving: Serving) -> int:
    """`reelwright serve --check`: what would run when, and what is missing. Starts nothing."""
    plain(f"UI {serving.url}, films {serving.films} at {serving.films_url}")
    plain(f"pools: {', '.join(serving.pools)}, {serving.at_once} films at once in each")
    # The address without its password.
    plain(f"database: {serving.database.rsplit('@', 1)[-1] or 'SQLite below ' + str(serving.home)}")
    now = datetime.now(UTC)
    for one in serving.plan.schedule:
        budget = "" if one.budget_usd is None else f", at most ${one.budget_usd} a run"
        plain(f"{one.name}: {one.run}, {one.cron} in {one.timezone}{budget}")
        times = [f"{time:%a %Y-%m-%d %H:%M %Z}" for time in one.next_times(3, now)]
        plain(f"  next: {', '.join(times)}" if one.active else "  is switched off")
    if not serving.plan.schedule:
        plain(f"nothing is scheduled: {serving.schedules} names nothing")
    for notice in serving.plan.notify:
        plain(f"{notice.name}: told by {notice.kind} of: {', '.join(notice.on)}")
    missing = missing_of(serving) + absent(serving)
    missing += [
        f"port {port} is taken" for port in (serving.port, serving.films_port)
        if _taken(serving.host, port)
    ]  # fmt: skip
    return say("\n".join(missing), BAD_INPUT) if missing else DONE


def serving_of(
    host: str, port: int, films_port: int, gpu: bool, at_once: int, films: Path | None,
    database: str, deployments: Path | None, schedules: Path, resume: bool,
) -> Serving:  # fmt: skip
    """What the command line and the settings make of it. Raises Misconfigured."""
    settings = load_settings()
    shipped = Path(__file__).parents[2] / "prefect.yaml"
    named = deployments or (Path("prefect.yaml") if Path("prefect.yaml").exists() else shipped)
    return Serving(
        settings, read_plan(schedules), (films or settings.films or Path("films")).absolute(),
        named.absolute(), schedules.absolute(), host, port, films_port,
        ("cpu", "gpu") if gpu else ("cpu",), at_once, database, resume,
    )  # fmt: skip


def _children(serving: Serving, environment: dict[str, str]) -> list[Child]:
    """The server, the films, then who watches over runs, and a worker for each pool."""
    prefect = [sys.executable, "-m", "prefect"]
    port, host = str(serving.port), serving.host
    films = [str(serving.films), "--host", host, "--port", str(serving.films_port)]
    watch = ["--resume"] if serving.resume else []
    limit = str(serving.at_once)
    ours = [sys.executable, "-P", "-m"]
    commands = {
        "server": [*prefect, "server", "start", "--host", host, "--port", port],
        "films": [*ours, "flows.serving.films_server", *films],
        "watch": [*ours, "flows.orchestration.watch", *watch],
    }
    for pool in serving.pools:
        name = f"{socket.gethostname()}-{pool}"
        told = ["--pool", pool, "--type", "process", "--limit", limit, "--name", name]
        commands[f"worker {pool}"] = [*prefect, "worker", "start", *told]
    logs = serving.home / "logs"
    return [Child(name, command, environment, logs) for name, command in commands.items()]


def _set_up(serving: Serving, environment: dict[str, str]) -> str:
    """Pools, automations and deployments; a sentence when one cannot be made."""
    merged = serving.home / "deployments.yaml"
    told = ["--yaml", serving.deployments, "--schedules", serving.schedules, "--to", merged]
    steps = (
        [sys.executable, "-P", "-m", "flows.orchestration.setup", *map(str, told),
         "--pools", ",".join(serving.pools)],
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all",
         "--prefect-file", str(merged)],
    )  # fmt: skip
    for step in steps:
        done = _run(step, serving.home, environment)
        if done.returncode:
            # A server that has just begun may turn a connection down once.
            time.sleep(1)
            done = _run(step, serving.home, environment)
        if done.returncode:
            lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
            return f"the deployments could not be made: {lines[-1] if lines else step}"
    return ""


def _run(
    step: list[str], folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        step, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )


def _ready(url: str, stopped: Callable[[], bool]) -> bool:
    until = time.monotonic() + READY_S
    while time.monotonic() < until and not stopped():
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
                if answer.status == 200:
                    return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    return False


def _for_prefect(database: str) -> str:
    """The address as Prefect's own driver takes it."""
    for plain_name in ("postgresql://", "postgres://"):
        if database.startswith(plain_name):
            return "postgresql+asyncpg://" + database.removeprefix(plain_name)
    return database


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - all of them


def _taken(host: str, port: int) -> bool:
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex((_reachable(host), port)) == 0
