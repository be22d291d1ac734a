"""What happens by itself on a server: schedules fire, the inbox is emptied, costs are told."""

from __future__ import annotations

import base64
import datetime as dt
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flows.money.amounts import Spender
from flows.money.ledger import Ledger
from providers.shelves import Bucket
from tests.flows.films import SCRIPT, reelwright
from tests.flows.served import Served, free_port, serving_many, waited
from tests.flows.spender import REQUEST, price
from tests.s3 import S3Server

pytestmark = [pytest.mark.slow, pytest.mark.drill, pytest.mark.xdist_group("prefect")]

KOLKATA = ZoneInfo("Asia/Kolkata")
"""Half an hour beside UTC: its hours are no others'."""
PLAN = """
[[schedule]]
name = "each minute"
run = "make-video"
cron = "* * * * *"
budget_usd = 0.75
parameters = {{ script = "tick.md", tier = "offline" }}

[[schedule]]
name = "far away"
run = "make-video"
cron = "* {hours} * * *"
timezone = "Asia/Kolkata"
budget_usd = 0.25
parameters = {{ script = "tock.md", tier = "offline" }}

[[schedule]]
name = "what editors dropped"
run = "inbox"
cron = "* * * * *"
parameters = {{ folder = "inbox" }}
"""
SPENT = ("0.41", "0.03", "0.07")
"""USD of the ledger: two days ago, and twice yesterday."""


class Unattended:
    """A server with a plan, what was said of the plan, and what was spent before, by day."""

    def __init__(self, served: Served, said: str, spent_usd: dict[str, float]) -> None:
        self.served, self.said, self.spent_usd = served, said, spent_usd

    @property
    def inbox(self) -> Path:
        return self.served.folder / "inbox"

    def runs(self, deployment: str) -> list[dict[str, Any]]:
        wanted = {"deployments": {"name": {"any_": [deployment]}}}
        found: list[dict[str, Any]] = self.served.ask("POST", "/flow_runs/filter", wanted)
        return found

    def pause(self, deployment: str) -> None:
        """Ends the schedules of a deployment, so that the machine has time for the next test."""
        found = self.served.deployment(deployment)
        self.served.ask("POST", f"/deployments/{found['id']}/pause_deployment")

    def say_dropped(self, folder: str) -> None:
        """Posts the event that something lies in an inbox."""
        event = {
            "id": str(uuid.uuid4()), "event": "reelwright.dropped", "payload": {"folder": folder},
            "occurred": dt.datetime.now(dt.UTC).isoformat(),
            "resource": {"prefect.resource.id": "reelwright.inbox"},
        }  # fmt: skip
        self.served.ask("POST", "/events", [event])

    def announced(self, schedule: str) -> set[dt.datetime]:
        """When `serve --check` said that a schedule would run."""
        lines = self.said.splitlines()
        (at,) = [n for n, line in enumerate(lines) if line.startswith(f"{schedule}: ")]
        zone = KOLKATA if "Kolkata" in lines[at] else dt.UTC
        times = re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d", lines[at + 1])
        return {dt.datetime.fromisoformat(time).replace(tzinfo=zone) for time in times}


@pytest.fixture(scope="module")
def unattended(tmp_path_factory: pytest.TempPathFactory, s3: S3Server) -> Iterator[Unattended]:
    folder = tmp_path_factory.mktemp("unattended")
    there = dt.datetime.now(KOLKATA)
    hours = f"{there.hour},{(there.hour + 1) % 24}"
    (folder / "schedules.toml").write_text(PLAN.format(hours=hours))
    for name in ("tick", "tock"):
        (folder / f"{name}.md").write_text(SCRIPT.replace("Tides", name.title()))
    (folder / "inbox").mkdir()
    (folder / "home").mkdir()
    spent_usd = spend(folder / "home")
    with serving_many(folder, "--at-once", "3", **s3.environment) as served:
        ports = ("--port", str(free_port()), "--films-port", str(free_port()))
        said = reelwright("serve", "--check", *ports, home=folder)
        assert said.returncode == 0, said.stderr
        yield Unattended(served, said.stdout, spent_usd)


def spend(home: Path) -> dict[str, float]:
    """Buys on two days, at another vendor on each; USD by day."""
    spent_usd: dict[str, float] = {}
    today = dt.datetime.now(dt.UTC).date()
    with pytest.MonkeyPatch.context() as patch, Ledger(f"sqlite:///{home}/ledger.sqlite") as ledger:
        for number, (ago, usd) in enumerate(zip((2, 1, 1), SPENT, strict=True)):
            day = (today - dt.timedelta(days=ago)).isoformat()
            patch.setattr("flows.money.ledger._day", lambda day=day: day)
            asked = REQUEST.model_copy(update={"provider": "early" if ago == 2 else "late"})
            who = Spender(f"run-{number}", "s.md")
            held = ledger.reserve(who, f"k{number}", asked, price(usd), False)
            ledger.settle(held, price(usd))
            spent_usd[day] = spent_usd.get(day, 0.0) + float(usd)
    return spent_usd


def test_a_schedule_fires_when_the_check_said_with_its_budget(unattended: Unattended) -> None:
    for schedule, script, budget_usd in (
        ("each minute", "tick.md", 0.75),
        ("far away", "tock.md", 0.25),
    ):
        announced = unattended.announced(schedule)
        assert len(announced) == 3
        assert f"at most ${budget_usd} a run" in unattended.said

        def fired(script: str = script, announced: set[dt.datetime] = announced) -> Any:
            for run in unattended.runs("make-video"):
                at = dt.datetime.fromisoformat(run["expected_start_time"])
                begun = run["start_time"] and run["parameters"]["script"] == script
                if begun and at in announced:
                    return run
            return None

        run = waited(fired, f"{schedule} did not fire")
        assert run["auto_scheduled"]
        assert run["parameters"]["budget_usd"] == budget_usd
        began, due = (
            dt.datetime.fromisoformat(run[name]) for name in ("start_time", "expected_start_time")
        )
        print(f"{schedule}: began {(began - due).total_seconds():.0f} s after its tick")
        assert began >= due
        assert unattended.served.ended(run["id"])["state"]["name"] == "Completed"
    unattended.pause("make-video")


def test_what_is_dropped_into_the_inbox_is_made_by_its_schedule(unattended: Unattended) -> None:
    inbox = unattended.inbox
    (inbox / "bad.md").write_text("---\ntitle: Bad\ntheme: nosuch\n---\n\n## Bad\nIt is told.\n")
    (inbox / "half.md.part").write_text(SCRIPT[:40])
    with (inbox / "growing.md").open("w") as growing:
        growing.write(SCRIPT[:60])
        growing.flush()
        (inbox / "good.md").write_text(SCRIPT.replace("Tides", "Good tides"))
        film, why = inbox / "done/good/good.mp4", inbox / "failed/bad/WHY.txt"
        waited(lambda: film.exists() and why.exists(), "the inbox is not emptied")
        assert "bad.md:3: there is no theme 'nosuch'" in why.read_text()
        assert (inbox / "done/good/good.md").exists()
        assert sorted(path.name for path in inbox.glob("*.md*")) == ["growing.md", "half.md.part"]
        unattended.pause("inbox")
    emptied = [run for run in unattended.runs("inbox") if run["state"]["type"] == "COMPLETED"]
    assert emptied
    assert all(run["auto_scheduled"] for run in unattended.runs("inbox"))
    (inbox / "growing.md").unlink()


def test_what_is_dropped_is_made_at_once_when_an_event_says_so(unattended: Unattended) -> None:
    unattended.pause("inbox")
    under_way = ("SCHEDULED", "PENDING", "RUNNING")
    waited(
        lambda: not [r for r in unattended.runs("inbox") if r["state"]["type"] in under_way],
        "the inbox is not left alone",
    )
    shutil.copy(unattended.served.folder / "tick.md", unattended.inbox / "told.md")
    unattended.say_dropped("inbox")
    film = unattended.inbox / "done/told/told.mp4"
    waited(film.exists, "the event started nothing")
    told = [run for run in unattended.runs("inbox") if not run["auto_scheduled"]]
    assert [run["parameters"]["folder"] for run in told] == ["inbox"]


def test_a_bucket_is_emptied_when_an_event_names_it(unattended: Unattended, s3: S3Server) -> None:
    shelf = Bucket(f"s3://{s3.new_bucket()}/drop", s3.access)
    shelf.add("talk.md", SCRIPT.encode())
    unattended.say_dropped(shelf.shown)
    done = "done/talk/talk.mp4"
    waited(lambda: done in {one.name for one in shelf.entries("")}, "the bucket is not emptied")


def test_the_daily_costs_show_what_the_ledger_says_of_two_days(unattended: Unattended) -> None:
    served = unattended.served
    found = served.deployment("daily-costs")
    told = {"parameters": {"days": 3}}
    run_id = served.ask("POST", f"/deployments/{found['id']}/create_flow_run", told)["id"]
    run = served.ended(run_id)
    # Midnight may have passed since.
    today = dt.datetime.fromisoformat(run["start_time"]).date()
    days = [(today - dt.timedelta(days=ago)).isoformat() for ago in (2, 1, 0)]
    usd = [unattended.spent_usd.get(day, 0.0) for day in days]
    sentence = f"${usd[1]:.2f} yesterday, ${usd[2]:.2f} today so far, ${sum(usd):.2f} in 3 days"
    assert run["state"]["message"] == sentence
    text = served.artifacts(run_id)["markdown"]["data"]
    assert text.startswith(f"# {sentence}\n")
    assert "| late | 2 | 0.10 | 0.00 |" in text
    assert ("| early | 1 | 0.41 | 0.00 |" in text) == (usd[0] > 0.4)
    chart = base64.b64decode(text.split("base64,")[1].split(")")[0]).decode()
    bars = re.findall(r'height="([0-9.]+)" fill="#2563eb"><title>(\S+) \$([0-9.]+)<', chart)
    assert [(day, float(told)) for _, day, told in bars] == [
        (day, pytest.approx(one)) for day, one in zip(days, usd, strict=True)
    ]
    tall = [float(height) for height, _, _ in bars]
    assert [height / max(tall) for height in tall] == pytest.approx(
        [one / max(usd) for one in usd], abs=0.01
    )
