"""Stores of several machines in one bucket, over HTTP."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from providers.requests import Job
from providers.shelves import Bucket, Folder, StoreUnusable
from providers.store import Asset, Store, object_name, receipt_name
from providers.store_shared import SharedStore
from tests.s3 import S3Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("s3")]
MUCH = 10**9
ROOT = Path(__file__).parents[2]


@pytest.fixture
def shelf(s3: S3Server, bucket: str) -> Bucket:
    return Bucket(f"s3://{bucket}/films", s3.access)


def machine(tmp_path: Path, name: str, shelf: Bucket, most_bytes: int = MUCH) -> SharedStore:
    """The store as a machine with a disk of its own sees it."""
    return SharedStore(tmp_path / name, shelf, None, most_bytes)


def keep(store: Store, key: str, data: bytes) -> Asset:
    with store.scratch() as path:
        path.write_bytes(data)
        return store.keep(key, path, media_type="text/plain", provider="p", model="m")


def test_what_one_machine_keeps_another_has(tmp_path: Path, shelf: Bucket) -> None:
    kept = keep(machine(tmp_path, "a", shelf), "k", b"hello")
    other = machine(tmp_path, "b", shelf)
    assert other.find("k") == kept
    assert other.path(kept.digest).read_bytes() == b"hello"
    assert other.id() == machine(tmp_path, "a", shelf).id()
    assert other.size() == (1, 5)


def test_orders_are_known_to_all_machines(tmp_path: Path, shelf: Bucket) -> None:
    first, second = machine(tmp_path, "a", shelf), machine(tmp_path, "b", shelf)
    job = Job(id="j", provider="p")
    first.save_job("k", job)
    at = first.note_sent("k")
    assert (second.open_job("k"), second.sent_at("k")) == (job, at)
    second.close_job("k")
    assert (first.open_job("k"), first.sent_at("k")) == (None, None)


def test_what_is_on_the_disk_is_not_asked_for_again(tmp_path: Path, shelf: Bucket) -> None:
    store = machine(tmp_path, "a", shelf)
    kept = keep(store, "k", b"hello")
    away = SharedStore(tmp_path / "a", Nowhere(), None, MUCH)
    assert away.find("k") == kept
    assert away.path(kept.digest).read_bytes() == b"hello"
    with pytest.raises(StoreUnusable):
        away.find("other")


class Nowhere(Bucket):
    """A bucket that cannot be reached."""

    def __init__(self) -> None:
        super().__init__("s3://bucket/films", {"endpoint": "http://127.0.0.1:9", "region": "x",
                         "access_key_id": "k", "secret_access_key": "s"})  # fmt: skip


def test_a_damaged_object_is_put_aside_and_not_used(tmp_path: Path, shelf: Bucket) -> None:
    kept = keep(machine(tmp_path, "a", shelf), "k", b"hello")
    shelf.write(object_name(kept.digest), b"jello")
    other = machine(tmp_path, "b", shelf)
    assert other.find("k"), "its size is right"
    with pytest.raises(StoreUnusable, match=r"damaged and was put aside; run again"):
        other.path(kept.digest)
    assert other.find("k") is None
    assert shelf.read(f"quarantine/{kept.digest}") == b"jello"


def test_a_receipt_without_its_bytes_is_no_possession(tmp_path: Path, shelf: Bucket) -> None:
    kept = keep(machine(tmp_path, "a", shelf), "k", b"hello")
    shelf.remove(object_name(kept.digest))
    assert machine(tmp_path, "b", shelf).find("k") is None


KILLED = """
import os, signal, sys
from pathlib import Path
from providers.shelves import Bucket
from providers.store_shared import SharedStore

class Dies(Bucket):
    def write(self, name, data):
        os.kill(os.getpid(), signal.SIGKILL)

home, url, *access = sys.argv[1:]
store = SharedStore(Path(home), Dies(url, dict(a.split("=", 1) for a in access)), None, 10**9)
with store.scratch() as path:
    path.write_bytes(b"hello")
    store.keep("k", path, media_type="text/plain", provider="p", model="m")
"""


def test_who_dies_between_bytes_and_receipt_leaves_nothing_that_counts(
    tmp_path: Path, shelf: Bucket, s3: S3Server
) -> None:
    access = [f"{name}={value}" for name, value in s3.access.items()]
    told = [sys.executable, "-c", KILLED, str(tmp_path / "a"), shelf.shown, *access]
    assert subprocess.run(told, check=False, cwd=ROOT).returncode == -9
    assert [e.size for e in shelf.entries("objects")] == [5]
    assert machine(tmp_path, "b", shelf).find("k") is None
    kept = machine(tmp_path, "a", shelf).find("k")
    assert kept, "the machine itself has both, and puts there what is missing"
    assert machine(tmp_path, "b", shelf).find("k") == kept


def test_what_a_bucket_would_not_take_is_put_there_later(tmp_path: Path, shelf: Bucket) -> None:
    away = SharedStore(tmp_path / "a", Nowhere(), None, MUCH)
    with pytest.raises(StoreUnusable):
        keep(away, "k", b"hello")
    assert machine(tmp_path, "b", shelf).find("k") is None
    kept = machine(tmp_path, "a", shelf).find("k")
    assert kept
    other = machine(tmp_path, "b", shelf)
    assert other.find("k") == kept
    assert other.path(kept.digest).read_bytes() == b"hello"


def test_the_cache_stays_within_its_bounds(tmp_path: Path, shelf: Bucket) -> None:
    store = machine(tmp_path, "a", shelf, most_bytes=2500)
    kept = [keep(store, f"k{n}", bytes([n]) * 1000) for n in range(2)]
    disk = Folder(store.root)
    for asset in kept:
        os.utime(disk.path(object_name(asset.digest)), (0, 0))
    os.utime(disk.path(object_name(kept[1].digest)), (9, 9))
    third = keep(store, "k2", b"\2" * 1000)
    held = {entry.name for entry in disk.entries("objects")}
    assert held == {object_name(a.digest) for a in (kept[1], third)}, "the oldest went"
    assert store.find("k0") == kept[0]
    assert store.path(kept[0].digest).stat().st_size == 1000, "it is fetched again"


def test_what_people_said_is_never_taken_from_the_cache(tmp_path: Path, shelf: Bucket) -> None:
    first, second = machine(tmp_path, "a", shelf), machine(tmp_path, "b", shelf)
    keep(first, "approval-x", b"no")
    assert second.find("approval-x")
    changed = keep(first, "approval-x", b"yes")
    assert second.find("approval-x") == changed


def test_work_made_elsewhere_lies_on_this_disk_before_it_is_used(
    tmp_path: Path, shelf: Bucket
) -> None:
    kept = keep(machine(tmp_path, "a", shelf), "k", b"hello")
    store = machine(tmp_path, "b", shelf)

    async def make(path: Path) -> dict[str, Any]:
        raise AssertionError("it is owned")

    assert asyncio.run(store.work("k", "text/plain", make)) == (kept, False)
    assert (store.root / object_name(kept.digest)).read_bytes() == b"hello"


def test_a_receipt_in_use_is_written_again_when_it_is_a_day_old(
    tmp_path: Path, shelf: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(machine(tmp_path, "a", shelf), "k", b"hello")
    written: list[str] = []
    monkeypatch.setattr(Bucket, "write", lambda self, name, data: written.append(name))
    store = machine(tmp_path, "a", shelf)
    assert store.find("k")
    assert written == []
    os.utime(store.root / receipt_name("k"), (0, 0))
    assert store.find("k")
    assert written == [receipt_name("k")]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"endpoint": "http://127.0.0.1:9"}, "its server does not answer; check the address"),
        ({}, "there is no such bucket; make it first"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_told_in_a_sentence(
    s3: S3Server, change: dict[str, str], told: str
) -> None:
    with pytest.raises(StoreUnusable, match=told) as wrong:
        Bucket("s3://none-such/films", s3.access | change).write("a", b"")
    assert "\n" not in str(wrong.value)
    assert "secret" not in str(wrong.value)
