"""A run that is cancelled in the UI: its encoder, its orders, its money and its half-made files."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from tests.flows.films import reelwright
from tests.flows.served import Served, serving_many, waited
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill, pytest.mark.xdist_group("prefect")]

soon = partial(waited, every_s=0.05)
PROMISED_S, SLACK_S = 5.0, 5.0
"""What is promised on a machine of one's own; how much longer it may take on one that is busy."""
SCRIPT = """---
title: Called off {codec}
codec: {codec}
size: 1080p
---

## What is encoded
![sand](sand.png)

{words}

## What is ordered
@visual: clip
@prompt: sand that runs for {codec}

It runs.
"""
WORDS = "The dunes wander over the plain, and nobody has seen where they began. " * 40


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(latency_s=0.05, queue_s=0.2, work_s=600) as running:
        yield running


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, lab: Lab) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("cancelled")
    Image.effect_noise((1920, 1080), 90).convert("RGB").save(folder / "sand.png")
    for codec in ("h264", "hevc"):
        (folder / f"{codec}.md").write_text(SCRIPT.format(codec=codec, words=WORDS))
    with serving_many(folder, REELWRIGHT_SHORT_SIDE="720", **lab.urls) as server:
        yield server


def encoders(served: Served, run_id: str) -> list[int]:
    """FFmpeg processes of a run."""
    found = []
    for pid in served.processes(run_id):
        with contextlib.suppress(OSError):
            if b"ffmpeg" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]:
                found.append(pid)
    return found


def half_made(served: Served) -> list[Path]:
    """What is being made in the store: files on their way, and locks."""
    store = served.home / "store"
    return [path for name in ("tmp", "locks") for path in (store / name).rglob("*")]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_cancelled_run_stops_its_encoder_and_its_orders_and_leaves_nothing_half_made(
    served: Served, lab: Lab, codec: str
) -> None:
    lab.reset()
    jobs = served.home / "store" / "jobs"
    run_id = served.submit(script=f"{codec}.md", tier="3")
    soon(lambda: list(jobs.glob("*.json")), "nothing is ordered")
    soon(lambda: list((served.home / "store" / "tmp").rglob("segment*")), "nothing is encoded")
    by_ffmpeg = codec == "hevc"
    if by_ffmpeg:
        soon(lambda: encoders(served, run_id), "no FFmpeg works")
    served.ask("POST", f"/flow_runs/{run_id}/set_state", {"state": {"type": "CANCELLING"}})
    began = time.monotonic()
    took_s = {}
    soon(lambda: not encoders(served, run_id), "FFmpeg goes on")
    took_s["FFmpeg ended"] = time.monotonic() - began
    soon(lambda: [seen for seen in lab.requests if seen.route == "cancel"], "no order is cancelled")
    took_s["order cancelled"] = time.monotonic() - began
    soon(lambda: not list(jobs.glob("*")), "the order is kept open")
    took_s["order settled"] = time.monotonic() - began
    soon(lambda: not half_made(served), f"half-made: {half_made(served)}")
    took_s["store clean"] = time.monotonic() - began
    run = served.ended(run_id, "CANCELLED", "FAILED", "COMPLETED", "CRASHED")
    took_s["run is Cancelled"] = time.monotonic() - began
    soon(lambda: not served.processes(run_id), "its process goes on")
    took_s["process ended"] = time.monotonic() - began
    print(codec, {what: round(took, 1) for what, took in took_s.items()})
    assert run["state"]["type"] == "CANCELLED", run["state"]
    assert took_s["FFmpeg ended"] < PROMISED_S + SLACK_S
    assert took_s["order cancelled"] < PROMISED_S + SLACK_S
    costs = reelwright("costs", "--by", "run", "--json", home=served.home, **lab.urls)
    (row,) = [row for row in json.loads(costs.stdout) if codec in row["run"]]
    assert (float(row["held_usd"]), float(row["outcome_unknown_usd"])) == (0.0, 0.0)
    assert float(row["usd"]) == pytest.approx(float(lab.bill.usd)), "as the vendor says"
    assert half_made(served) == []
