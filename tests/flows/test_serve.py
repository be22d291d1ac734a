"""`reelwright serve --check`, what schedules.toml may say, and that films need no Prefect."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.serving.schedules import Schedule, read_plan
from providers.errors import Misconfigured
from tests.flows.films import SCRIPT, reelwright

NEWS = """
[[schedule]]
name = "morning news"
run = "make-video"
cron = "30 6 * * mon-fri"
timezone = "Europe/Berlin"
budget_usd = 2.00
parameters = { script = "news.md", tier = "1" }
"""


def check(folder: Path, told: str, **env: str) -> subprocess.CompletedProcess[str]:
    folder.mkdir(exist_ok=True)
    (folder / "schedules.toml").write_text(told)
    return reelwright("serve", "--check", "--port", "0" * 4 + "1", home=folder, **env)


def test_times_are_those_of_the_schedules_zone_also_when_clocks_change() -> None:
    news = Schedule(name="n", run="make-video", cron="30 6 * * *", timezone="Europe/Berlin")
    times = news.next_times(3, datetime(2026, 10, 24, 5, 0, tzinfo=UTC))
    assert [time.isoformat() for time in times] == [
        "2026-10-25T06:30:00+01:00", "2026-10-26T06:30:00+01:00", "2026-10-27T06:30:00+01:00",
    ]  # fmt: skip


def test_check_says_when_each_schedule_runs_next_and_for_how_much(tmp_path: Path) -> None:
    (tmp_path / "news.md").write_text(SCRIPT)
    told = check(tmp_path, NEWS)
    assert told.returncode == 0, told.stderr
    assert "morning news: make-video, 30 6 * * mon-fri in Europe/Berlin, at most $2" in told.stdout
    assert told.stdout.count("06:30 CE") == 3


def test_check_says_what_is_missing(tmp_path: Path) -> None:
    notify = '[[notify]]\nname = "editors"\nkind = "slack"\nsecret_env = "OUR_SLACK"\n'
    told = check(tmp_path, NEWS + notify)
    assert told.returncode == 2
    assert "editors cannot be told: set OUR_SLACK" in told.stderr
    assert f"morning news: there is no {tmp_path / 'news.md'}" in told.stderr


def test_a_databases_password_is_not_shown(tmp_path: Path) -> None:
    address = "postgresql://reelwright:s3cret@db/prefect"
    told = check(tmp_path, "", REELWRIGHT_PREFECT_DATABASE=address)
    assert "database: db/prefect" in told.stdout
    assert "s3cret" not in told.stdout + told.stderr


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"cron": "every day"}, "'every day' is no cron expression of five fields"),
        ({"timezone": "Berlin"}, "'Berlin' is no time zone, such as Europe/Berlin"),
        ({"run": "make-film"}, "Input should be 'make-video'"),
        ({"budget_usd": -1}, "greater than or equal to 0"),
        ({"every": "day"}, "every: Extra inputs are not permitted"),
        ({"run": "inbox", "budget_usd": 1}, "inbox takes no budget_usd"),
        ({"parameters": {"openai_api_key": "sk"}}, "'openai_api_key' is a secret"),
    ],
)
def test_a_schedule_that_is_wrong_is_told_in_a_sentence(
    tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    told = {"name": "n", "run": "make-video", "cron": "0 6 * * *"} | change
    lines = [f"{k} = {v!r}" for k, v in told.items() if k != "parameters"]
    if "parameters" in told:
        lines.append("parameters = { " + ", ".join(
            f"{k} = {v!r}" for k, v in told["parameters"].items()) + " }")  # fmt: skip
    path = tmp_path / "schedules.toml"
    path.write_text("[[schedule]]\n" + "\n".join(lines))
    with pytest.raises(Misconfigured, match="schedule") as wrong:
        read_plan(path)
    assert why in str(wrong.value)
    assert str(path) in str(wrong.value)


def test_two_schedules_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "schedules.toml"
    path.write_text(NEWS * 2)
    with pytest.raises(Misconfigured, match="the name 'morning news' is given twice"):
        read_plan(path)


def test_the_shipped_example_schedules_nothing_and_is_right_when_it_is_switched_on() -> None:
    path = Path(__file__).parents[2] / "schedules.toml"
    assert read_plan(path).schedule == ()
    lines = [line.removeprefix("# ") for line in path.read_text().splitlines()[2:]]
    switched_on = path.parent / "nowhere.toml"
    assert not switched_on.exists()
    told = "\n".join("" if line == "#" else line for line in lines)
    import tomllib

    from flows.serving.schedules import Plan

    plan = Plan.model_validate(tomllib.loads(told))
    assert [one.run for one in plan.schedule] == ["make-video", "inbox"]
    assert [one.name for one in plan.notify] == ["editors"]


def test_resume_without_a_server_says_so(tmp_path: Path) -> None:
    told = reelwright("resume", home=tmp_path, PREFECT_API_URL="http://127.0.0.1:1/api")
    assert told.returncode == 2
    assert "no Prefect server answers at http://127.0.0.1:1/api; set PREFECT_API_URL" in told.stderr


@pytest.mark.slow
def test_a_film_without_a_server_does_not_import_prefect(tmp_path: Path) -> None:
    script = tmp_path / "tides.md"
    script.write_text(SCRIPT)
    code = (
        "import sys; from flows.cli.app import app; "
        f"app(['make', {str(script)!r}, '--out', {str(tmp_path / 'films')!r}], "
        "standalone_mode=False); print('prefect' in sys.modules)"
    )
    env = os.environ | {"REELWRIGHT_HOME": str(tmp_path), "REELWRIGHT_SHORT_SIDE": "144"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "films" / "tides" / "video.mp4").exists()
    assert done.stdout.splitlines()[-1] == "False"
