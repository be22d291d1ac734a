"""GPU workers: what a model makes for a film is one run in the pool `gpu`, whoever dies."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.served import Served, serving
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill, pytest.mark.xdist_group("prefect")]
SCRIPT = """---
title: {title}
---

## One
@prompt: {title} of a moon

The Moon pulls.

## Two
@prompt: {title} of a tide

The sea follows.
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(latency_s=0.05, queue_s=0.5, work_s=4) as running:
        yield running


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, lab: Lab) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("gpu")
    (folder / "models.toml").write_text('[models.flux]\nruns_on = "gpu"\n')
    with serving(folder, "--gpu", **lab.urls) as server:
        yield server


def errands(served: Served, run_id: str) -> list[dict[str, Any]]:
    """The runs of make-things that a film sent."""
    wanted = {"flow_runs": {"parent_task_run_id": {"is_null_": False}}}
    runs = served.ask("POST", "/flow_runs/filter", wanted)
    tasks = served.ask("POST", "/task_runs/filter", {"flow_runs": {"id": {"any_": [run_id]}}})
    ours = {task["id"] for task in tasks}
    return [run for run in runs if run["parent_task_run_id"] in ours]


def test_all_pictures_of_a_model_are_one_run_in_the_gpu_pool(served: Served, lab: Lab) -> None:
    lab.reset()
    run_id = served.submit(script=SCRIPT.format(title="Clay"), tier="2")
    run = served.ended(run_id)
    assert run["state"]["name"] == "Completed", run["state"]["message"]
    (errand,) = errands(served, run_id)
    assert errand["name"] == "clay · flux"
    assert errand["work_pool_name"] == "gpu"
    tasks = served.ask("POST", "/task_runs/filter", {"flow_runs": {"id": {"any_": [errand["id"]]}}})
    assert {task["name"] for task in tasks} == {"1/2 image · flux", "2/2 image · flux"}
    assert not lab.bill.doubles()


def test_a_gpu_worker_killed_at_work_is_replaced_and_nothing_is_made_twice(
    served: Served, lab: Lab
) -> None:
    lab.reset()
    run_id = served.submit(script=SCRIPT.format(title="Wood"), tier="2")
    killed: list[int] = []
    until = time.monotonic() + 120
    while not killed and time.monotonic() < until:
        time.sleep(0.2)
        for errand in errands(served, run_id):
            if errand["state"]["type"] == "RUNNING" and any(
                (served.home / "store" / "jobs").glob("*.json")
            ):
                killed = served.processes(errand["id"])
                for process in killed:
                    os.kill(process, signal.SIGKILL)
    assert killed
    run = served.ended(run_id)
    assert run["state"]["name"] == "Completed", run["state"]["message"]
    states = sorted(errand["state"]["type"] for errand in errands(served, run_id))
    assert states == ["COMPLETED", "CRASHED"]
    assert not lab.bill.doubles()
