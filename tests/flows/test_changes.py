"""What a plan says of the last film: which scenes change, why, and what is bought for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flows.edits.matching import Known, match, scene_index
from flows.edits.reasons import narration_reasons, request_reasons
from prompts.errors import ScriptError
from prompts.plan import plan_storyboard
from prompts.reading.script import read_script
from tests.flows.films import SCRIPT, make, reelwright


def plan(script: Path, home: Path, *told: str, **env: str) -> dict[str, Any]:
    done = reelwright("plan", script, "--json", *told, home=home, **env)
    assert done.returncode == 0, done.stderr
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def changed(told: dict[str, Any]) -> dict[str, list[str]]:
    return {scene["id"]: scene["changes"] for scene in told["scenes"] if scene["changes"]}


@pytest.mark.slow
@pytest.mark.drill
def test_a_plan_tells_each_edit_and_the_scene_it_is_in(tmp_path: Path) -> None:
    script = tmp_path / "tides.md"
    script.write_text(SCRIPT)
    before = plan(script, tmp_path)
    assert before["last_film"] is None
    make(script, tmp_path)
    same = plan(script, tmp_path)
    assert (changed(same), same["to_make"]) == ({}, [])
    assert same["segments"]["owned"] == same["segments"]["total"] > 0

    script.write_text(SCRIPT.replace("rises twice a day", "rises and falls"))
    assert changed(plan(script, tmp_path)) == {"s02": ["narration"]}
    done = reelwright("plan", script, "--explain", "s2", home=tmp_path)
    assert "the narration's second sentence changed" in done.stdout

    inserted = SCRIPT.replace(
        "## In numbers", "## Far out\nWaves are small there.\n\n## In numbers"
    )
    script.write_text(inserted)
    told = plan(script, tmp_path)
    assert changed(told) == {"s03": ["new"]}
    assert {s["id"]: s["was"] for s in told["scenes"]}["s04"] == "s03"

    script.write_text(SCRIPT.replace("title: Tides", "title: The tides"))
    renamed = plan(script, tmp_path)
    assert "s01" in changed(renamed)
    assert "s02" not in changed(renamed), "a film is found again under another title"

    script.write_text(SCRIPT)
    themed = plan(script, tmp_path, "--theme", "signal")
    assert {tuple(words) for words in changed(themed).values()} == {("theme",)}
    assert len(themed["to_make"]) == len(themed["scenes"])


def test_scenes_are_told_by_heading_and_words_wherever_they_stand() -> None:
    tide, wave = Known("Why", "the moon pulls at the sea"), Known("A wave", "it goes and comes")
    edited = Known("Why", "the moon pulls hard at the sea")
    renamed = Known("Waves", "it goes and comes")
    assert match([tide, wave], [wave, Known("", "something else"), edited]) == [1, None, 0]
    assert match([tide, wave], [tide, renamed]) == [0, 1]
    assert match([], [tide]) == [None]
    assert match([tide, tide], [tide, tide, tide]) == [0, 1, None]


def test_a_narrations_changed_sentence_is_named() -> None:
    old = "One is here. Two is here. Three is here."
    cases = {
        "One is here. Two was there. Three is here.": "second sentence changed",
        "One is here. Three is here.": "second sentence was taken out",
        old + " Four is here.": "fourth sentence is new",
        "": "was taken out",
    }
    for new, told in cases.items():
        (reason,) = narration_reasons(old, new)
        assert told in reason.sentence


def test_a_model_that_was_replaced_is_named() -> None:
    (reason,) = request_reasons(
        {"model": "flux", "input": {"steps": 4}}, {"model": "sdxl", "input": {"steps": 30}}
    )
    assert reason.sentence == "the model flux was replaced by sdxl"
    (reason,) = request_reasons({"input": {"quality": "low"}}, {"input": {"quality": "high"}})
    assert "quality" in reason.sentence


def test_a_scene_is_meant_by_number_or_by_its_headings_first_words(tmp_path: Path) -> None:
    path = tmp_path / "tides.md"
    path.write_text(SCRIPT)
    board = plan_storyboard(read_script(path))
    assert [scene_index(board, told) for told in ("2", "s2", "s02", "why the")] == [1] * 4
    for wrong in ("9", "0", "nothing", ""):
        with pytest.raises(ScriptError):
            scene_index(board, wrong)
