"""Clips come upright, as FFmpeg itself would show them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assembly._ffmpeg import run
from assembly._footage import footage, upright_rgb
from assembly.posters import Showing, draw_poster

pytestmark = pytest.mark.slow

TURNS = [
    (), ("rotation", "90"), ("rotation", "180"), ("rotation", "270"), ("hflip",), ("vflip",),
    ("rotation", "90", "hflip"), ("rotation", "180", "hflip"), ("rotation", "270", "hflip"),
]  # fmt: skip


def turned_clip(turn: tuple[str, ...], folder: Path) -> Path:
    """A red frame with a blue corner and a green one, and a matrix that says how it is meant."""
    drawn = "color=red:s=96x64:r=10:d=0.5,drawbox=w=24:h=16:c=blue:t=fill,"
    drawn += "drawbox=x=72:y=48:w=24:h=16:c=green:t=fill"
    run(["-f", "lavfi", "-i", drawn, "-pix_fmt", "yuv420p", str(folder / "flat.mp4")])
    told = [f"-display_{word}" if word.isalpha() else word for word in turn]
    run([*told, "-i", str(folder / "flat.mp4"), "-c", "copy", str(folder / "turned.mp4")])
    return folder / "turned.mp4"


@pytest.mark.parametrize("turn", TURNS, ids=" ".join)
def test_a_clip_that_lies_or_is_mirrored_stands_as_ffmpeg_shows_it(
    turn: tuple[str, ...], tmp_path: Path
) -> None:
    clip = turned_clip(turn, tmp_path)
    run(["-i", str(clip), "-frames:v", "1", str(tmp_path / "shown.png")])
    shown = np.asarray(Image.open(tmp_path / "shown.png").convert("RGB"), int)
    _, frame = next(footage(clip))
    seen = upright_rgb(frame, 1.0, "#000000", (96, 64))
    assert seen.shape == shown.shape
    assert np.abs(seen - shown).mean() < 8


def test_a_poster_of_a_mirrored_clip_is_mirrored(tmp_path: Path) -> None:
    clip = turned_clip(("hflip",), tmp_path)
    out = tmp_path / "poster.jpg"
    draw_poster([(Showing(digest="c", kind="clip"), clip)], (96, 64), "#000000", out)
    poster = np.asarray(Image.open(out).convert("RGB"), int)
    red, green, blue = poster[2:12, 78:92].mean((0, 1))
    assert blue > red + green, "the blue corner lies on the right"
