from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from assembly.errors import BrokenSegments
from assembly.join import join
from assembly.tags import FilmTags
from assembly.timeline import Timeline, build_timeline
from tests.assembly.conftest import Studio

Film = tuple[Path, Timeline, Callable[[str], Path]]
pytestmark = pytest.mark.slow


def test_every_frame_has_the_time_of_its_number(small_film: Film) -> None:
    film, timeline, _ = small_film
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        times = [f.pts * stream.time_base * timeline.fps for f in container.decode(stream)]  # type: ignore[operator]
    assert times == list(range(timeline.frames))


def test_sound_and_picture_start_together_and_are_equally_long(small_film: Film) -> None:
    film, timeline, _ = small_film
    with av.open(str(film)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        first = next(container.decode(audio))
        assert (video.start_time, audio.start_time, first.pts) == (0, 0, 0)
        assert audio.duration == timeline.samples
        assert video.duration * video.time_base * timeline.fps == timeline.frames  # type: ignore[operator]


def test_the_film_carries_its_title_and_a_chapter_per_scene(small_film: Film) -> None:
    film, timeline, _ = small_film
    with av.open(str(film)) as container:
        assert container.metadata["title"] == "A film"
        chapters: list[Any] = list(container.chapters())
    assert [c["metadata"]["title"] for c in chapters] == [f"Part {n}" for n in (1, 2, 3, 4)]
    starts = [float(c["start"] * c["time_base"]) for c in chapters]
    assert starts == pytest.approx([s.start / 30 for s in timeline.shots], abs=0.002)


def test_segments_that_do_not_add_up_are_refused(small_film: Film, tmp_path: Path) -> None:
    film, timeline, _ = small_film
    sound = film.parent / "sound.mp4"
    one = sorted(film.parent.glob("s1-*.mp4"))[:1]
    with pytest.raises(BrokenSegments, match="render again"):
        join(one, sound, timeline, tmp_path / "out.mp4", threading.Event())
    assert list(tmp_path.glob("*.mp4")) == []


def test_the_file_says_who_made_it_in_which_language_and_from_what(
    studio: Studio, tmp_path: Path
) -> None:
    timeline = build_timeline([studio.scene(1, 1.0)], studio.spec())
    told = FilmTags(
        title="Gezeiten", language="de-CH", artist="A. Moon", description="Why the sea moves.",
        keywords=("sea", "moon"), date="2026-11-20", comment="Pictures are generated.",
    )  # fmt: skip
    film = studio.film(timeline, tmp_path / "film.mp4", told)
    with av.open(str(film)) as container:
        tags = dict(container.metadata)
        languages = {stream.metadata["language"] for stream in list(container.streams)[:2]}
    assert languages == {"deu"}
    assert {k: v for k, v in tags.items() if k in told.metadata()} == told.metadata()
    assert "creation_time" not in tags
