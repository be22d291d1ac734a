"""Which vendor got the request of which scene, seen at the vendors' end."""

from __future__ import annotations

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
tier: 1
image_provider: flux
---

## The moon
@prompt: a full moon

The moon pulls.

## The sea
@prompt: a calm sea
@image_provider: dall-e-3
@tts_provider: eleven_v4

The sea rises.

## The wave
@prompt: a long wave
@video_provider: fal-wan
@tts_provider: gemini-3.8-flash-tts

The wave rolls.

## The end
@image_provider: cards
@tts_provider: espeak

That is all.
"""
SAID = ("The moon pulls.", "The sea rises.", "The wave rolls.", "That is all.")
SHOWN = ("a full moon", "a calm sea", "a long wave")


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "tides.md"
    path.write_text(SCRIPT)
    return path


def orders(lab: Lab) -> dict[str, str]:
    """Which vendor's route was asked for each picture and each sentence."""
    found = {}
    for seen in lab.requests:
        if seen.method == "POST":
            body = str(seen.body)
            for words in (*SAID, *SHOWN):
                if words.rstrip(".") in body:
                    found[words] = f"{seen.vendor} {seen.route}"
    return found


def used(film: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(i["scene"], i["what"]): i["model"] for i in receipt(film)["items"]}


def test_each_scene_is_bought_where_it_says(lab: Lab, script: Path, tmp_path: Path) -> None:
    film = make(script, tmp_path, IMAGE_PROVIDER="sdxl", **lab.urls)
    assert orders(lab) == {
        "a full moon": "replicate create",
        "a calm sea": "openai images",
        "a long wave": "fal create",
        "The moon pulls.": "openai speech",
        "The sea rises.": "elevenlabs speech",
        "The wave rolls.": "gemini speech",
    }
    (moon,) = [s for s in lab.requests if s.vendor == "replicate" and s.method == "POST"]
    assert "flux-dev" in f"{moon.path} {moon.body}", "the front matter goes before the environment"
    told = used(film)
    assert told["s03", "picture"] == "gpt-image-2.5-flare"
    assert told["s05", "picture"] == "cards"
    assert told["s05", "speech"] == "espeak-ng"
    read = receipt(film)
    asked = {i["asked"] for i in read["items"] if (i["scene"], i["what"]) == ("s03", "picture")}
    assert asked == {"dall-e-3"}
    assert {i["asked"] for i in read["items"] if i["scene"] != "s03"} == {""}
    assert "dall-e-3 was shut down on 2026-05-12" in " ".join(read["notes"])
    known = [i for i in read["items"] if i["usd"] is not None]
    assert sum(Decimal(str(i["usd"])) for i in known) > 0
    assert not lab.violations


def test_the_command_line_sends_every_scene_to_one_vendor(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    told = ("--image", "gpt-image-low,cards", "--speech", "edge", "--video", "wan")
    film = make(script, tmp_path, *told, **lab.urls)
    assert orders(lab) == {
        "a full moon": "openai images",
        "a calm sea": "openai images",
        "a long wave": "replicate create",
    }
    speech = {model for (_, what), model in used(film).items() if what == "speech"}
    assert speech == {"edge-read-aloud"}
    images = [s for s in lab.requests if s.route == "images"]
    assert {s.body["quality"] for s in images} == {"low"}


def test_a_scenes_own_chain_falls_back_for_that_scene_alone_and_strict_forbids_it(
    lab: Lab, tmp_path: Path
) -> None:
    lab.faults.script(Rule("failed", vendor="replicate"))
    path = tmp_path / "tides.md"
    path.write_text(
        "# Tides\n\n## The moon\n@image_provider: flux, openai-images\n@prompt: a full moon\n\n"
        "The moon pulls.\n\n## The sea\n@image_provider: fal-flux\n@prompt: a calm sea\n\n"
        "The sea rises.\n"
    )
    told = ("make", path, "--strict", "--out", tmp_path / "films")
    done = reelwright(*told, home=tmp_path, **lab.urls)
    assert done.returncode == 4
    assert "s02 picture could not be made: flux: " in done.stderr
    film = make(path, tmp_path, **lab.urls)
    assert used(film)["s02", "picture"] == "gpt-image-2.5-flare"
    assert used(film)["s03", "picture"] == "fal-ai/flux/dev"
    (note,) = [n for n in receipt(film)["notes"] if " picture: made by " in n]
    assert note.startswith("s02 picture: made by openai-images (flux: ")
    assert not lab.bill.doubles()
