"""An inbox in a bucket: the same as in a folder, and nothing is made or lost when it breaks off."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from flows.batches.batch import Make
from flows.batches.inbox_bucket import OWNER, empty_bucket
from flows.batches.outcome import Outcome
from flows.batches.plan import Job
from flows.film.produce import Result, open_store
from flows.film.progress import Tell
from flows.scripts.wishes import Wishes
from flows.settings import load_settings
from providers.errors import Failed
from providers.shelves import Bucket, StoreUnusable
from tests.flows.films import reelwright
from tests.s3 import S3Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("s3")]
SCRIPT = b"---\ntitle: Tides\n---\n\n## Tides\nThe sea rises.\n"


@pytest.fixture
def shelf(s3: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return Bucket(f"s3://{bucket}/drop", s3.access)


async def refuse(_job: Job, _out: Path, _tell: Tell) -> Result:
    raise Failed("the vendor is away")


def emptied(shelf: Bucket, make: Make) -> tuple[Outcome, ...]:
    settings = load_settings()
    told = (shelf.shown, settings, open_store(settings), make, Wishes(), 2)
    return asyncio.run(empty_bucket(*told, settled_s=0.05))


def names(shelf: Bucket) -> list[str]:
    return sorted(entry.name for entry in shelf.entries("") if entry.name != OWNER)


def test_a_film_lies_in_the_bucket_beside_its_script(
    shelf: Bucket, s3: S3Server, tmp_path: Path
) -> None:
    shelf.write("tides.md", SCRIPT)
    told = ("inbox", shelf.shown, "--once")
    done = reelwright(*told, home=tmp_path / "home", **s3.environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{shelf.shown}/done/tides/tides.md  ")
    found = names(shelf)
    assert {"done/tides/tides.md", "done/tides/tides.mp4"} < set(found)
    assert "done/tides/tides/receipt.json" in found
    assert all(name.startswith("done/tides/") for name in found)
    again = reelwright(*told, home=tmp_path / "home", **s3.environment)
    assert (again.returncode, again.stdout) == (0, "")


def test_what_fails_says_why_there_and_takes_its_pictures_along(shelf: Bucket) -> None:
    picture = Path(__file__).parents[2] / "examples/pictures/scattering.jpg"
    shelf.write("pictures/wave.jpg", picture.read_bytes())
    shelf.write("tides.md", SCRIPT + b"\n![a wave](pictures/wave.jpg)\n")
    (film,) = emptied(shelf, refuse)
    assert film.script == f"{shelf.shown}/failed/tides/tides.md"
    assert names(shelf) == [
        "failed/tides/WHY.txt", "failed/tides/pictures/wave.jpg", "failed/tides/tides.md",
        "pictures/wave.jpg",
    ]  # fmt: skip
    assert b"the vendor is away" in (shelf.read("failed/tides/WHY.txt") or b"")


def test_a_round_that_broke_off_while_it_put_things_back_is_ended_by_the_next(
    shelf: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.write("tides.md", SCRIPT)
    put, calls = Bucket.copy_in, []

    def broken(self: Any, name: str, file: Path) -> None:
        calls.append(name)
        if len(calls) == 2:
            raise StoreUnusable("the line is cut")
        put(self, name, file)

    monkeypatch.setattr(Bucket, "copy_in", broken)
    with pytest.raises(StoreUnusable):
        emptied(shelf, refuse)
    assert "tides.md" in names(shelf), "it is not taken away before all is there"
    assert emptied(shelf, refuse) == ()
    assert names(shelf) == ["failed/tides/WHY.txt", "failed/tides/tides.md"]


def test_a_script_that_comes_anew_meanwhile_is_not_taken_away(shelf: Bucket) -> None:
    shelf.write("tides.md", SCRIPT)

    async def replaced(_job: Job, _out: Path, _tell: Tell) -> Result:
        shelf.write("tides.md", SCRIPT + b"\nAnd falls.\n")
        raise Failed("no")

    emptied(shelf, replaced)
    assert "tides.md" in names(shelf)
    emptied(shelf, refuse)
    assert {"failed/tides/tides.md", "failed/tides-2/tides.md"} < set(names(shelf))
    assert "tides.md" not in names(shelf)


def test_an_inbox_of_another_store_is_left_to_it(shelf: Bucket) -> None:
    shelf.write(OWNER, b"someone-else")
    shelf.write("tides.md", SCRIPT)
    with pytest.raises(StoreUnusable, match="emptied by workers of another store"):
        emptied(shelf, refuse)
    assert names(shelf) == ["tides.md"]
