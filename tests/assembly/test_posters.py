from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw

from assembly.errors import UnreadableMedia
from assembly.posters import Showing, appeal, draw_poster


def blocks(seed: int, width: int = 640, height: int = 360) -> Image.Image:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (9, 16, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.NEAREST)


def blurred(picture: Image.Image) -> Image.Image:
    return Image.fromarray(cv2.GaussianBlur(np.asarray(picture), (0, 0), 9))


def keep(picture: Image.Image, path: Path, title: bool = False) -> tuple[Showing, Path]:
    picture.save(path)
    return Showing(digest=path.name, kind="still", has_title=title), path


def nearest(out: Path, *pictures: Image.Image) -> int:
    made = np.asarray(Image.open(out).convert("RGB"), np.float64)
    size = made.shape[1], made.shape[0]
    return int(np.argmin([np.abs(np.asarray(p.resize(size)) - made).mean() for p in pictures]))


def test_the_sharp_picture_is_taken_before_the_soft_and_the_empty_one(tmp_path: Path) -> None:
    empty = Image.new("RGB", (640, 360), "#336699")
    told = [blurred(blocks(1)), empty, blocks(2)]
    made = [keep(picture, tmp_path / f"{n}.png") for n, picture in enumerate(told)]
    draw_poster(made, (320, 180), "#000000", tmp_path / "poster.jpg")
    assert nearest(tmp_path / "poster.jpg", *told) == 2


def test_large_words_outweigh_a_busy_picture(tmp_path: Path) -> None:
    words = Image.new("RGB", (640, 360), "#336699")
    ImageDraw.Draw(words).text((60, 120), "Large words", fill="white", font_size=90)
    made = [keep(blocks(3), tmp_path / "a.png"), keep(words, tmp_path / "b.png", title=True)]
    draw_poster(made, (320, 180), "#000000", tmp_path / "poster.jpg")
    assert nearest(tmp_path / "poster.jpg", blocks(3), words) == 1


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (240, 240)])
def test_a_poster_is_an_srgb_jpeg_of_the_films_size(tmp_path: Path, size: tuple[int, int]) -> None:
    made = [keep(blocks(4), tmp_path / "a.png")]
    draw_poster(made, size, "#000000", tmp_path / "poster.jpg")
    with Image.open(tmp_path / "poster.jpg") as opened:
        assert (opened.format, opened.size, opened.mode) == ("JPEG", size, "RGB")
        profile = ImageCms.ImageCmsProfile(io.BytesIO(opened.info["icc_profile"]))
    assert "sRGB" in ImageCms.getProfileDescription(profile)


def test_of_a_clip_the_best_frame_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.time_base = 640, 360, Fraction(1, 10)
        for number in range(50):
            picture = blocks(5) if 20 <= number < 30 else blurred(blocks(6))
            frame = av.VideoFrame.from_ndarray(np.asarray(picture), "rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    showing = Showing(digest="clip", kind="clip")
    draw_poster([(showing, path)], (640, 360), "#000000", tmp_path / "poster.jpg")
    assert nearest(tmp_path / "poster.jpg", blurred(blocks(6)), blocks(5)) == 1


def test_noise_is_not_worth_more_than_twice_a_clear_picture() -> None:
    noise = np.random.default_rng(7).integers(0, 255, (360, 640, 3), dtype=np.uint8)
    assert appeal(noise) < 2 * appeal(np.asarray(blocks(8)))


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"no picture")
    showing = Showing(digest="x", kind="still")
    with pytest.raises(UnreadableMedia, match=r"x\.png"):
        draw_poster([(showing, tmp_path / "x.png")], (320, 180), "#000000", tmp_path / "p.jpg")
