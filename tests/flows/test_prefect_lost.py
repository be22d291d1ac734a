"""A run that a worker took: lost when the worker dies before it begins, and only then."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.orchestration.setup import ZOMBIE_AFTER_S
from tests.flows.films import SCRIPT
from tests.flows.served import Served, serving_many, waited

pytestmark = [pytest.mark.slow, pytest.mark.drill, pytest.mark.xdist_group("prefect")]

LONG_S = 45.0
"""Longer than a worker needs for being taken for dead, were it only asked for its heartbeats."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_many(tmp_path_factory.mktemp("lost")) as server:
        yield server


def workers(served: Served) -> list[int]:
    found = []
    for pid in served.processes("PREFECT_API_URL"):
        with contextlib.suppress(OSError):
            if b"worker\0start" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


def taken(served: Served, title: str) -> str:
    """Submits a film; its run, as soon as a worker has taken it."""
    run_id = served.submit(script=SCRIPT.replace("Tides", title), tier="offline")
    waited(
        lambda: served.run(run_id)["state"]["type"] == "PENDING", "no worker took it", every_s=0.05
    )
    return run_id


def of_title(served: Served, title: str) -> list[dict[str, Any]]:
    wanted = {"flow_runs": {"name": {"any_": [title]}}}
    found: list[dict[str, Any]] = served.ask("POST", "/flow_runs/filter", wanted)
    return found


def test_a_run_whose_worker_dies_before_it_begins_is_reported_within_a_minute_and_continued(
    served: Served,
) -> None:
    run_id = taken(served, "Orphan")
    for pid in {*workers(served), *served.processes(run_id)}:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    run = served.ended(run_id, "CRASHED", "RUNNING", "COMPLETED", within_s=60)
    assert run["state"]["type"] == "CRASHED", "it is promised within a minute"
    print(f"reported {time.monotonic() - killed:.0f} s after its worker was killed")
    # It is named by its film when it begins.
    wanted = {"flow_runs": {"tags": {"all_": ["continued:1"]}}}
    (successor,) = waited(
        lambda: served.ask("POST", "/flow_runs/filter", wanted), "it is not continued"
    )
    print(f"continued {time.monotonic() - killed:.0f} s after its worker was killed")
    assert successor["parameters"] == run["parameters"]
    assert served.ended(successor["id"])["state"]["name"] == "Completed"


def test_a_run_that_dies_in_its_first_moment_is_reported_within_a_minute_and_continued(
    served: Served,
) -> None:
    run_id = taken(served, "Stillborn")
    waited(lambda: served.run(run_id)["state"]["type"] == "RUNNING", "it never ran", every_s=0.05)
    for pid in {*workers(served), *served.processes(run_id)}:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    # As if it had not come to hold a lock: then only its missing process tells.
    (served.home / "running" / run_id).unlink(missing_ok=True)
    killed = time.monotonic()
    run = served.ended(run_id, "CRASHED", "COMPLETED", within_s=60)
    assert run["state"]["type"] == "CRASHED", "it is promised within a minute"
    print(f"reported {time.monotonic() - killed:.0f} s after its process was killed")
    again = waited(lambda: of_title(served, "Stillborn")[1:], "it is not continued")
    for one in (*again, *of_title(served, "Stillborn")):
        if one["id"] != run_id:
            assert served.ended(one["id"])["state"]["name"] == "Completed"


def test_a_run_whose_worker_is_only_slow_is_left_to_it(served: Served) -> None:
    run_id = taken(served, "Slow")
    stopped = {*workers(served), *served.processes(run_id)}
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(LONG_S)
        assert served.run(run_id)["state"]["type"] == "PENDING"
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    run = served.ended(run_id)
    assert run["state"]["name"] == "Completed", run["state"]["message"]
    assert [one["id"] for one in of_title(served, "Slow")] == [run_id]


def test_a_film_that_waits_for_a_person_is_not_taken_for_dead_by_a_late_heartbeat(
    served: Served,
) -> None:
    script = SCRIPT.replace("Tides", "Wild tides").replace("Every tide", "Now kill yourself")
    run_id = served.submit(script=script, tier="offline")
    run = served.ended(run_id)
    assert run["state"]["name"] == "Waiting for approval"
    heartbeat = {
        "id": str(uuid.uuid4()), "event": "prefect.flow-run.heartbeat",
        "occurred": dt.datetime.now(dt.UTC).isoformat(),
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run_id}"},
    }  # fmt: skip
    served.ask("POST", "/events", [heartbeat])
    time.sleep(ZOMBIE_AFTER_S + LONG_S)
    assert served.run(run_id)["state"]["name"] == "Waiting for approval"
