"""The guide for editors says what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from prompts.errors import ScriptError
from prompts.plan import plan_storyboard
from prompts.reading.blocks import DirectedCard, DirectedVisual
from prompts.reading.brand import BRAND_KEYS
from prompts.reading.data import BODY_KEYS, SCENE_KEYS
from prompts.reading.directives import DIRECTIVES
from prompts.reading.front import CAPTIONS, FRONT_KEYS
from prompts.reading.script import read_script
from prompts.storyboard import Aspect, FillName, MotionName, TransitionName

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "script.md").read_text(encoding="utf-8")
BRAND = (DOCS / "brand.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    return GUIDE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def rows(heading: str) -> dict[str, str]:
    """The first column's name of each row, and the second column."""
    found = re.findall(r"^\| `@?(\w+)` \| (.*?) \|", section(heading), re.MULTILINE)
    return dict(found)


def test_the_table_of_directives_is_the_codes_own() -> None:
    assert tuple(rows("Directives")) == tuple(DIRECTIVES)


def test_the_table_of_settings_is_the_codes_own() -> None:
    assert tuple(rows("Settings")) == FRONT_KEYS


def test_every_choice_is_named() -> None:
    directives, settings = rows("Directives"), rows("Settings")
    for text, choices in (
        (directives["card"], get_args(DirectedCard)),
        (directives["visual"], get_args(DirectedVisual)),
        (directives["motion"], get_args(MotionName)),
        (GUIDE.split("### Transitions\n")[1].split("\n### ")[0], get_args(TransitionName)),
        (directives["fill"], get_args(FillName)),
        (settings["fill"], get_args(FillName)),
        (settings["aspect"], get_args(Aspect)),
        (settings["captions"], set(CAPTIONS.values())),
        (BRAND, BRAND_KEYS),
        (section("Other forms"), set(SCENE_KEYS) - set(DIRECTIVES) | set(BODY_KEYS)),
    ):
        assert not [choice for choice in choices if choice not in text]


def test_the_complete_example_shows_every_block(tmp_path: Path) -> None:
    body = re.search(r"^````markdown\n(.*?)^````$", GUIDE, re.M | re.S)
    assert body
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "bee.jpg").write_bytes(b"bee")
    path = tmp_path / "bees.md"
    path.write_text(body[1], encoding="utf-8")
    scenes = plan_storyboard(read_script(path)).scenes
    assert [scene.visual.card.kind for scene in scenes] == [
        "title", "image", "steps", "number", "line", "comparison", "code", "quote", "closing",
    ]  # fmt: skip
    assert scenes[7].visual.kind == "image"
    assert scenes[7].narration == "Ask a bee. She will show you."


def test_the_short_examples_are_scripts(tmp_path: Path) -> None:
    for suffix, language in (("md", "markdown"), ("yaml", "yaml")):
        body = re.search(rf"^```{language}\n(.*?)^```$", GUIDE, re.M | re.S)
        assert body
        path = tmp_path / f"bees.{suffix}"
        path.write_text(body[1], encoding="utf-8")
        scenes = plan_storyboard(read_script(path)).scenes
        assert scenes[1].visual.card.kind == "points"


def test_the_errors_shown_are_the_ones_that_are_given(tmp_path: Path) -> None:
    (tmp_path / "bee.jpg").write_bytes(b"bee")
    path = tmp_path / "bees.md"
    path.write_text("\n" * 12 + "## A\n@crad: x\nWords." + "\n" * 7 + "![](bea.jpg)\n")
    shown = re.search(r"^```text\n(.*?)\n```$", section("Limits"), re.M | re.S)
    assert shown
    with pytest.raises(ScriptError) as caught:
        read_script(path)
    assert str(caught.value).replace(f"{tmp_path}/", "") == shown[1]
