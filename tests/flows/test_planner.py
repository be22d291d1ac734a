"""Films whose scenes a language model plans: bought once, capped, remembered, and never needed."""

from __future__ import annotations

import json
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
title: Bread
planner: llm
captions: none
---

## Something alive
A spoon of yeast holds fifty billion cells. Give them sugar and they start to breathe out.

## In the dough
Each small pocket of gas is a balloon that the yeast has filled. It rises in the oven.
"""


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "bread.md"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def prompts(film: dict[str, Any]) -> dict[str, str]:
    board = json.loads((Path(film["video"]).parent / "storyboard.json").read_text())
    return {scene["narration"]: scene["visual"]["prompt"] for scene in board["scenes"]}


def test_a_plan_is_bought_once_and_an_edit_asks_for_its_own_passage_alone(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    first = make(script, tmp_path, **lab.urls)
    [asked] = lab.requests
    assert asked.path == "/openai/v1/responses"
    assert Decimal(str(first["usd"])) == lab.bill.usd > 0
    units = {i["unit"]: i["state"] for i in receipt(first)["items"] if i["what"] == "plan"}
    assert units == {"M input tokens": "made", "M output tokens": "made"}
    assert all("wide view" in prompt for said, prompt in prompts(first).items() if said)

    again = make(script, tmp_path, **lab.urls)
    assert len(lab.requests) == 1
    assert again["usd"] == 0
    assert Decimal(str(again["saved_usd"])) == lab.bill.usd
    assert prompts(again) == prompts(first)

    script.write_text(SCRIPT.replace("in the oven", "in the heat"), encoding="utf-8")
    edited = prompts(make(script, tmp_path, **lab.urls))
    _, asked = lab.requests
    assert "1| Each small pocket" in asked.body["input"][1]["content"]
    assert "1| A spoon" not in asked.body["input"][1]["content"]
    assert "cut-outs" in asked.body["input"][0]["content"]
    same = (
        "A spoon of yeast holds fifty billion cells. Give them sugar and they start to breathe out."
    )
    assert edited[same] == prompts(first)[same]
    assert lab.violations == ()
    assert lab.bill.doubles() == {}


def test_an_answer_that_is_wrong_twice_is_mended_once_and_then_rules_plan(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    lab.vendors["openai"].writer.say("no plan at all")  # type: ignore[attr-defined]
    lab.vendors["openai"].writer.say("", "refused")  # type: ignore[attr-defined]
    film = make(script, tmp_path, **lab.urls)
    assert len(lab.requests) == 2
    mended = lab.requests[1].body["input"]
    assert [turn["role"] for turn in mended] == ["system", "user", "assistant", "user"]
    assert "Invalid JSON" in mended[3]["content"]
    [note] = receipt(film)["notes"]
    assert note.startswith("planned by rules: line 7, line 10 (gpt-6-luna answered twice")
    assert set(prompts(film).values()) == {""}
    make(script, tmp_path, **lab.urls)
    assert len(lab.requests) == 2


def test_a_model_that_cannot_be_reached_is_followed_by_the_next(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    lab.faults.script(Rule("bad_key", vendor="openai"))
    film = make(script, tmp_path, **lab.urls)
    assert [seen.status for seen in lab.requests] == [401, 200]
    [note] = receipt(film)["notes"]
    assert note.startswith("planned by another model: ")
    assert lab.urls["OPENAI_API_KEY"] not in json.dumps(receipt(film))


def test_a_plan_that_would_pass_the_cap_is_not_asked_for(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    told = ("make", script, "--budget", "0.001")
    done = reelwright(*told, home=tmp_path, **lab.urls)
    assert (done.returncode, lab.requests) == (3, ())
    assert "budget" in done.stderr


def test_checking_and_planning_ask_nobody_and_say_what_it_would_cost(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    done = reelwright("plan", script, home=tmp_path, **lab.urls)
    assert (
        "2 of 2 passages are not planned yet: `make` asks gpt-6-luna, for at most $" in done.stdout
    )
    assert reelwright("check", script, home=tmp_path, **lab.urls).returncode == 0
    assert lab.requests == ()


def test_without_a_key_rules_plan_and_a_note_says_which_to_set(
    script: Path, tmp_path: Path
) -> None:
    done = reelwright("plan", script, home=tmp_path, OPENAI_API_KEY="", GEMINI_API_KEY="")
    assert done.returncode == 0
    assert "no language model has a key; set one of OPENAI_API_KEY" in done.stdout


def test_a_planner_that_does_not_exist_is_refused_by_name(script: Path, tmp_path: Path) -> None:
    done = reelwright("check", script, "--planner", "gpt-6-lunar", home=tmp_path)
    assert done.returncode == 2
    assert "did you mean 'gpt-6-luna'?" in done.stderr
