from __future__ import annotations

import asyncio
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from providers.errors import Failed
from providers.files import Files, UnusableFile, inspect_audio, inspect_file, request_for


def picture(path: Path, size: tuple[int, int] = (40, 30)) -> Path:
    rng = np.random.default_rng(1)
    Image.fromarray(rng.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)).save(path)
    return path


def huge_png(path: Path) -> Path:
    """A PNG that claims 50,000 x 50,000 pixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        told = kind + data
        return struct.pack(">I", len(data)) + told + struct.pack(">I", zlib.crc32(told))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    )
    return path


def test_a_picture_is_known_by_its_shape_and_bytes(tmp_path: Path) -> None:
    media = inspect_file(picture(tmp_path / "a.png"))
    assert (media.kind, media.width, media.height) == ("image", 40, 30)
    assert media.media_type == "image/png"


def test_a_picture_of_50000_pixels_a_side_is_refused_from_its_header(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match=r"huge\.png is (50000x50000 pixels|too large)"):
        inspect_file(huge_png(tmp_path / "huge.png"))


def test_a_damaged_picture_is_refused(tmp_path: Path) -> None:
    whole = picture(tmp_path / "a.jpg", (200, 200)).read_bytes()
    (tmp_path / "b.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnusableFile, match=r"b\.jpg is damaged"):
        inspect_file(tmp_path / "b.jpg")


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("not a picture")
    with pytest.raises(UnusableFile, match="not a picture that can be read; save it again"):
        inspect_file(tmp_path / "a.png")


def test_what_is_no_clip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("not a clip")
    with pytest.raises(UnusableFile, match=r"the clip a\.mp4 cannot be read"):
        inspect_file(tmp_path / "a.mp4")


def test_music_is_measured_and_silence_of_a_file_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(22050), 22050)
    assert inspect_audio(tmp_path / "a.wav").duration_s == pytest.approx(1.0)
    with pytest.raises(UnusableFile, match="no sound track"):
        inspect_audio(picture(tmp_path / "b.png"))


def test_a_file_that_changes_meanwhile_is_not_taken(tmp_path: Path) -> None:
    request = request_for(inspect_file(picture(tmp_path / "a.png")))
    picture(tmp_path / "a.png", (41, 30))
    with pytest.raises(Failed, match=r"a\.png changed while the film was being made"):
        asyncio.run(Files(Path).file(request))


def test_where_a_file_lies_is_not_part_of_what_it_is(tmp_path: Path) -> None:
    first = request_for(inspect_file(picture(tmp_path / "a.png")))
    second = request_for(inspect_file(picture(tmp_path / "b.png")))
    assert first.model_dump_json() == second.model_dump_json()
