"""Clips that are shorter or longer than their scenes: which frames stand in the finished film."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest

from tests.flows.films import make, reelwright
from tests.flows.footage import Levels, bits_of, numbered_clip, numbers, shown_levels

pytestmark = [pytest.mark.slow, pytest.mark.drill]
FPS = 30
SCRIPT = """---
captions: files
{front}
---

## First
@duration: 1s
@transition: cut

A card.

## The clip
![numbers](clip.mp4)

@duration: {seconds}s
@transition: cut
{directive}

## Last
@transition: cut

Another card.
"""


def film(folder: Path, seconds: float, directive: str = "", front: str = "", **env: str) -> Path:
    script = folder / "clips.md"
    script.write_text(SCRIPT.format(seconds=seconds, directive=directive, front=front))
    return Path(make(script, folder / "home", **env)["video"])


def evenly(frames: int, fps: int) -> list[int]:
    return [number * 600 // fps for number in range(frames)]


def mixed(one: int, two: int, share: float) -> Levels:
    """What the columns show where `share` of frame `two` lies over frame `one`."""
    return bits_of(one) * (1 - share) + bits_of(two) * share


def places(levels: list[Levels], wanted: Callable[[int], Levels]) -> list[int]:
    """Which frame, of those near, each shown frame is most like: 0, 1, 2, ... where all is right.

    The encoder's noise is a tenth of what the columns span; neighbours differ by more.
    """

    def place(number: int) -> int:
        near = range(max(0, number - 3), number + 4)
        return min(near, key=lambda n: float(np.sum((levels[number] - wanted(n)) ** 2)))

    return [place(number) for number in range(len(levels))]


def dissolved(step: int, dissolve: int, number: int) -> Levels:
    """The columns of frame `number` of a clip of `step + dissolve` frames that goes round."""
    turn, frame = divmod(number, step)
    if not turn or frame >= dissolve:
        return bits_of(frame)
    at = (frame + 0.5) / dissolve
    share = at * at * (3 - 2 * at)
    return mixed(step + frame, frame, share)


def test_a_short_clip_goes_round_with_its_end_dissolved_into_its_start(tmp_path: Path) -> None:
    numbered_clip(tmp_path / "clip.mp4", evenly(60, 30), 600)
    levels = shown_levels(film(tmp_path, 5))
    assert len(levels) == 150
    assert places(levels, lambda number: dissolved(45, 15, number)) == list(range(150))
    assert numbers(levels)[:45] == list(range(45))


def test_a_long_clip_is_cut_at_the_end_of_its_scene(tmp_path: Path) -> None:
    numbered_clip(tmp_path / "clip.mp4", evenly(100, 30), 600)
    assert numbers(shown_levels(film(tmp_path, 3))) == list(range(90))


def test_a_clip_of_exactly_its_scenes_length_is_shown_whole(tmp_path: Path) -> None:
    numbered_clip(tmp_path / "clip.mp4", evenly(90, 30), 600)
    assert numbers(shown_levels(film(tmp_path, 3))) == list(range(90))


@pytest.mark.parametrize("way", ["directive", "front", "environment"])
def test_a_clip_is_slowed_to_its_scenes_length(tmp_path: Path, way: str) -> None:
    numbered_clip(tmp_path / "clip.mp4", evenly(60, 30), 600)
    told = {
        "directive": {"directive": "@fill: slow", "CLIP_FILL": "loop"},
        "front": {"front": "fill: slow", "CLIP_FILL": "loop"},
        "environment": {"CLIP_FILL": "slow"},
    }[way]
    levels = shown_levels(film(tmp_path, 2.5, **told))
    assert len(levels) == 75

    def wanted(number: int) -> Levels:
        moment = number * 60 / 75
        return mixed(int(moment), min(59, int(moment) + 1), moment % 1)

    assert places(levels, wanted) == list(range(75))


def test_a_clip_too_short_to_be_slowed_far_enough_goes_round_slowed(tmp_path: Path) -> None:
    numbered_clip(tmp_path / "clip.mp4", evenly(30, 30), 600)
    levels = shown_levels(film(tmp_path, 5, directive="@fill: slow"))
    # 45 frames when slowed by a half; its last 15 lie over its first 15.
    assert len(levels) == 150
    assert [numbers(levels)[at] for at in (0, 3, 27, 45, 57, 75)] == [0, 2, 18, 10, 18, 10]


def test_frames_of_uneven_length_stand_as_long_as_they_say(tmp_path: Path) -> None:
    lengths = [20, 60, 20, 100, 40, 20, 80, 20] * 6
    times = list(accumulate(lengths, initial=0))[:-1]
    numbered_clip(tmp_path / "clip.mp4", times, 600)
    wanted = [number for number, lasts in enumerate(lengths) for _ in range(lasts // 20)]
    assert numbers(shown_levels(film(tmp_path, 3))) == wanted[:90]


def test_a_clip_at_24_frames_a_second_keeps_its_own_time(tmp_path: Path) -> None:
    numbered_clip(tmp_path / "clip.mp4", evenly(96, 24), 600)
    shown = numbers(shown_levels(film(tmp_path, 3.5)))
    assert shown == [int((frame + 0.25) / FPS * 24) for frame in range(105)]


@pytest.mark.parametrize(("fill", "usd"), [("loop", "$0.70"), ("extend", "$2.45")])
def test_the_quote_counts_the_clips_that_extend_a_scene(
    tmp_path: Path, fill: str, usd: str
) -> None:
    script = tmp_path / "long.md"
    # One clip of 10 s and 21 s of going round, or 10 + 10 + 10 + 5 s that dissolve.
    script.write_text(f"## Long\nA bee.\n\n@duration: 31s\n@visual: clip\n@fill: {fill}\n")
    told = reelwright(
        "plan", script, home=tmp_path / "home", FAL_KEY="k", VIDEO_PROVIDER="fal-kling"
    )
    assert f"│ {usd} │" in told.stdout, told.stdout
