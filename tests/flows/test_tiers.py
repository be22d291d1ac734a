"""Tiers by configuration alone, bought from the lab: what is charged is what the receipt says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.flows.films import make, receipt, reelwright
from tests.lab.faults import Rule
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill]

SCRIPT = """---
title: Tides
budget: 5
---

## Why the sea moves
The Moon pulls at the sea. It rises twice a day.

## A wave
@visual: clip
@prompt: a long wave rolls onto a beach

The water goes, and it comes back.
"""


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "tides.md"
    path.write_text(SCRIPT)
    return path


def used(film: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(i["scene"], i["what"], i["model"]) for i in receipt(film)["items"]}


def test_tier_1_buys_and_the_receipt_and_the_costs_are_the_bill(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    film = make(script, tmp_path, "--tier", "1", **lab.urls)
    assert ("s02", "picture", "gpt-image-2.5-flare") in used(film)
    assert ("s02", "speech", "gpt-4o-mini-tts") in used(film)
    assert Decimal(str(film["usd"])) == pytest.approx(lab.bill.usd, abs=Decimal("0.00001"))
    assert any("estimated" in note for note in receipt(film)["notes"])
    done = reelwright("costs", "--by", "model", "--json", home=tmp_path)
    rows = {row["model"]: Decimal(row["usd"]) for row in json.loads(done.stdout)}
    assert sum(rows.values()) == pytest.approx(Decimal(str(film["usd"])), abs=Decimal("0.000001"))
    run = receipt(film)["run"]
    lines = json.loads(reelwright("costs", "show", run, "--json", home=tmp_path).stdout)
    assert {line["state"] for line in lines} == {"paid"}


def test_tier_3_places_a_clip_in_the_film_and_buys_nothing_twice(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    film = make(script, tmp_path, "--tier", "3", **lab.urls)
    clips = [i for i in receipt(film)["items"] if "wan" in i["model"]]
    assert [c["usd"] for c in clips] == [None], "nobody has confirmed its price"
    charges = len(lab.bill.charges)
    again = make(script, tmp_path, "--tier", "3", **lab.urls)
    assert len(lab.bill.charges) == charges
    assert again["usd"] == 0
    assert not lab.violations


def test_a_busy_vendor_is_waited_for_and_a_broken_one_falls_back_to_the_next(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    lab.faults.script(
        Rule("busy", vendor="openai", nth=1, value=0.1),
        Rule("failed", vendor="replicate"),
    )
    chain = {"IMAGE_PROVIDER": "flux,openai-images,cards"}
    film = make(script, tmp_path, "--tier", "1", **lab.urls, **chain)
    assert ("s02", "picture", "gpt-image-2.5-flare") in used(film)
    (note,) = [n for n in receipt(film)["notes"] if n.startswith("s02 picture")]
    assert note.startswith("s02 picture: made by openai-images (flux: ")


def test_strict_makes_no_film_rather_than_another_one(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    lab.faults.script(Rule("failed", vendor="replicate"))
    told = ("make", script, "--tier", "2", "--strict", "--out", tmp_path / "films")
    done = reelwright(*told, home=tmp_path, **lab.urls)
    assert done.returncode == 4
    # Whichever fails first is told.
    assert re.search(r"s0\d (picture|speech) could not be made: (flux|kokoro)", done.stderr)
    assert not list((tmp_path / "films").rglob("video.mp4"))


def test_refused_content_is_softened_once(lab: Lab, script: Path, tmp_path: Path) -> None:
    lab.faults.script(Rule("refused", vendor="openai", route="images", nth=1))
    film = make(script, tmp_path, "--tier", "1", **lab.urls)
    assert ("s02", "picture", "gpt-image-2.5-flare") in used(film)
    assert any("a gentler prompt" in note for note in receipt(film)["notes"])


def test_a_budget_stops_before_the_call_that_would_pass_it_and_the_film_goes_on_later(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    told = ("make", script, "--tier", "1", "--out", tmp_path / "films")
    done = reelwright(*told, "--budget", "0.01", home=tmp_path, **lab.urls)
    assert done.returncode == 3
    assert "stopped by budget: the run budget of $0.01 would be passed" in done.stderr
    assert lab.bill.usd <= Decimal("0.01")
    spent = lab.bill.usd
    film = make(script, tmp_path, "--tier", "1", **lab.urls)
    saved = Decimal(str(film["saved_usd"]))
    assert saved == pytest.approx(spent, abs=Decimal("0.00001"))
    assert not lab.bill.doubles()


def test_no_key_is_one_sentence_that_says_what_to_set(script: Path, tmp_path: Path) -> None:
    done = reelwright("make", script, "--tier", "2", "--out", tmp_path / "films", home=tmp_path)
    assert done.returncode == 4
    assert "REPLICATE_API_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_key_is_found_in_anything_that_was_written_or_said(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    lab.faults.script(Rule("bad_key", vendor="replicate"))
    told = ("make", script, "--tier", "2", "--out", tmp_path / "films")
    done = reelwright(*told, home=tmp_path, **lab.urls)
    make(script, tmp_path, "--tier", "1", **lab.urls)
    keys = [v for k, v in lab.urls.items() if k.endswith(("_KEY", "_TOKEN"))]
    written = [p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()]
    for key in keys:
        assert key not in done.stdout + done.stderr
        assert not [1 for text in written if key.encode() in text]
