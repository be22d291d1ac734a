"""Logos, names and transitions by the front door."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.flows.films import make, receipt, reelwright

SCRIPT = """---
title: Tides
transition: push
transition_length: 0.3s
captions: none
brand:
  logo: logo.png
  logo_bug:
    corner: bottom-left
---

## One
@duration: 3s
@text: The sea

## Two
@duration: 3s
@lower_third: Ada Lovelace | Mathematician
@text: The Moon

## Three
@duration: 3s
@transition: wipe-up 0.2s
@text: The coast

## Four
@duration: 3s
@text: The wind
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    logo = Image.new("RGBA", (120, 60))
    ImageDraw.Draw(logo).ellipse((0, 0, 118, 58), fill="#ff5030")
    logo.save(tmp_path / "logo.png")
    path = tmp_path / "tides.md"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.drill
def test_a_film_has_its_logo_and_names_and_changes_only_where_they_do(
    script: Path, tmp_path: Path
) -> None:
    film = make(script, tmp_path)
    told = receipt(film)
    assert [i["what"] for i in told["items"] if i["what"] in ("logo", "name")] == ["logo", "name"]
    timeline = json.loads((Path(film["video"]).parent / "timeline.json").read_text())
    assert [shot["transition"] for shot in timeline["shots"]] == [
        "cut", "push-left", "push-left", "wipe-up", "push-left",
    ]  # fmt: skip
    assert [shot["overlap"] for shot in timeline["shots"]] == [0, 8, 8, 6, 8]
    assert told["problems"] == []

    script.write_text(SCRIPT.replace("Lovelace", "King"), encoding="utf-8")
    assert receipt(make(script, tmp_path))["pieces"]["segment"]["made"] == 1

    # Another card: its body, and the transitions on both of its sides.
    script.write_text(SCRIPT.replace("The coast", "The shore"), encoding="utf-8")
    assert receipt(make(script, tmp_path))["pieces"]["segment"]["made"] == 3

    # Another transition: itself, and the two bodies it takes frames from.
    script.write_text(SCRIPT.replace("wipe-up 0.2s", "wipe-up 0.4s"), encoding="utf-8")
    assert receipt(make(script, tmp_path))["pieces"]["segment"]["made"] == 3


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "Ada Lovelace |",
            "Her Most Serene and Illustrious Highness the Countess of Lovelace and Ockham |",
            "tides.md:18: the lower third is too long to be read on screen; shorten by about",
        ),
        ("  logo: logo.png\n", "", "tides.md:7: logo_bug needs a logo, and the brand has none; "),
        ("Ada Lovelace", "Ada \U00013000", "tides.md:18: "),
        (
            "## Three\n",
            "## Three\n- " + "\n- ".join(["a point that goes on and on in many words"] * 29) + "\n",
            "tides.md:21: the card's list of points is too long to be read on screen; shorten by",
        ),
    ],
)
def test_what_does_not_fit_on_screen_is_one_sentence(
    script: Path, tmp_path: Path, before: str, after: str, told: str
) -> None:
    script.write_text(SCRIPT.replace(before, after), encoding="utf-8")
    done = reelwright("check", script, home=tmp_path)
    assert done.returncode != 0
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
