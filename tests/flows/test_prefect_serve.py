"""Everything on one machine: `reelwright serve`, its form, runs, pauses, artifacts and films."""

from __future__ import annotations

import json
import os
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.flows.films import SCRIPT, reelwright
from tests.flows.postgres import running, whole_programs
from tests.flows.served import Refused, Served, serving
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill, pytest.mark.xdist_group("prefect")]

SCHEDULES = """
[[schedule]]
name = "morning news"
run = "make-video"
cron = "30 6 * * mon-fri"
timezone = "Europe/Berlin"
budget_usd = 2.00
parameters = { script = "news.md", tier = "offline" }

[[notify]]
name = "editors"
kind = "webhook"
on = ["done", "failed", "stopped by budget"]
secret_env = "OUR_HOOK"
"""
PAID = """---
title: {title}
---

## A picture
@visual: {visual}
@prompt: {title} made of driftwood

It is told in few words.
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(latency_s=0.05, queue_s=0.2, work_s=0.4) as running:
        yield running


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A web hook's address, and what it was told."""
    heard: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["content-length"])
            heard.append(json.loads(self.rfile.read(size)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_told: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/hook", heard
        server.shutdown()


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, lab: Lab, told: tuple[str, list[dict[str, Any]]]
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "schedules.toml").write_text(SCHEDULES)
    (folder / "news.md").write_text(SCRIPT)
    with serving(folder, OUR_HOOK=told[0], **lab.urls) as server:
        yield server
    assert not server.processes("PREFECT_API_URL"), "nothing is left running"


def test_the_form_is_made_for_an_editor(served: Served) -> None:
    form = served.deployment()["parameter_openapi_schema"]
    fields = form["properties"]
    assert list(fields) == [
        "script", "tier", "voice", "aspect", "theme", "captions", "budget_usd", "more",
    ]  # fmt: skip
    assert form["required"] == ["script"]
    assert fields["script"]["type"] == "string"
    assert "offline" in fields["tier"]["enum"]
    assert re.search(r"one key, \$0\.\d+ a picture", fields["tier"]["description"])
    assert "midnight" in fields["theme"]["enum"]
    assert "en-gb" in fields["voice"]["enum"]
    assert fields["budget_usd"] | {"type": "number", "minimum": 0} == fields["budget_usd"]
    assert all(field["description"] for field in fields.values())
    named = {*fields, *form["definitions"]["More"]["properties"]}
    assert not [name for name in named if "key" in name or "token" in name or "secret" in name]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"tier": "gold"}, "'gold' is not one of"),
        ({"budget_usd": -1}, "-1 is less than the minimum of 0"),
        ({"script": ""}, "script"),
        ({"more": {"speed": 2}}, "more"),
    ],
)
def test_a_wrong_value_is_refused_before_there_is_a_run(
    served: Served, wrong: dict[str, Any], why: str
) -> None:
    with pytest.raises(Refused, match=why):
        served.submit(**{"script": SCRIPT, **wrong})


def test_a_pasted_script_submitted_three_times_runs_once_and_is_shown(served: Served) -> None:
    runs = {served.submit("the same", script=SCRIPT, tier="offline") for _ in range(3)}
    (run_id,) = runs
    run = served.ended(run_id)
    assert run["state"]["name"] == "Completed", run["state"]["message"]
    assert run["name"] == "Tides"
    assert "tides/video.mp4" in run["state"]["message"]
    shown = served.artifacts(run_id)
    assert {"progress", "table", "markdown", "image"} <= set(shown)
    assert shown["progress"]["data"] == 100
    assert {row["what"] for row in json.loads(shown["table"]["data"])} == {"picture", "speech"}
    report = shown["markdown"]["data"]
    assert "data:image/jpeg;base64," in report
    assert len(report) < 200_000
    film = report.split("[Watch the film](")[1].split(")")[0]
    asked = urllib.request.Request(film, headers={"Range": "bytes=4-7"})
    with urllib.request.urlopen(asked) as answer:
        assert (answer.status, answer.read()) == (206, b"ftyp")
    tasks = served.ask("POST", "/task_runs/filter", {"flow_runs": {"id": {"any_": [run_id]}}})
    assert "s02 picture · cards" in {task["name"] for task in tasks}


@pytest.mark.parametrize("path", ["/films/../home/id", "/films/%2e%2e/schedules.toml", "/films/.x"])
def test_no_file_beside_the_films_can_be_had(served: Served, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://127.0.0.1:{served.films_port}{path}")


def test_a_script_that_is_not_there_fails_with_one_sentence(served: Served) -> None:
    run = served.ended(served.submit(script="nothing.md"))
    assert run["state"]["type"] == "FAILED"
    assert "nothing.md:1: there is no such script; paste" in run["state"]["message"]
    assert "Traceback" not in run["state"]["message"]


def test_a_flagged_film_waits_and_goes_on_when_it_is_approved_in_the_ui(served: Served) -> None:
    script = SCRIPT.replace("Tides", "Wild tides").replace(
        "Every tide has its time.", "Now kill yourself."
    )
    run_id = served.submit(script=script, tier="offline")
    run = served.ended(run_id)
    assert (run["state"]["type"], run["state"]["name"]) == ("PAUSED", "Waiting for approval")
    assert "s03 narration" in run["state"]["message"]
    assert served.resume(run_id, decision="maybe")["status"] == "REJECT"
    served.resume(run_id, decision="approve all of it")
    run = served.ended(run_id, "COMPLETED", "FAILED", "CRASHED")
    assert run["state"]["name"] == "Completed", run["state"]["message"]


def test_a_film_stopped_by_budget_goes_on_with_a_higher_one(served: Served, lab: Lab) -> None:
    lab.reset()
    script = PAID.format(title="Budget", visual="image")
    run_id = served.submit(script=script, tier="2", budget_usd=0.001)
    run = served.ended(run_id)
    assert (run["state"]["type"], run["state"]["name"]) == ("PAUSED", "Stopped by budget")
    assert "the run budget of $0.001 would be passed" in run["state"]["message"]
    assert not lab.bill.charges
    served.resume(run_id, budget_usd=1)
    run = served.ended(run_id, "COMPLETED", "FAILED", "CRASHED")
    assert run["state"]["name"] == "Completed", run["state"]["message"]
    assert lab.bill.doubles() == {}


def test_a_cancelled_run_calls_its_orders_off_and_settles_them(served: Served, lab: Lab) -> None:
    lab.reset()
    lab.bench.work_s, calm_s = 60.0, lab.bench.work_s
    try:
        run_id = served.submit(script=PAID.format(title="Called off", visual="clip"), tier="3")
        jobs = served.home / "store" / "jobs"
        until = time.monotonic() + 240
        while not list(jobs.glob("*.json")) and time.monotonic() < until:
            time.sleep(0.1)
        assert list(jobs.glob("*.json"))
        served.ask("POST", f"/flow_runs/{run_id}/set_state", {"state": {"type": "CANCELLING"}})
        run = served.ended(run_id, "CANCELLED", "FAILED", "COMPLETED")
    finally:
        lab.bench.work_s = calm_s
    assert run["state"]["type"] == "CANCELLED"
    assert list(jobs.glob("*")) == []
    assert [seen for seen in lab.requests if seen.route == "cancel"]
    costs = reelwright("costs", "--by", "run", "--json", home=served.home, **lab.urls)
    (row,) = [row for row in json.loads(costs.stdout) if "called-off" in row["run"]]
    assert (float(row["held_usd"]), float(row["outcome_unknown_usd"])) == (0.0, 0.0)
    assert float(row["usd"]) == pytest.approx(float(lab.bill.usd)), "as the vendor says"
    # Who watches for crashed runs leaves it alone.
    time.sleep(15)
    wanted = {"flow_runs": {"name": {"any_": ["Called off"]}}}
    assert [one["id"] for one in served.ask("POST", "/flow_runs/filter", wanted)] == [run_id]


def test_a_run_whose_worker_and_process_are_killed_is_reported_and_continued_once(
    served: Served, lab: Lab
) -> None:
    lab.reset()
    lab.bench.work_s, calm_s = 8.0, lab.bench.work_s
    try:
        run_id = served.submit(script=PAID.format(title="Killed", visual="image"), tier="2")
        jobs = served.home / "store" / "jobs"
        until = time.monotonic() + 240
        while not list(jobs.glob("*.json")) and time.monotonic() < until:
            time.sleep(0.1)
        worker = [
            pid
            for pid in served.processes("PREFECT_API_URL")
            if b"worker\0start" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        for pid in [*worker, *served.processes(run_id)]:
            os.kill(pid, 9)
    finally:
        lab.bench.work_s = calm_s
    assert served.ended(run_id)["state"]["type"] == "CRASHED"
    again: list[dict[str, Any]] = []
    until = time.monotonic() + 120
    while not again and time.monotonic() < until:
        time.sleep(1)
        found = served.ask(
            "POST", "/flow_runs/filter", {"flow_runs": {"name": {"any_": ["Killed"]}}}
        )
        again = [run for run in found if run["id"] != run_id]
    (successor,) = again
    assert set(successor["tags"]) == {"continued:1", "reelwright"}
    done = served.ended(successor["id"])
    assert done["state"]["name"] == "Completed", done["state"]["message"]
    assert lab.bill.doubles() == {}
    url = f"http://127.0.0.1:{served.port}/api"
    said = reelwright("resume", home=served.home, PREFECT_API_URL=url)
    assert "nothing crashed that is not continued already" in said.stdout, said.stderr


def test_a_batch_is_made_and_who_wants_to_hear_of_it_is_told(
    served: Served, told: tuple[str, list[dict[str, Any]]]
) -> None:
    folder = served.folder / "talks"
    folder.mkdir()
    for title in ("One", "Two"):
        (folder / f"{title}.md").write_text(SCRIPT.replace("Tides", f"Talk {title}"))
    batch = served.deployment("make-batch")["id"]
    asked = {"parameters": {"scripts": "talks", "tier": "offline"}}
    run_id = served.ask("POST", f"/deployments/{batch}/create_flow_run", asked)["id"]
    run = served.ended(run_id)
    assert run["state"]["name"] == "Completed", run["state"]["message"]
    assert "2 of 2 films" in run["state"]["message"]
    rows = json.loads(served.artifacts(run_id)["table"]["data"])
    assert [row["state"] for row in rows] == ["done", "done"]
    _, heard = told
    until = time.monotonic() + 60
    while not heard and time.monotonic() < until:
        time.sleep(0.5)
    assert any("Completed" in one["subject"] for one in heard)
    blocks = served.ask("POST", "/block_documents/filter", {"include_secrets": False})
    assert told[0] not in json.dumps(blocks)


def test_schedules_are_deployed_and_fill_the_calendar(served: Served) -> None:
    (schedule,) = served.deployment()["schedules"]
    assert schedule["slug"] == "morning news"
    assert schedule["schedule"]["timezone"] == "Europe/Berlin"
    assert schedule["parameters"] == {"script": "news.md", "tier": "offline", "budget_usd": 2.0}
    wanted = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}},
                            "deployment_id": {"any_": [served.deployment()["id"]]}}}  # fmt: skip
    until = time.monotonic() + 120
    while not (found := served.ask("POST", "/flow_runs/filter", wanted)):
        assert time.monotonic() < until
        time.sleep(1)
    assert all(run["parameters"]["budget_usd"] == 2.0 for run in found)


def test_on_postgresql_a_film_is_made_and_its_artifacts_are_there(tmp_path: Path) -> None:
    whole = whole_programs()
    if whole is None:
        pytest.skip("no PostgreSQL with pg_trgm: install postgresql")
    with running(whole) as postgres:
        postgres.execute("CREATE DATABASE prefect_served")
        with serving(tmp_path, "--database", postgres.url("prefect_served")) as on_postgres:
            run_id = on_postgres.submit(script=SCRIPT, tier="offline")
            run = on_postgres.ended(run_id)
            assert run["state"]["name"] == "Completed", run["state"]["message"]
            assert {"progress", "table", "markdown", "image"} <= set(on_postgres.artifacts(run_id))
            form = on_postgres.deployment()["parameter_openapi_schema"]
            assert form["required"] == ["script"]
    assert "s3cret" not in (tmp_path / "serve.log").read_text()
