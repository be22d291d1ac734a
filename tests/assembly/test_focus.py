"""Pictures and clips that have not the film's shape are cut around what they are about."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFilter

from assembly.focus import MIDDLE, clip_focus, crop_box, is_cut, picture_focus
from assembly.render import render_segment
from assembly.segments import Layer, Segment
from assembly.takes import ClipFile, plan_takes

Rgb = npt.NDArray[np.uint8]


def scene_with(x: float, y: float, size: tuple[int, int] = (960, 540), seed: int = 1) -> Rgb:
    """A soft landscape with one bright thing whose middle lies at (x, y), in shares."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(70, 120, (6, 8, 3), dtype=np.uint8)
    ground = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    ground = ground.filter(ImageFilter.GaussianBlur(12))
    radius = min(size) // 8
    left, top = x * size[0] - radius, y * size[1] - radius
    draw = ImageDraw.Draw(ground)
    draw.ellipse([left, top, left + 2 * radius, top + 2 * radius], fill=(240, 170, 30))
    draw.ellipse(
        [left + radius / 2, top + radius / 2, left + radius, top + radius], fill=(40, 20, 90)
    )
    return np.asarray(ground)


@pytest.mark.parametrize("x", [0.12, 0.3, 0.5, 0.72, 0.9])
def test_a_thing_stays_whole_in_a_tall_cut_wherever_it_stands(x: float) -> None:
    rgb = scene_with(x, 0.5)
    left, top, wide, high = crop_box(960, 540, 9 / 16, picture_focus(rgb, 9 / 16))
    assert (top, high) == (0, 540)
    assert left <= x * 960 - 54 or x < 0.15
    assert x * 960 + 54 <= left + wide or x > 0.85
    assert left <= x * 960 <= left + wide


@pytest.mark.parametrize("y", [0.15, 0.4, 0.8])
def test_a_thing_stays_in_a_wide_cut_of_a_tall_picture(y: float) -> None:
    rgb = scene_with(0.5, y, (540, 960))
    focus = picture_focus(rgb, 16 / 9)
    assert focus[0] == 0.5
    _, top, _, high = crop_box(540, 960, 16 / 9, focus)
    assert top <= y * 960 <= top + high


def test_a_picture_of_nothing_and_one_of_the_films_shape_are_cut_in_the_middle() -> None:
    even = np.full((540, 960, 3), 90, np.uint8)
    assert picture_focus(even, 9 / 16) == pytest.approx(MIDDLE, abs=0.02)
    assert picture_focus(scene_with(0.1, 0.5), 16 / 9) == MIDDLE
    assert not is_cut(1536, 864, 16 / 9)


def test_the_same_picture_is_always_cut_alike_and_grain_moves_the_cut_little() -> None:
    rgb = scene_with(0.7, 0.5)
    grain = np.random.default_rng(5).normal(0, 4, rgb.shape)
    noisy = np.clip(rgb + grain, 0, 255).astype(np.uint8)
    first = picture_focus(rgb, 9 / 16)
    assert picture_focus(rgb.copy(), 9 / 16) == first
    assert abs(picture_focus(noisy, 9 / 16)[0] - first[0]) <= 0.03


def test_a_face_weighs_more_than_all_that_glitters(monkeypatch: pytest.MonkeyPatch) -> None:
    rgb = scene_with(0.85, 0.5)
    monkeypatch.setattr("assembly.focus.faces", lambda grey: [(60, 100, 50, 50)])
    left, _, wide, _ = crop_box(960, 540, 9 / 16, picture_focus(rgb, 9 / 16))
    assert left <= 85 * 2 <= left + wide


@pytest.mark.parametrize(
    ("focus", "left"), [((0.0, 0.5), 0), ((1.0, 0.2), 960 - 304), ((0.5, 0.9), 328)]
)
def test_a_given_point_is_the_middle_of_the_cut_as_near_as_the_edges_allow(
    focus: tuple[float, float], left: int
) -> None:
    assert crop_box(960, 540, 9 / 16, focus) == (left, 0, 304, 540)


def write_clip(path: Path, frames: list[Rgb]) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", 25)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for rgb in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def test_a_clip_is_cut_at_one_place_from_its_first_frame_to_its_last(
    studio: Any, tmp_path: Path
) -> None:
    # The thing goes from 0.60 to 0.80 of the width.
    frames = [scene_with(0.6 + 0.2 * n / 24, 0.5, (320, 180)) for n in range(25)]
    path = write_clip(tmp_path / "clip.mp4", frames)
    focus = clip_focus(path, 9 / 16)
    assert 0.6 <= focus[0] <= 0.8
    assert clip_focus(path, 16 / 9) == MIDDLE
    shown = rendered(studio, tmp_path, clip_layer(path, None))
    fixed = rendered(studio, tmp_path, clip_layer(path, focus))
    assert np.array_equal(shown, fixed)


def clip_layer(path: Path, focus: tuple[float, float] | None) -> Layer:
    takes, after = plan_takes([ClipFile(digest=path.name, seconds=1.0)], 25, 20, "loop")
    return Layer(
        picture=path.name, kind="clip", motion="none", first=0, total=1, takes=takes, after=after,
        focus=focus,
    )  # fmt: skip


def rendered(studio: Any, folder: Path, layer: Layer) -> Rgb:
    part = Segment(
        engine="e", width=90, height=160, fps=25, frames=20, blend="body", background="#000000",
        layers=(layer,),
    )  # fmt: skip
    out = folder / "out"
    render_segment(part, lambda name: folder / name, studio.fonts, out, threading.Event())
    with av.open(str(out)) as container:
        return np.stack([f.to_ndarray(format="rgb24") for f in container.decode(video=0)])


@pytest.mark.parametrize("motion", ["none", "push-in", "pan-left"])
def test_a_still_moves_within_its_cut(studio: Any, tmp_path: Path, motion: str) -> None:
    # Left half red, right half blue: a cut of the right never shows red.
    halves = np.zeros((360, 640, 3), np.uint8)
    halves[:, :320, 0] = halves[:, 320:, 2] = 200
    Image.fromarray(halves).save(tmp_path / "p.png")
    layer = Layer(picture="p.png", kind="still", motion=motion, first=0, total=20, focus=(0.9, 0.5))
    seen = rendered(studio, tmp_path, layer)
    assert seen[..., 0].max() < 40
    assert seen[..., 2].min() > 150


def test_the_point_is_part_of_the_segments_key() -> None:
    def key(focus: tuple[float, float] | None) -> str:
        layer = Layer(picture="p", kind="still", motion="none", first=0, total=1, focus=focus)
        return Segment(
            engine="e", width=90, height=160, fps=25, frames=9, blend="body",
            background="#000000", layers=(layer,),
        ).key()  # fmt: skip

    assert len({key(None), key((0.5, 0.5)), key((0.2, 0.5))}) == 3
