"""Captions drawn in this process are those that FFmpeg would burn."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from assembly._encoders import encode_by_ffmpeg
from assembly.captions.cues import CaptionStyle
from assembly.captions.letters import Letters
from assembly.holds import changes
from assembly.render import drawn, render_segment
from assembly.segments import Segment
from tests.assembly.test_holds import card_segment


def here(segment: Segment, folder: Path, fonts: Path) -> npt.NDArray[np.uint8]:
    letters = Letters(segment, fonts, folder)
    frames = drawn(segment, changes(segment), folder.joinpath, letters)
    shown = [np.frombuffer(canvas.data, np.uint8).copy() for at, canvas in frames for _ in at]
    return np.stack(shown)


def burned(segment: Segment, folder: Path, fonts: Path) -> npt.NDArray[np.uint8]:
    told = ("c:v", "rawvideo"), ("pix_fmt", "yuv420p"), ("f", "rawvideo")
    raw = segment.model_copy(update={"encoder": told})
    starts = changes(raw)
    frames = drawn(raw, starts, folder.joinpath, None)
    encode_by_ffmpeg(raw, starts, frames, fonts, folder / "raw", threading.Event())
    return np.fromfile(folder / "raw", np.uint8).reshape(segment.frames, -1)


@pytest.mark.parametrize("style", ["plain", "highlight", "pop"])
@pytest.mark.parametrize("middles", [(None, None), (0.3, None), (0.3, 0.41)])
def test_captions_are_those_of_libass_in_the_picture_to_two_levels(
    studio: Any, tmp_path: Path, style: CaptionStyle, middles: tuple[float | None, ...]
) -> None:
    segment = card_segment(style, tmp_path)
    moved = zip(segment.cues, middles, strict=True)
    cues = tuple(cue.model_copy(update={"y": y}) for cue, y in moved)
    segment = segment.model_copy(update={"cues": cues})
    own = here(segment, tmp_path, studio.fonts).astype(int)
    assert np.abs(own - burned(segment, tmp_path, studio.fonts)).max() <= 2
    bare = segment.model_copy(update={"look": None, "cues": ()})
    assert np.abs(own - here(bare, tmp_path, studio.fonts)).max() > 60


def test_what_is_below_a_caption_is_as_it_was_when_it_has_gone(studio: Any, tmp_path: Path) -> None:
    segment = card_segment("plain", tmp_path)
    bare = segment.model_copy(update={"look": None, "cues": ()})
    shown, without = (here(told, tmp_path, studio.fonts) for told in (segment, bare))
    free = [n for n in range(90) if not any(cue.start <= n < cue.end for cue in segment.cues)]
    assert len(free) > 30
    assert np.array_equal(shown[free], without[free])


@pytest.fixture
def fouled() -> Iterator[Callable[[int], object]]:
    """Has the system fill all memory that it gives out with a byte, where it can."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        pytest.skip("this system cannot fill memory that it gives out")
    perturb = -6
    yield lambda byte: mallopt(perturb, byte ^ 255)
    mallopt(perturb, 0)


@pytest.mark.parametrize("size", [(96, 96), (90, 160), (438, 344), (570, 264)])
@pytest.mark.parametrize("motion", ["none", "push-in"])
def test_the_same_segment_is_the_same_file_whatever_lay_in_memory(
    studio: Any,
    tmp_path: Path,
    fouled: Callable[[int], object],
    size: tuple[int, int],
    motion: str,
) -> None:
    width, height = size
    card = card_segment("plain", tmp_path)
    layer = card.layers[0].model_copy(update={"motion": motion, "total": card.frames})
    told = {"overlays": (), "look": None, "cues": (), "width": width, "height": height}
    segment = card.model_copy(update={**told, "layers": (layer,)})
    made = set()
    for byte in (0x00, 0x55, 0xA9, 0xFE):
        fouled(byte)
        render_segment(segment, tmp_path.joinpath, studio.fonts, tmp_path / "o", threading.Event())
        made.add((tmp_path / "o").read_bytes())
    assert len(made) == 1
