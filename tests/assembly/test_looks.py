"""What a film shows is measured as it goes by."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from assembly._ffmpeg import pieces
from assembly._resample import Bytes2D
from assembly.check.looks import look_at
from assembly.check.reel import watch
from assembly.check.watch import Expected, small_size
from assembly.errors import Cancelled, FFmpegError
from assembly.timeline import build_timeline

TEST_PICTURE = ["-f", "lavfi", "-i", "testsrc=s=64x36:d=20", "-f", "rawvideo", "pipe:"]
PIECE = 64 * 36 * 3


def test_no_more_than_the_last_second_of_a_film_is_held(studio: Any) -> None:
    timeline = build_timeline(
        [studio.scene(n, 6.0, motion="push-in", transition="cut") for n in (1, 2, 3)], studio.spec()
    )
    wide, high = small_size(timeline.width, timeline.height)
    alive: weakref.WeakSet[Any] = weakref.WeakSet()
    most = 0

    class Frame(np.ndarray[Any, Any]):
        __hash__ = object.__hash__

    def frames() -> Iterator[Bytes2D]:
        nonlocal most
        for number in range(timeline.frames):
            frame = np.full((high, wide), number % 200, np.uint8).view(Frame)
            alive.add(frame)
            most = max(most, len(alive))
            yield frame

    looks = look_at(frames(), timeline, Expected(timeline, studio.media))
    assert looks.frames == timeline.frames > 500
    assert most <= timeline.fps + 3


@pytest.mark.slow
def test_edges_between_pictures_that_are_much_alike_are_found_where_they_are(
    studio: Any, tmp_path: Path
) -> None:
    def alike(number: int) -> str:
        with Image.open(studio.media(studio.picture(77))) as card:
            drawn = card.copy()
        at = 40 + 25 * number
        ImageDraw.Draw(drawn).rectangle([at, 60, at + 24, 76], fill=(150, 160, 170))
        drawn.save(studio.media(f"alike{number}.png"))
        return f"alike{number}.png"

    scenes = [
        studio.scene(n, 1.2, picture=alike(n), motion="none", transition=transition)
        for n, transition in enumerate(("cut", "dissolve", "dissolve", "fade", "cut", "dissolve"))
    ]
    timeline = build_timeline(scenes, studio.spec())
    film = studio.film(timeline, tmp_path / "film.mp4")
    frames = watch(film, timeline.width, timeline.height)
    looks = look_at(frames, timeline, Expected(timeline, studio.media))
    late = {
        shot.scene: round(found - shot.start, 2)
        for shot in timeline.shots[1:]
        for found, told_apart in [looks.edges[shot.scene]]
        if found is not None and told_apart
    }
    assert len(late) == 5
    assert max(map(abs, late.values())) <= 0.5, late


def test_pieces_come_one_by_one_and_the_process_ends_with_their_reader() -> None:
    told = pieces(TEST_PICTURE, PIECE)
    first = next(told)
    assert len(first) == PIECE
    told.close()
    assert sum(1 for _ in pieces(TEST_PICTURE, PIECE)) == 500


def test_reading_pieces_stops_when_told_and_a_failure_says_why() -> None:
    cancel = threading.Event()
    told = pieces(TEST_PICTURE, PIECE, cancel)
    next(told)
    cancel.set()
    with pytest.raises(Cancelled):
        list(told)
    with pytest.raises(FFmpegError, match="No such file"):
        list(pieces(["-i", "absent.mp4", "-f", "rawvideo", "pipe:"], PIECE))
