"""Two machines with disks of their own, one bucket and one ledger: everything is made once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest

from flows.money.ledger import NANO, Ledger
from flows.settings import load_settings
from flows.sharing.stores import open_store
from providers.store import Store
from tests.flows.films import SCRIPT, make, receipt, reelwright
from tests.lab.server import Lab
from tests.s3 import S3Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("postgresql")]
ROOT = Path(__file__).parents[2]
THINGS, KILLS = 30, 8


def start(home: Path, count: int, environment: dict[str, str]) -> subprocess.Popen[str]:
    told = os.environ | environment | {"REELWRIGHT_HOME": str(home)}
    command = [sys.executable, "-m", "tests.flows.sharer", str(count)]
    return subprocess.Popen(
        command, cwd=ROOT, env=told, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.fixture
def shared(s3: S3Server, bucket: str, postgres_url: str) -> dict[str, str]:
    """What the machines share."""
    return s3.environment | {
        "STORE_URL": f"s3://{bucket}/store", "LEDGER_URL": postgres_url,
        "PROVIDER_LIMITS": "replicate=4",
    }  # fmt: skip


@pytest.fixture
def store(shared: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The store as a third machine sees it."""
    for name, value in shared.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("REELWRIGHT_HOME", str(tmp_path / "third"))
    return open_store(load_settings())


def test_two_machines_that_want_the_same_buy_it_once(
    tmp_path: Path, shared: dict[str, str], store: Store
) -> None:
    with Lab(work_s=0.2) as lab:
        machines = [start(tmp_path / name, 5, shared | lab.urls) for name in ("a", "b")]
        told = [machine.communicate(timeout=120) for machine in machines]
        assert [machine.returncode for machine in machines] == [0, 0], told
        assert sum(int(out) for out, _ in told) == 5
        assert len(lab.bill.charges) == 5
    assert store.size()[0] == 5


@pytest.mark.drill
@pytest.mark.parametrize("seed", [1, 2])
def test_machines_killed_at_random_make_everything_exactly_once(
    tmp_path: Path, shared: dict[str, str], store: Store, seed: int
) -> None:
    chance, kills = random.Random(seed), 0
    with Lab(work_s=0.4, latency_s=0.05) as lab:
        homes = [tmp_path / name for name in ("a", "b")]
        machines = [start(home, THINGS, shared | lab.urls) for home in homes]
        while kills < KILLS:
            before = len(lab.requests)
            while len(lab.requests) < before + 3 and any(m.poll() is None for m in machines):
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 0.5))
            victim = chance.randrange(2)
            if machines[victim].poll() is not None:
                break
            os.killpg(machines[victim].pid, signal.SIGKILL)
            machines[victim].communicate()
            machines[victim] = start(homes[victim], THINGS, shared | lab.urls)
            kills += 1
        for machine in machines:
            _, wrong = machine.communicate(timeout=300)
            assert machine.returncode == 0, wrong
        charges, usd = len(lab.bill.charges), lab.bill.usd
        assert not lab.bill.doubles()
    assert kills >= 2
    assert charges == THINGS
    assert store.size()[0] == THINGS
    with Ledger(shared["LEDGER_URL"]) as ledger:
        assert not ledger.has_open()
        with ledger.reading() as db:
            (lost,) = db.rows("SELECT SUM(quoted_nano) AS nano FROM entries WHERE kind = 'unknown'")
        # Who was killed before the order went out leaves a reservation that counts as unknown.
        known_usd = ledger.committed_usd("share") - Decimal(int(lost["nano"] or 0)) / NANO
        assert abs(known_usd - usd) < Decimal("0.0001")


def test_a_film_of_one_machine_is_owned_by_another_with_an_empty_disk(
    tmp_path: Path, shared: dict[str, str]
) -> None:
    told = []
    for name in ("a", "b"):
        home = tmp_path / name
        home.mkdir()
        script = home / "tides.md"
        script.write_text(SCRIPT)
        told.append(receipt(make(script, home, **shared)))
    first, second = told
    assert first["film_digest"] == second["film_digest"]
    assert {item["state"] for item in second["items"]} == {"owned"}
    assert {count["made"] for count in second["pieces"].values()} == {0}
    objects = tmp_path / "b" / "cache"
    fetched = {path.name for path in objects.rglob("objects/*/*")}
    assert second["film_digest"] in fetched
    shown = reelwright("store", "verify", home=tmp_path / "b", **shared)
    assert (shown.returncode, shown.stderr) == (0, "")


def test_a_bucket_without_a_shared_ledger_is_refused_in_a_sentence(tmp_path: Path) -> None:
    done = reelwright("check", "film.md", home=tmp_path, STORE_URL="s3://bucket/films")
    assert done.returncode == 2
    assert "set LEDGER_URL=postgresql://" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("gs://bucket", "gs://bucket is no place for files; write /a/folder or s3://bucket/prefix"),
        ("/dev/null/store", "the store's folder /dev/null/store cannot be used: Not a directory"),
    ],
)
def test_a_place_that_is_none_is_told_in_a_sentence(tmp_path: Path, place: str, told: str) -> None:
    done = reelwright("check", "film.md", home=tmp_path, STORE_URL=place)
    assert (done.returncode, done.stderr.strip()) == (2, told)


def test_a_bucket_that_does_not_answer_is_told_in_a_sentence(
    tmp_path: Path, shared: dict[str, str]
) -> None:
    told = shared | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = reelwright("check", "film.md", home=tmp_path, **told)
    assert done.returncode == 2
    assert "its server does not answer" in done.stderr
    assert "Traceback" not in done.stderr
