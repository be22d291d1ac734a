"""The ways in which `bench.scale` makes its films, and what is seen meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from bench.processes import below, command_of, environment_of, kill, processor_s, resident_mb
from bench.scale_scripts import write_scripts
from tests.flows.dots import MODELS
from tests.flows.films import reelwright
from tests.flows.postgres import Server
from tests.flows.served import Served, serving
from tests.lab.server import Lab

LOOK_S = 1.0
STALLED_S = 900.0
"""Without a film for so long, a run is given up."""
LOST_S = 45.0
"""So long after a batch lost its run without a successor, `reelwright resume` is called."""
ACTIVE = ("SCHEDULED", "PENDING", "RUNNING", "CANCELLING")
COMPLAINT = re.compile(
    r"is locked|deadlock|\b503 Service|too many clients|queue is full|dropping message",
    re.IGNORECASE,
)


class Sample(NamedTuple):
    """How it stood at one moment; processor seconds by role, since the films were begun."""

    at_s: float
    done: int
    processor_s: dict[str, float]
    most_mb: float
    connections: int


@dataclass
class Gone:
    """What came of making all films in one way."""

    wall_s: float
    done: int
    paid_usd: Decimal
    unknown: int
    samples: list[Sample]
    complaints: list[str]
    told: list[tuple[str, str]] = field(default_factory=list)


class _Watch:
    """Counts films, processor time, memory and connections while something goes on."""

    def __init__(self, parts: list[Path], films: Path, postgres: Server) -> None:
        self.parts, self.films, self.postgres = parts, films, postgres
        self.began = time.monotonic()
        self.samples = list[Sample]()
        self._before = processor_s(postgres.process.pid)
        self._peak = dict[str, float]()

    def look(self, roles: dict[str, list[int]]) -> Sample:
        """One look; a role's time never falls, also when one of its processes is killed."""
        spent = {role: processor_s(*pids) for role, pids in roles.items()}
        spent["PostgreSQL"] = processor_s(self.postgres.process.pid) - self._before
        self._peak = {role: max(s, self._peak.get(role, 0.0)) for role, s in spent.items()}
        held = [resident_mb(one.pid) for one in below(*roles["workers"])]
        seen = self.seconds, self.done, self._peak, max(held, default=0.0), self._connections()
        self.samples.append(Sample(*seen))
        return self.samples[-1]

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    @property
    def done(self) -> int:
        return sum(1 for _ in self.films.glob("*/film-*/receipt.json"))

    def summary(self, part: Path) -> dict[str, Any]:
        """What a batch says of itself; empty before it has begun."""
        file = self.films / part.name / "batch.json"
        with contextlib.suppress(OSError):
            told: dict[str, Any] = json.loads(file.read_text())
            return told
        return {}

    def is_done(self, part: Path) -> bool:
        """Whether a batch has ended with all its films."""
        told = self.summary(part)
        return bool(told) and not told["is_running"] and {f["state"] for f in told["films"]} == {
            "done"
        }  # fmt: skip

    def gone(self, database: str, logs: Path) -> Gone:
        paid = [Decimal(self.summary(part).get("paid_usd") or 0) for part in self.parts]
        ((unknown,),) = self.postgres.rows(
            database, "SELECT count(*) FROM entries WHERE kind = 'unknown'"
        )
        return Gone(
            self.seconds, self.done, sum(paid, Decimal(0)), unknown, self.samples,
            list(complaints(logs)),
        )  # fmt: skip

    def wait(self, until: Callable[[], bool], roles: Callable[[], dict[str, list[int]]]) -> str:
        """Looks until it is done; else says why it was given up: what was seen so far counts."""
        self.look(roles())
        try:
            while not until():
                last = next(s for s in self.samples if s.done == self.samples[-1].done)
                if self.seconds - last.at_s > STALLED_S:
                    return f"no film came for {STALLED_S:.0f} s"
                time.sleep(LOOK_S)
                self.look(roles())
        except KeyboardInterrupt:
            return "interrupted"
        return ""

    def _connections(self) -> int:
        return int(self.postgres.rows("postgres", "SELECT count(*) FROM pg_stat_activity")[0][0])


def complaints(logs: Path) -> Iterator[str]:
    """Lines of logs that tell of locks, of a busy server, or of records that were dropped."""
    for log in sorted(logs.rglob("*.log")):
        for line in log.read_text(errors="replace").splitlines():
            if COMPLAINT.search(line):
                yield f"{log.name}: {line.strip()[:200]}"


def _told(folder: Path, lab: Lab, postgres: Server, ledger: str) -> dict[str, str]:
    (folder / "models.toml").write_text(MODELS)
    return lab.urls | {
        "REELWRIGHT_HOME": str(folder / "home"),
        "REELWRIGHT_MODELS": str(folder / "models.toml"),
        "REELWRIGHT_SHORT_SIDE": "64",
        "LEDGER_URL": postgres.url(ledger),
    }


def directly(
    size: tuple[int, int, int], folder: Path, postgres: Server, lab: Lab, ledger: str
) -> Gone:
    """A `reelwright batch` for each part, all at once, without Prefect."""
    films, workers, at_once = size
    parts = write_scripts(folder / "scripts", films, workers)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    environment |= _told(folder, lab, postgres, ledger)
    watch = _Watch(parts, folder / "films", postgres)
    running = list[subprocess.Popen[bytes]]()
    for part in parts:
        command = [sys.executable, "-P", "-m", "flows", "batch", str(part), "--out",
                   str(watch.films / part.name), "--concurrency", str(at_once)]  # fmt: skip
        with (folder / f"{part.name}.log").open("wb") as log:
            running.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
    try:
        watch.wait(
            lambda: all(one.poll() is not None for one in running),
            lambda: {"workers": [one.pid for one in running]},
        )
    finally:
        for one in running:
            one.kill()
    return watch.gone(ledger, folder)


class _Crew:
    """The workers of a served Prefect: serve's own, and others as on further machines."""

    def __init__(self, served: Served, count: int) -> None:
        (own,) = self.pids(served)
        self.served, self._command, self._told = served, command_of(own), environment_of(own)
        self.others = {f"further-{n}": self._start(f"further-{n}") for n in range(1, count)}
        self.kills = 0

    @staticmethod
    def pids(served: Served) -> list[int]:
        found = served.processes("PREFECT_API_URL")
        return [pid for pid in found if command_of(pid)[3:5] == ["worker", "start"]]

    def kill_one(self, chance: random.Random) -> None:
        """Kills a worker and all below it; serve starts its own again, we the others."""
        pids = self.pids(self.served)
        if pids and kill(chance.choice(pids)):
            self.kills += 1

    def tend(self) -> None:
        for name, process in self.others.items():
            if process.poll() is not None:
                self.others[name] = self._start(name)

    def stop(self) -> None:
        """Nothing runs any more: they are ended at once."""
        for process in self.others.values():
            kill(process.pid)
            process.wait()

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        command = [*self._command[:-1], name]
        log_file = self.served.home / "prefect" / "logs" / f"worker-{name}.log"
        with log_file.open("ab") as log:
            return subprocess.Popen(
                command, env=self._told, stdout=log, stderr=log, start_new_session=True
            )


def through_prefect(
    size: tuple[int, int, int], folder: Path, postgres: Server, lab: Lab, ledger: str,
    prefect: str, kill_every_s: float | None,
) -> Gone:  # fmt: skip
    """A run of make-batch for each part; a worker takes one at a time."""
    films, workers, at_once = size
    parts = write_scripts(folder / "scripts", films, workers)
    told = _told(folder, lab, postgres, ledger)
    with serving(folder, "--database", postgres.url(prefect), "--at-once", "1", **told) as served:
        crew = _Crew(served, workers)
        try:
            watch = _Watch(parts, folder / "films", postgres)
            nurse = _Nurse(served, crew, watch, at_once, kill_every_s)
            nurse.submit(parts)
            why = watch.wait(nurse.round, nurse.roles)
            gone = watch.gone(ledger, served.home / "prefect" / "logs")
            gone.told = [*nurse.told(), *([("given up", why)] if why else [])]
        finally:
            crew.stop()
    return gone


class _Nurse:
    """What an operator does while batches run: nothing, unless one stands still."""

    def __init__(
        self, served: Served, crew: _Crew, watch: _Watch, at_once: int, every_s: float | None
    ) -> None:
        self.served, self.crew, self.watch = served, crew, watch
        self.at_once, self.every_s = at_once, every_s
        self.resumed = self.again = 0
        self._chance, self._killed_at = random.Random(1), 0.0
        self._lost_since: float | None = None
        self._server = [
            pid for pid in served.processes("PREFECT_API_URL")
            if command_of(pid)[3:5] == ["server", "start"]
        ]  # fmt: skip
        self._deployment = served.deployment("make-batch")["id"]

    def submit(self, parts: list[Path]) -> None:
        for part in parts:
            parameters = {"scripts": str(part), "out": str(self.watch.films / part.name),
                          "concurrency": self.at_once}  # fmt: skip
            path = f"/deployments/{self._deployment}/create_flow_run"
            self.served.ask("POST", path, {"parameters": parameters})

    def roles(self) -> dict[str, list[int]]:
        return {"workers": self.crew.pids(self.served), "Prefect's server": self._server}

    def round(self) -> bool:
        """Whether all is done; else kills who is to be killed, and looks after what is lost."""
        left = [part for part in self.watch.parts if not self.watch.is_done(part)]
        if not left:
            return True
        self.crew.tend()
        now = self.watch.seconds
        if self.every_s and now - self._killed_at > self.every_s:
            self._killed_at = now
            self.crew.kill_one(self._chance)
        if len(self._runs(*ACTIVE)) >= len(left):
            self._lost_since = None
        elif self._lost_since is None:
            self._lost_since = now
        elif now - self._lost_since > LOST_S:
            self._lost_since = None
            self._help(left)
        return False

    def told(self) -> list[tuple[str, str]]:
        ended = Counter(run["state_type"] for run in self._runs())
        runs = ", ".join(f"{number} {state.lower()}" for state, number in ended.items())
        return [
            ("workers killed", str(self.crew.kills)),
            ("runs of make-batch", runs),
            ("times `reelwright resume` was called; batches submitted again",
             f"{self.resumed}; {self.again}"),
        ]  # fmt: skip

    def _help(self, left: list[Path]) -> None:
        """Continues what crashed; when there is nothing of the kind, submits the batch again."""
        url = f"http://127.0.0.1:{self.served.port}/api"
        said = reelwright("resume", home=self.served.home, PREFECT_API_URL=url).stdout
        self.resumed += 1
        if "nothing crashed" in said:
            active = [run["parameters"]["scripts"] for run in self._runs(*ACTIVE)]
            lost = [part for part in left if str(part) not in active]
            self.again += len(lost)
            self.submit(lost)

    def _runs(self, *states: str) -> list[dict[str, Any]]:
        """Runs of make-batch in these states; in any state where none is named."""
        wanted: dict[str, Any] = {"deployments": {"name": {"any_": ["make-batch"]}}}
        if states:
            wanted["flow_runs"] = {"state": {"type": {"any_": list(states)}}}
        found: list[dict[str, Any]] = self.served.ask("POST", "/flow_runs/filter", wanted)
        return found
