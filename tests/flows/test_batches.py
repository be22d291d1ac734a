"""Batches through the front door: what fails stops nobody, and nothing is done or paid twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.flows.films import reelwright
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill]

PAID = "## {n}\n@visual: image\n@prompt: number {n} in driftwood\n\nNumber {n} is told.\n"
FREE = "## {n}\nNumber {n}.\n"


def write_table(home: Path, free: int, paid: int, name: str = "t.csv") -> Path:
    """A table of films on this machine, and of films that a vendor makes the pictures of."""
    rows = ["text,title,tier,image_provider"]
    for n in range(1, free + paid + 1):
        body = (FREE if n <= free else PAID).format(n=n)
        tail = "offline," if n <= free else "offline,flux"
        rows.append(f'"{body}",Film {n},{tail}')
    home.mkdir(parents=True, exist_ok=True)
    table = home / name
    table.write_text("\n".join(rows) + "\n")
    return table


def films(out: Path) -> dict[str, dict[str, Any]]:
    """What `batch.json` says of each film."""
    told = json.loads((out / "batch.json").read_text())
    return {film["key"]: film for film in told["films"]}


def states(out: Path) -> dict[str, str]:
    return {key: film["state"] for key, film in films(out).items()}


def started(home: Path, *told: str | Path, **env: str) -> subprocess.Popen[str]:
    """A batch that runs while the test goes on."""
    environment = os.environ | {"REELWRIGHT_SHORT_SIDE": "144", "REELWRIGHT_HOME": str(home)} | env
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "flows", "batch", *map(str, told)], cwd=home, text=True,
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def test_of_a_hundred_films_five_fail_and_the_second_run_touches_five(tmp_path: Path) -> None:
    table = write_table(tmp_path, free=95, paid=5)
    told = ("batch", table, "--strict", "--out", tmp_path / "out", "--json")
    done = reelwright(*told, home=tmp_path)
    assert done.returncode == 4
    first = films(tmp_path / "out")
    failed = {key for key, film in first.items() if film["state"] == "failed"}
    assert failed == {f"film-{n}" for n in range(96, 101)}
    assert sum(film["state"] == "done" for film in first.values()) == 95
    assert "REPLICATE_API_TOKEN" in first["film-100"]["why"]
    with Lab() as lab:
        done = reelwright(*told, "--failed-only", home=tmp_path, **lab.urls)
        assert done.returncode == 0, done.stderr
        assert len(lab.bill.charges) == 5
    second = films(tmp_path / "out")
    assert {film["state"] for film in second.values()} == {"done"}
    assert {key for key in second if second[key]["tries"] != first[key]["tries"]} == failed
    assert {key for key in second if second[key]["at"] != first[key]["at"]} == failed


def test_to_keep_going_a_wrong_row_fails_alone_and_is_made_when_put_right(tmp_path: Path) -> None:
    table = write_table(tmp_path, free=3, paid=0)
    right = table.read_text()
    table.write_text(right.replace("Film 2,offline", "Film 2,ofline"))
    told = ("batch", table, "--out", tmp_path / "out", "--json")
    assert reelwright(*told, home=tmp_path).returncode == 2
    assert not (tmp_path / "out" / "batch.json").exists()
    done = reelwright(*told, "--keep-going", home=tmp_path)
    assert done.returncode == 2, done.stderr
    first = films(tmp_path / "out")
    wrong = first.pop(next(key for key in first if key.startswith("refused-")))
    assert {film["state"] for film in first.values()} == {"done"}
    assert sorted(first) == ["film-1", "film-3"]
    assert (wrong["state"], wrong["title"], wrong["row"]) == ("failed", "Film 2", 2)
    assert f'{table}:5: column "tier": ' in wrong["why"]
    assert "did you mean 'offline'?" in wrong["why"]
    table.write_text(right)
    done = reelwright(*told, "--keep-going", "--failed-only", home=tmp_path)
    assert done.returncode == 0, done.stderr
    second = films(tmp_path / "out")
    assert sorted(second) == ["film-1", "film-2", "film-3"]
    assert {film["state"] for film in second.values()} == {"done"}
    assert [second[key]["at"] for key in first] == [first[key]["at"] for key in first]


def test_a_batch_goes_on_where_it_was_killed_and_pays_once(tmp_path: Path) -> None:
    table = write_table(tmp_path, free=2, paid=6)
    told = (table, "--out", tmp_path / "out", "--concurrency", "3")
    with Lab(latency_s=0.05, queue_s=0.2, work_s=0.5) as lab:
        for _ in range(3):
            run = started(tmp_path, *told, **lab.urls)
            before = len(lab.bill.charges)
            deadline = time.monotonic() + 60
            while len(lab.bill.charges) < before + 1 and run.poll() is None:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            os.killpg(run.pid, signal.SIGKILL)
            run.communicate()
        done = reelwright("batch", *told, home=tmp_path, **lab.urls)
        assert done.returncode == 0, done.stderr
        assert lab.bill.doubles() == {}
        assert len(lab.bill.charges) == 6
    assert set(states(tmp_path / "out").values()) == {"done"}
    told_of = json.loads((tmp_path / "out" / "batch.json").read_text())
    # A call that was on the wire at the instant of a kill stays counted at its price.
    assert lab.bill.usd <= Decimal(told_of["paid_usd"]) <= 2 * lab.bill.usd


def test_a_cap_holds_over_all_runs_of_a_batch(tmp_path: Path) -> None:
    table = write_table(tmp_path, free=0, paid=3)
    told = ("batch", table, "--out", tmp_path / "out")
    with Lab() as lab:
        for _ in range(2):
            done = reelwright(*told, "--budget", "0.06", home=tmp_path, **lab.urls)
            assert done.returncode == 3
            assert 0 < lab.bill.usd <= Decimal("0.06")
        stopped = [f for f in films(tmp_path / "out").values() if f["state"] != "done"]
        assert {film["state"] for film in stopped} == {"stopped by budget"}
        assert "the batch budget of $0.06 would be passed" in stopped[0]["why"]
        done = reelwright(*told, "--budget", "1", home=tmp_path, **lab.urls)
        assert done.returncode == 0, done.stderr
        assert lab.bill.doubles() == {}


def test_two_batches_at_once_and_one_of_them_twice_do_nothing_twice(tmp_path: Path) -> None:
    ours = write_table(tmp_path, free=1, paid=3, name="ours.csv")
    theirs = write_table(tmp_path, free=0, paid=4, name="theirs.csv")
    # The vendor takes its time, so that the first is still at work when its twin comes.
    with Lab(latency_s=0.05, queue_s=0.2, work_s=12) as lab:
        runs = [started(tmp_path, ours, **lab.urls), started(tmp_path, theirs, **lab.urls)]
        while not (tmp_path / "films" / "ours" / "batch.json").exists():
            assert runs[0].poll() is None
            time.sleep(0.02)
        twin = reelwright("batch", ours, home=tmp_path, **lab.urls)
        assert twin.returncode == 2
        assert "films/ours is being made by another process" in twin.stderr
        for run in runs:
            _, said = run.communicate()
            assert run.returncode == 0, said
        assert lab.bill.doubles() == {}
        assert len(lab.bill.charges) == 4, "pictures that both batches show are bought once"
    for name in ("ours", "theirs"):
        assert set(states(tmp_path / "films" / name).values()) == {"done"}


def test_a_folder_that_changes_meanwhile_is_made_as_it_was_and_scripts_as_they_are(
    tmp_path: Path,
) -> None:
    talks = tmp_path / "talks"
    talks.mkdir()
    for n in (1, 2, 3):
        (talks / f"{n}.md").write_text(f"# Talk {n}\n\n" + FREE.format(n=n))
    run = started(tmp_path, talks, "--concurrency", "1")
    while not (tmp_path / "films" / "talks" / "batch.json").exists():
        assert run.poll() is None
        time.sleep(0.02)
    (talks / "4.md").write_text("# Talk 4\n\n" + FREE.format(n=4))
    (talks / "3.md").write_text("# Talk 3\n\n" + FREE.format(n="three and a half"))
    (talks / "2.md").unlink()
    _, said = run.communicate()
    assert "3 scripts as of" in said
    assert run.returncode == 2
    told = films(tmp_path / "films" / "talks")
    assert {key: film["state"] for key, film in told.items()} == {
        "talk-1": "done", "talk-2": "failed", "talk-3": "done",
    }  # fmt: skip
    assert "there is no such file" in told["talk-2"]["why"]
    assert told["talk-3"]["notes"] == [
        "the script was changed after the batch began, and was made as it is now"
    ]


def test_an_interrupted_batch_says_what_it_was_at(tmp_path: Path) -> None:
    table = write_table(tmp_path, free=8, paid=0)
    run = started(tmp_path, table, "--concurrency", "2")
    while not (tmp_path / "films" / "t" / "batch.json").exists():
        assert run.poll() is None
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate()
    assert run.returncode == 130
    assert "run the same command to continue" in said
    found = set(states(tmp_path / "films" / "t").values())
    assert "interrupted" in found
    assert found <= {"done", "interrupted", "not begun"}
    page = (tmp_path / "films" / "t" / "batch.html").read_text()
    assert 'http-equiv="refresh"' not in page, "nothing more will happen to it"


def test_the_page_holds_itself_and_leads_to_the_films(tmp_path: Path) -> None:
    table = write_table(tmp_path, free=1, paid=1)
    done = reelwright("batch", table, "--strict", home=tmp_path)
    assert done.returncode == 4
    page = (tmp_path / "films" / "t" / "batch.html").read_text()
    assert 'href="film-1/video.mp4"' in page
    assert 'src="data:image/webp;base64,' in page
    assert '="http' not in page, "nothing is fetched from anywhere, and no link leads away"
    assert "REPLICATE_API_TOKEN" in page
    assert "--failed-only" in page


def test_a_topic_is_written_once_and_its_film_made(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("topic,tier\nWhy bread rises,offline\n")
    with Lab() as lab:
        told = ("batch", tmp_path / "t.csv", "--json")
        done = reelwright(*told, home=tmp_path, **lab.urls)
        assert done.returncode == 0, done.stderr
        paid = lab.bill.usd
        assert paid > 0
        (film,) = films(tmp_path / "films" / "t").values()
        assert Decimal(film["usd"]) == paid
        assert (tmp_path / "films/t/_scripts/why-bread-rises.md").is_file()
        again = reelwright(*told, home=tmp_path, **lab.urls)
        assert again.returncode == 0, again.stderr
        assert lab.bill.usd == paid
    (same,) = films(tmp_path / "films" / "t").values()
    assert same["tries"] == 2
    assert same["at"] == film["at"], "a film that was in time does not become late"
