from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import PictureType
from hypothesis import given, settings
from hypothesis import strategies as st

from assembly._encoders import encode_here
from assembly._ffmpeg import run
from assembly._planes import Canvas
from assembly._repeats import CannotRepeat, Numbering
from assembly.encoding import KEYFRAME_S, Encoding, picture_options
from assembly.segments import Layer, Segment

WIDTH, HEIGHT, FPS = 96, 64, 24
EVERY = KEYFRAME_S * FPS


def picture(number: int) -> np.ndarray:
    """A gradient with a bar that stands elsewhere for each number."""
    y = np.tile(np.linspace(40, 200, WIDTH, dtype=np.uint8), (HEIGHT, 1))
    y[8:24, 4 + number * 7 % 80 :][:, :12] = 235
    return y


def encoded(lengths: list[int], out: Path, *, is_draft: bool = False) -> list[np.ndarray]:
    """Brightness of each decoded frame of pictures that stand for so many frames each."""
    starts = [sum(lengths[:n]) for n in range(len(lengths))]
    total = sum(lengths)
    told = picture_options(Encoding(is_draft=is_draft), FPS)
    layer = Layer(kind="still", picture="none", motion="none", first=0, total=total)
    segment = Segment(
        engine="test", blend="body", width=WIDTH, height=HEIGHT, fps=FPS, frames=total,
        background="#000000", layers=(layer,), encoder=told,
    )  # fmt: skip

    def shown() -> Iterator[tuple[range, Canvas]]:
        canvas = Canvas(WIDTH, HEIGHT)
        canvas.paint((128, 128, 128))
        for number, (start, length) in enumerate(zip(starts, lengths, strict=True)):
            canvas.y[:] = picture(number)
            yield range(start, start + length), canvas

    encode_here(segment, starts, shown(), out, threading.Event())
    # What does not decode without a fault ends FFmpeg.
    run(["-err_detect", "explode", "-xerror", "-i", str(out), "-f", "null", "-"])
    with av.open(str(out)) as container:
        return [f.to_ndarray(format="yuv420p")[:HEIGHT] for f in container.decode(video=0)]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.one_of(st.integers(1, 3), st.integers(1, 300)), min_size=1, max_size=12),
    st.booleans(),
)
def test_a_picture_that_stands_is_the_same_in_every_frame_and_the_next_one_follows(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], is_draft: bool
) -> None:
    out = tmp_path_factory.mktemp("rest") / "film.mp4"
    frames = encoded(lengths, out, is_draft=is_draft)
    assert len(frames) == sum(lengths)
    wanted = [number for number, length in enumerate(lengths) for _ in range(length)]
    for at, (frame, number) in enumerate(zip(frames, wanted, strict=True)):
        assert np.abs(frame.astype(int) - picture(number)).mean() < 4
        if at and wanted[at - 1] == number and at % EVERY:
            assert np.array_equal(frame, frames[at - 1])


def test_a_still_of_a_minute_has_a_key_frame_every_eight_seconds_and_hardly_any_bytes(
    tmp_path: Path,
) -> None:
    out = tmp_path / "film.mp4"
    frames = encoded([60 * FPS], out)
    assert len(frames) == 60 * FPS
    with av.open(str(out)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
    keys = [n for n, packet in enumerate(packets) if packet.is_keyframe]
    assert keys == list(range(0, 60 * FPS, EVERY))
    between = [p.size for n, p in enumerate(packets) if n not in keys]
    assert max(between) < 40


def test_where_nearly_every_frame_differs_x264_is_given_all_and_looks_ahead(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    encoded([1] * 40, out)
    with av.open(str(out)) as container:
        kinds = {PictureType(frame.pict_type).name for frame in container.decode(video=0)}
    assert "B" in kinds


def test_a_stream_of_another_kind_is_refused() -> None:
    with pytest.raises(CannotRepeat, match="no headers"):
        Numbering(b"\0\0\0\1\x09\xf0")
