"""What is flagged holds back its own scene, and takes are judged like all else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.edits.takes import takes_path
from tests.flows.films import make, reelwright
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill]

SCRIPT = """---
title: Tides
tier: 2
tts_provider: openai
captions: none
---

## Why the sea moves
The Moon pulls at the sea.

## In the night
It rises and you kill yourself.
"""
FLAGGED, HARMFUL = "and you kill yourself", "a nude young girl"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(queue_s=0.01, work_s=0.01) as running:
        yield running


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "tides.md"
    path.write_text(SCRIPT)
    return path


def charged(lab: Lab) -> list[str]:
    return sorted(charge.model for charge in lab.bill.charges)


def test_a_flagged_scene_is_held_back_and_the_others_are_bought(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    told = ("make", script, "--json")
    waits = reelwright(*told, home=tmp_path, **lab.urls)
    assert waits.returncode == 5
    assert json.loads(waits.stdout)["state"] == "waiting for approval"
    assert len(charged(lab)) == 2, "the other scene's picture and narration"
    assert not list(tmp_path.glob("films/*/video.mp4"))
    again = reelwright(*told, home=tmp_path, **lab.urls)
    assert (again.returncode, len(charged(lab))) == (5, 2)
    reelwright("approve", script, "--scene", "3", home=tmp_path)
    make(script, tmp_path, **lab.urls)
    assert len(charged(lab)) == 4
    assert lab.bill.doubles() == {}


@pytest.mark.parametrize("where", ["title: Tides", "tier: 2"])
def test_words_of_the_whole_film_hold_all_of_it_back(
    lab: Lab, script: Path, tmp_path: Path, where: str
) -> None:
    flagged = (
        "title: Tides and you kill yourself"
        if "title" in where
        else ("tier: 2\ndescription: and you kill yourself")
    )
    script.write_text(SCRIPT.replace(where, flagged))
    assert reelwright("make", script, home=tmp_path, **lab.urls).returncode == 5
    assert charged(lab) == []


def test_flagged_words_are_sent_to_no_planner_and_no_translator(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    for told in (("--planner", "llm"), ("--languages", "de")):
        done = reelwright("make", script, *told, home=tmp_path, **lab.urls)
        assert done.returncode == 5
        assert lab.requests == ()


def test_films_in_several_languages_wait_beside_each_other(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    script.write_text(SCRIPT.replace("kill yourself", "sleep"))
    for language in ("de", "ja"):
        make(script, tmp_path, "--languages", language, **lab.urls)
        words = tmp_path / f"tides.{language}.toml"
        said = f"{language.capitalize()} It rises and you"
        words.write_text(words.read_text().replace(f"{said} sleep.", f"{said} kill yourself."))
    done = reelwright("make", script, "--languages", "de,ja,en", home=tmp_path, **lab.urls)
    assert done.returncode == 5
    listed = reelwright("approve", script, home=tmp_path).stdout
    assert "s03 narration in de" in listed
    assert "s03 narration in ja" in listed
    said = reelwright("approve", script, "--scene", "3", home=tmp_path).stdout
    assert said.count("approved by") == 2
    done = reelwright("make", script, "--languages", "de,ja", home=tmp_path, **lab.urls)
    assert done.returncode == 0, done.stderr


def test_what_a_take_is_to_show_is_judged_before_it_is_bought(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    script.write_text(SCRIPT.replace("kill yourself", "sleep"))
    make(script, tmp_path, **lab.urls)
    bought = charged(lab)

    def redo(prompt: str, **env: str) -> Any:
        told = ("redo", script, "--scene", "2", "--prompt", prompt)
        return reelwright(*told, home=tmp_path, **lab.urls, **env)

    refused = redo(HARMFUL)
    assert refused.returncode == 2
    assert f"{script}:8: prompt of a take: this may not be in a film" in refused.stderr
    waits = redo(f"the sea {FLAGGED}")
    assert waits.returncode == 5
    assert (charged(lab), takes_path(script).exists()) == (bought, False)
    reelwright("approve", script, "--scene", "2", home=tmp_path)
    assert redo(f"the sea {FLAGGED}").returncode == 0
    assert len(charged(lab)) == len(bought) + 1


def test_the_picture_of_a_take_is_judged_too(lab: Lab, script: Path, tmp_path: Path) -> None:
    script.write_text(SCRIPT.replace("kill yourself", "sleep"))
    told = {"MODERATION": "openai", **lab.urls}
    lab.vendors["openai"].court.pictures += [{"violence/graphic": 0.95}]  # type: ignore[attr-defined]
    done = reelwright("redo", script, "--scene", "2", home=tmp_path, **told)
    assert done.returncode == 0, done.stderr
    assert "s02 take 1 (violence_graphic by omni-moderation) waits for `reelwright approve`" in (
        done.stdout.replace("graphic_violence", "violence_graphic")
    )
    waits = reelwright("make", script, home=tmp_path, **told)
    assert waits.returncode == 5, "it is not in a film before somebody has looked at it"
    reelwright("approve", script, "--scene", "2", home=tmp_path)
    make(script, tmp_path, **told)


def test_another_take_of_a_clip_is_bought_once_and_shown(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    script.write_text(
        "---\ntitle: Tides\ntier: 3\ncaptions: none\n---\n\n## Why the sea moves\n"
        "@visual: clip\n@prompt: a wave rolls in\n\nThe Moon pulls at the sea.\n"
    )
    told = ("--speech", "espeak")
    before = make(script, tmp_path, *told, **lab.urls)
    count = len(charged(lab))
    asked = ("redo", script, "--scene", "2", "--what", "clip", "--candidates", "2", *told)
    dry = reelwright(*asked, "--dry-run", home=tmp_path, **lab.urls)
    assert "s02 clip: 2 takes" in dry.stdout, dry.stderr
    assert len(charged(lab)) == count
    done = reelwright(*asked, home=tmp_path, **lab.urls)
    assert done.returncode == 0, done.stderr
    assert len(charged(lab)) == count + 2
    folder = tmp_path / "films" / "tides" / "takes"
    assert {p.name for p in folder.glob("s02-clip-*")} == {f"s02-clip-{n}.mp4" for n in range(3)}
    assert (folder / "s02-clip.png").exists()
    shown = ("--scene", "2", "--what", "clip", "--candidate", "2", *told)
    assert reelwright("pick", script, *shown, home=tmp_path, **lab.urls).returncode == 0
    now = make(script, tmp_path, *told, **lab.urls)
    assert len(charged(lab)) == count + 2
    assert Path(now["video"]) == Path(before["video"])
    items = json.loads((Path(now["video"]).parent / "receipt.json").read_text())["items"]
    [clip] = [i for i in items if i["what"] == "picture" and i["scene"] == "s02"]
    assert clip["key"] in takes_path(script).read_text()
    assert lab.violations == ()
    assert lab.bill.doubles() == {}
