"""`reelwright store`, `store gc` and `store verify`, with real films."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from flows.sharing.storekeeping import size_of, told_size
from tests.flows.films import SCRIPT, make, receipt, reelwright

DAY_S = 86400


def age(paths: Iterable[Path], days: float) -> None:
    for path in paths:
        if path.is_file():
            os.utime(path, (time.time() - days * DAY_S,) * 2)


@pytest.mark.slow
def test_what_a_film_of_late_needs_survives_clearing_up_and_the_rest_goes(tmp_path: Path) -> None:
    script, other = tmp_path / "tides.md", tmp_path / "other.md"
    script.write_text(SCRIPT)
    other.write_text("## Other\nNobody asked for this again.\n")
    make(script, tmp_path)
    make(other, tmp_path)
    held = tmp_path / "store"
    age(held.rglob("*"), 40)
    make(script, tmp_path)
    before = len(list((held / "objects").rglob("*/*")))
    dry = reelwright("store", "gc", "--keep-days", "30", "--dry-run", home=tmp_path)
    assert "would be freed" in dry.stdout
    assert len(list((held / "objects").rglob("*/*"))) == before
    done = reelwright("store", "gc", "--keep-days", "30", home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list((held / "objects").rglob("*/*"))) < before
    # A changed sentence makes as much again as it would have before.
    script.write_text(SCRIPT.replace("Every tide has its time.", "Each has its time."))
    told = receipt(make(script, tmp_path))
    assert [i["scene"] for i in told["items"] if i["state"] == "made"] == ["s03"]
    assert told["pieces"]["segment"]["owned"] > 0
    made_again = receipt(make(other, tmp_path))
    assert {i["state"] for i in made_again["items"]} == {"made"}


@pytest.mark.slow
def test_a_damaged_thing_is_found_told_and_made_again(tmp_path: Path) -> None:
    script = tmp_path / "tides.md"
    script.write_text(SCRIPT)
    told = receipt(make(script, tmp_path))
    (voice, *_) = [i for i in told["items"] if i["what"] == "speech"]
    lies = tmp_path / "store" / "objects" / voice["digest"][:2] / voice["digest"]
    whole = lies.read_bytes()
    lies.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    done = reelwright("store", "verify", home=tmp_path)
    assert done.returncode == 1
    assert f"damaged: speech {voice['digest'][:12]} by espeak" in done.stderr
    script.write_text(SCRIPT.replace("Every tide has its time.", "Each has its time."))
    make(script, tmp_path)
    assert lies.read_bytes() == whole
    done = reelwright("store", "verify", home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    shown = reelwright("store", home=tmp_path).stdout
    kinds = re.findall(r"^(\w+) +\d+ +[\d.]+ [kMG]?B$", shown, re.MULTILINE)
    assert {"speech", "image", "segment", "sound", "film", "together"} <= set(kinds)


@pytest.mark.parametrize(
    ("told", "size"),
    [("50GB", 50 * 10**9), ("1.5 TB", 1_500_000_000_000), ("2GiB", 2**31), ("300", 300),
     ("a lot", None), ("1.2.3 MB", None), ("", None)],
)  # fmt: skip
def test_sizes_are_read_as_people_write_them(told: str, size: int | None) -> None:
    assert size_of(told) == size


def test_sizes_are_told_as_people_say_them() -> None:
    assert [told_size(n) for n in (0, 999, 81_200, 3_400_000_000)] == [
        "0 B", "999 B", "81 kB", "3.4 GB",
    ]  # fmt: skip


@pytest.mark.slow
def test_a_size_that_is_none_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = reelwright("store", "gc", "--max-size", "huge", home=tmp_path)
    assert done.returncode == 2
    assert done.stderr.strip() == "--max-size is 'huge'; write a size such as 50GB or 800MB"
