"""Everything that a batch stands on is killed in turn while it runs; it ends right all the same."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.flows.dots import MODELS
from tests.flows.postgres import Server, running, whole_programs
from tests.flows.served import Served, serving
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill, pytest.mark.xdist_group("prefect")]

FILMS, ASSETS = 6, 6
SCRIPT = """---
title: Film {n}
slug: film-{n}
codec: hevc
image_provider: dot
tts_provider: kokoro
---
@visual: image
@prompt: the title of {n}

This is {word}.

## First
@visual: image
@prompt: the first of {n}

Here {word} begins.

## Second
@visual: image
@prompt: the second of {n}

There {word} ends.
"""
WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord")


class Drill:
    """A batch that runs, and what is killed of it."""

    def __init__(self, served: Served, postgres: Server, lab: Lab) -> None:
        self.served, self.postgres, self.lab = served, postgres, lab
        self.out = served.folder / "films"

    def submit(self) -> str:
        deployment = self.served.deployment("make-batch")["id"]
        told = {"scripts": "talks", "out": str(self.out), "concurrency": 2}
        path = f"/deployments/{deployment}/create_flow_run"
        return str(self.served.ask("POST", path, {"parameters": told})["id"])

    def runs(self, *states: str) -> list[dict[str, Any]]:
        """Runs of the batch in these states."""
        wanted = {"deployments": {"name": {"any_": ["make-batch"]}},
                  "flow_runs": {"state": {"type": {"any_": list(states)}}}}  # fmt: skip
        found: list[dict[str, Any]] = self.served.ask("POST", "/flow_runs/filter", wanted)
        return found

    def bought(self, share: float) -> None:
        """Waits until the vendors were paid for this share of everything."""
        until = time.monotonic() + 240
        while len(self.lab.bill.charges) < share * FILMS * ASSETS:
            assert time.monotonic() < until, "the batch stands still"
            time.sleep(0.05)

    def processes(self, is_one: Callable[[list[bytes]], bool]) -> list[int]:
        found = []
        for pid in self.served.processes("PREFECT_API_URL"):
            with contextlib.suppress(OSError):
                if is_one(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")):
                    found.append(pid)
        return found

    def kill(self, what: str, is_one: Callable[[list[bytes]], bool]) -> None:
        """Kills the first process of the kind that is seen."""
        until = time.monotonic() + 120
        while not (pids := self.processes(is_one)):
            assert time.monotonic() < until, f"no {what} was seen"
            time.sleep(0.01)
        os.kill(pids[0], signal.SIGKILL)

    def summary(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.out / "batch.json").read_text())
        return told

    def unknown_usd(self) -> Decimal:
        """What the ledger lists as unknown, at its quotes."""
        ((nano,),) = self.postgres.rows(
            "ledger",
            "SELECT coalesce(sum(r.change_nano), 0) FROM entries u "
            "JOIN entries r ON r.id = u.reservation WHERE u.kind = 'unknown'",
        )
        return Decimal(nano) / 10**9

    def at_rest(self) -> None:
        """Waits until no run of the batch is under way, and none is to be continued."""
        quiet, until = 0, time.monotonic() + 300
        while quiet < 3:
            assert time.monotonic() < until, "the batch does not end"
            time.sleep(5)
            with contextlib.suppress(OSError):
                quiet = 0 if self.runs("SCHEDULED", "PENDING", "RUNNING") else quiet + 1


@pytest.fixture
def drill(tmp_path: Path) -> Iterator[Drill]:
    found = whole_programs()
    if found is None:
        pytest.skip("no PostgreSQL with pg_trgm: install postgresql")
    talks = tmp_path / "talks"
    talks.mkdir()
    for n, word in enumerate(WORDS, 1):
        (talks / f"film-{n}.md").write_text(SCRIPT.format(n=n, word=word))
    (tmp_path / "models.toml").write_text(MODELS)
    with running(found) as postgres, Lab(latency_s=0.05, queue_s=0.3, work_s=1.5) as lab:
        for database in ("prefect", "ledger"):
            postgres.execute(f"CREATE DATABASE {database}")
        told = lab.urls | {"REELWRIGHT_SHORT_SIDE": "64", "LEDGER_URL": postgres.url("ledger")}
        with serving(tmp_path, "--database", postgres.url("prefect"), **told) as served:
            yield Drill(served, postgres, lab)


def test_a_batch_ends_right_though_all_it_stands_on_is_killed_in_turn(drill: Drill) -> None:
    drill.submit()
    drill.bought(0.1)
    drill.kill("server", lambda told: told[3:5] == [b"server", b"start"])
    drill.bought(0.25)
    drill.postgres.stop()
    time.sleep(1)
    drill.postgres.start()
    drill.bought(0.4)
    drill.kill("worker", lambda told: told[3:5] == [b"worker", b"start"])
    drill.bought(0.55)
    drill.kill("flow", lambda told: b"prefect.engine" in b" ".join(told))
    drill.bought(0.7)
    drill.kill("FFmpeg", lambda told: b"ffmpeg" in told[0])
    drill.at_rest()
    failed = [film for film in drill.summary()["films"] if film["state"] != "done"]
    # A film fails with a sentence at the most; none has lost its way.
    assert not [film for film in failed if film["state"] != "failed" or not film["why"]], failed
    if failed:
        # What a person does who reads the summary: runs it again.
        drill.submit()
        drill.at_rest()
    summary = drill.summary()
    assert {film["state"] for film in summary["films"]} == {"done"}
    assert len(drill.lab.bill.charges) == FILMS * ASSETS
    assert drill.lab.bill.doubles() == {}
    # Each order is rounded up to a billionth of a dollar; what was reserved and perhaps not yet
    # sent when its process was killed is listed as unknown.
    above_usd = Decimal(summary["paid_usd"]) - drill.unknown_usd() - drill.lab.bill.usd
    assert 0 <= above_usd < FILMS * ASSETS * Decimal("1e-9")
    assert drill.lab.violations == ()
