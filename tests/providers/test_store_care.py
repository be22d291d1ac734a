"""Clearing up and verifying a store, in a folder and in a bucket."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from providers.requests import Job
from providers.shelves import Bucket, Entry, Folder
from providers.store import Asset, Store, object_name, receipt_name
from providers.store_care import clear_up, sizes, verify_all
from providers.store_shared import SharedStore
from tests.s3 import S3Server

DAY_S = 86400


class AgedBucket(Bucket):
    """A bucket that can be told when a file was written, which S3 cannot."""

    ages: dict[str, float]

    def entry(self, name: str) -> Entry | None:
        told = super().entry(name)
        return told and told._replace(used_at=self.ages.get(name, told.used_at))

    def entries(self, folder: str):  # type: ignore[no-untyped-def]
        for told in super().entries(folder):
            yield told._replace(used_at=self.ages.get(told.name, told.used_at))

    def write(self, name: str, data: bytes) -> None:
        self.ages.pop(name, None)
        super().write(name, data)


BUCKET = pytest.param("bucket", marks=[pytest.mark.slow, pytest.mark.xdist_group("s3")])
Age = Callable[[str, float], None]


@pytest.fixture(params=["folder", BUCKET])
def aged(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Store, Age]:
    """An empty store, and a way to make a file of it as many days old."""
    if request.param == "folder":
        folder = Store(tmp_path / "store")

        def touch(name: str, days: float) -> None:
            os.utime(folder.root / name, (time.time() - days * DAY_S,) * 2)

        return folder, touch
    s3: S3Server = request.getfixturevalue("s3")
    shelf = AgedBucket(f"s3://{s3.new_bucket()}/films", s3.access)
    shelf.ages = {}

    def note(name: str, days: float) -> None:
        shelf.ages[name] = time.time() - days * DAY_S

    return SharedStore(tmp_path / "cache", shelf, None, 10**9), note


def keep(store: Store, key: str, data: bytes, capability: str = "") -> Asset:
    with store.scratch() as path:
        path.write_bytes(data)
        return store.keep(
            key, path, media_type="text/plain", provider="p", model="m",
            request={"capability": capability} if capability else {},
        )  # fmt: skip


def fresh(store: Store, name: str) -> Store:
    """The same store as another machine sees it."""
    if isinstance(store.shelf, Folder):
        return Store(store.root)
    return SharedStore(store.root.with_name(name), store.shelf, None, 10**9)


def test_what_was_used_of_late_stays_and_what_was_not_goes(aged: tuple[Store, Age]) -> None:
    store, age = aged
    old, new = keep(store, "r1-old", b"1234", "image"), keep(store, "film-new", b"12345")
    for name in (receipt_name("r1-old"), object_name(old.digest), object_name(new.digest)):
        age(name, 40)
    told = clear_up(store, 30, None, is_dry=True)
    assert (dict(told.gone), told.freed_bytes.total(), told.left_bytes) == ({"image": 1}, 4, 5)
    assert fresh(store, "b").size() == (2, 9), "it was only asked"
    told = clear_up(store, 30, None)
    assert (dict(told.gone), told.needed_bytes) == ({"image": 1}, 5)
    assert fresh(store, "c").find("r1-old") is None
    assert fresh(store, "c").find("film-new") == new
    assert store.size() == (1, 5)


def test_who_finds_a_thing_keeps_it_from_going(aged: tuple[Store, Age]) -> None:
    store, age = aged
    kept = keep(store, "k", b"1234")
    age(receipt_name("k"), 40)
    assert fresh(store, "b").find("k") == kept
    assert not clear_up(store, 30, None).gone
    assert fresh(store, "c").find("k") == kept


def test_things_go_oldest_first_until_the_store_is_small_enough(aged: tuple[Store, Age]) -> None:
    store, age = aged
    for number in range(4):
        kept = keep(store, f"k{number}", bytes([number]) * 100)
        age(receipt_name(f"k{number}"), 90 - number)
        age(object_name(kept.digest), 90)
    told = clear_up(store, 30, 250)
    assert (told.left_bytes, told.freed_bytes.total()) == (200, 200)
    assert [bool(fresh(store, "b").find(f"k{n}")) for n in range(4)] == [False, False, True, True]


def test_orders_and_what_people_said_stay_whatever_their_age(aged: tuple[Store, Age]) -> None:
    store, age = aged
    keep(store, "approval-x", b"yes")
    keep(store, "ordered", b"1")
    store.save_job("ordered", Job(id="j", provider="p"))
    for key in ("approval-x", "ordered"):
        age(receipt_name(key), 4000)
    assert not clear_up(store, 1, 0).gone
    assert store.open_job("ordered")


def test_what_is_being_made_just_now_stays(aged: tuple[Store, Age]) -> None:
    store, age = aged
    keep(store, "k", b"1234")
    age(receipt_name("k"), 40)

    async def main() -> int:
        async with store.alone("k"):
            return clear_up(store, 30, None).busy

    assert asyncio.run(main()) == 1
    assert store.size() == (1, 4)


def test_bytes_that_two_things_share_go_with_the_last(aged: tuple[Store, Age]) -> None:
    store, age = aged
    kept = keep(store, "old", b"1234")
    keep(store, "new", b"1234")
    age(receipt_name("old"), 40)
    told = clear_up(store, 30, None)
    assert (told.gone.total(), told.freed_bytes.total()) == (1, 0)
    assert fresh(store, "b").path(kept.digest).read_bytes() == b"1234"


def test_bytes_without_a_receipt_go_when_they_are_not_just_written(aged: tuple[Store, Age]) -> None:
    store, age = aged
    left, young = keep(store, "a", b"12"), keep(store, "b", b"123")
    for key in ("a", "b"):
        store.shelf.remove(receipt_name(key))
    age(object_name(left.digest), 2)
    assert sizes(store) == {"unclaimed": (2, 5)}
    assert clear_up(store, 30, None).freed_bytes == {"unclaimed": 2}
    assert [e.name for e in store.shelf.entries("objects")] == [object_name(young.digest)]


def test_damaged_bytes_are_put_aside_and_count_as_not_owned(aged: tuple[Store, Age]) -> None:
    store, _ = aged
    kept, whole = keep(store, "k", b"1234", "image"), keep(store, "w", b"123")
    store.shelf.write(object_name(kept.digest), b"1x34")
    seen: list[tuple[int, int]] = []
    told = verify_all(store, lambda done, of: seen.append((done, of)))
    assert told.damaged == (f"image {kept.digest[:12]} by m",)
    assert (told.objects, seen) == (2, [(1, 2), (2, 2)])
    assert store.find("k") is None
    assert store.find("w") == whole
    assert store.shelf.read(f"quarantine/{kept.digest}") == b"1x34"
    keep(store, "k", b"1234", "image")
    assert verify_all(store).damaged == ()
    assert fresh(store, "b").find("k")


def test_sizes_are_told_by_kind(aged: tuple[Store, Age]) -> None:
    store, _ = aged
    keep(store, "r1-a", b"12", "speech")
    keep(store, "r1-b", b"123", "speech")
    keep(store, "film-c", b"12345678")
    assert list(sizes(store).items()) == [("film", (1, 8)), ("speech", (2, 5))]
