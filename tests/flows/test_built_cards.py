"""Cards that build themselves, in the finished film: nothing is there before its words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.flows.films import make, receipt

pytestmark = pytest.mark.slow

SCRIPT = """---
title: Bread
captions: none
---

## What happens
- Yeast eats sugar
- Gluten holds the gas
{directive}
It is simple: yeast eats the sugar. And then the gluten holds the gas.
"""


def _film(tmp_path: Path, directive: str = "", *told: str) -> tuple[dict[str, Any], Path]:
    path = tmp_path / "bread.md"
    path.write_text(SCRIPT.format(directive=directive))
    film = make(path, tmp_path, *told)
    assert receipt(film)["problems"] == []
    video = Path(film["video"])
    shots = json.loads((video.parent / "timeline.json").read_text())["shots"]
    assert json.loads((video.parent / "receipt.json").read_text())["measured"]["blank"] == []
    return next(shot for shot in shots if shot["title"] == "What happens"), video


def _ink(video: Path, shot: dict[str, Any], at: int) -> float:
    """How far the frame's right half is from its usual brightness, where the points stand."""
    with av.open(str(video)) as film:
        for number, frame in enumerate(film.decode(video=0)):
            if number == shot["start"] + at:
                grey = frame.to_ndarray(format="gray").astype(float)[:, frame.width // 2 :]
                return float(np.abs(grey - np.median(grey)).sum())
    raise AssertionError("the film ends before")


def test_a_point_is_seen_when_it_is_spoken_of_and_not_before(tmp_path: Path) -> None:
    shot, video = _film(tmp_path)
    _, yeast, gluten, whole = shot["states"]
    assert shot["motion"] == "none"
    inks = [_ink(video, shot, state["start"] - 2) for state in (yeast, gluten, whole)]
    inks.append(_ink(video, shot, shot["frames"] - 15))
    assert 1.15 * inks[0] < inks[1]
    assert 1.1 * inks[1] < inks[3]


def test_a_card_of_which_little_is_there_yet_is_not_a_blank_picture(tmp_path: Path) -> None:
    _film(tmp_path, "", "--theme", "signal")


def test_a_card_can_be_told_to_be_whole_from_the_start(tmp_path: Path) -> None:
    shot, _ = _film(tmp_path, "\n@build: none\n")
    assert shot["states"] == []
    assert shot["motion"] != "none"


def test_the_films_loudness_can_be_wished_for(tmp_path: Path) -> None:
    _, video = _film(tmp_path, "", "--loudness", "-20")
    told = json.loads((video.parent / "receipt.json").read_text())
    assert told["measured"]["integrated_lufs"] == pytest.approx(-20, abs=0.5)
