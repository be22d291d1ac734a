"""The examples are films of a good length that show what cards there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from prompts.plan import plan_storyboard
from prompts.reading.script import read_script
from prompts.saying.speech import estimate_s
from prompts.storyboard import CardKind, Storyboard

FOLDER = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.stem for path in FOLDER.glob("*.md"))


def plan(name: str) -> Storyboard:
    return plan_storyboard(read_script(FOLDER / f"{name}.md"))


@pytest.mark.parametrize("name", NAMES)
def test_an_example_lasts_from_40_to_120_seconds(name: str) -> None:
    board = plan(name)
    speech_s = sum(estimate_s(scene.narration, board.language) for scene in board.scenes)
    assert 40 <= speech_s <= 120


def test_the_short_is_upright_and_short() -> None:
    board = plan("the-missing-ten-days")
    assert board.aspect == "9:16"
    assert sum(estimate_s(scene.narration, "en") for scene in board.scenes) <= 50


def test_each_example_has_a_look_of_its_own() -> None:
    assert len({plan(name).theme for name in NAMES}) == len(NAMES) == 5


def test_together_they_show_every_card() -> None:
    shown = {scene.visual.card.kind for name in NAMES for scene in plan(name).scenes}
    assert shown == set(get_args(CardKind))


def test_the_money_is_right() -> None:
    rows = {
        scene.heading: scene.visual.card.table.rows
        for scene in plan("how-money-grows").scenes
        if scene.visual.card.table
    }
    for year, simple, compound in rows["Slow, then sudden"]:
        assert simple == f"${1000 + 50 * int(year):,}"
        assert compound == f"${1000 * 1.05 ** int(year):,.0f}"
    for rate, years in rows["The rule of 72"]:
        assert int(years) == 72 / int(rate.rstrip("%"))
    for earned, total in rows["Fees compound as well"]:
        first, *less = (int(number) for number in re.findall(r"(\d+)%", earned))
        assert total == f"${1000 * (1 + (first - sum(less)) / 100) ** 30:,.0f}"


def test_the_sky_is_right() -> None:
    scenes = {scene.heading: scene for scene in plan("why-the-sky-is-blue").scenes}
    table = scenes["White light is a crowd"].visual.card.table
    assert table
    waves = {colour: int(length) for colour, length in table.rows}
    # Rayleigh scattering grows with the inverse fourth power of the wavelength.
    assert scenes["How much more?"].visual.card.number == (
        f"{(waves['Red'] / waves['Blue']) ** 4:.1f}×"
    )


def test_the_calendar_is_right() -> None:
    scenes = {scene.heading: scene for scene in plan("the-missing-ten-days").scenes}
    too_long = 365.25 - 365.2422
    assert int(scenes["Eleven minutes"].visual.card.number) == int(too_long * 24 * 60)
    assert f"{1 / too_long:.0f} years" in scenes["Eleven minutes"].narration
