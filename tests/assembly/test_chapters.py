from __future__ import annotations

import pytest

from assembly.chapters import Chapter, chapter_lines, chapters
from assembly.tags import FilmTags
from assembly.timeline import CaptionLook, FilmSpec, SceneMedia, Timeline, build_timeline


def film(*scenes: tuple[str, float]) -> Timeline:
    told = [
        SceneMedia(id=f"s{n:02d}", title=title, picture="p", least_s=length_s)
        for n, (title, length_s) in enumerate(scenes, start=1)
    ]
    spec = FilmSpec(title="Film", width=320, height=180, look=CaptionLook(font="Any"))
    return build_timeline(told, spec)


def lines(*scenes: tuple[str, float]) -> tuple[str, ...]:
    made = film(*scenes)
    return chapter_lines(chapters(made), made.fps)


def test_headed_scenes_make_chapters_and_others_join_the_one_before() -> None:
    made = chapters(film(("One", 4), ("", 5), ("Two", 6), ("Two", 3)))
    assert made == (
        Chapter(start=0, end=270, title="One"),
        Chapter(start=270, end=540, title="Two"),
    )


def test_what_comes_before_the_first_heading_has_the_films_title() -> None:
    made = chapters(film(("", 4), ("One", 5)))
    assert [(c.start, c.title) for c in made] == [(0, "Film"), (120, "One")]


def test_lines_for_a_description_start_at_zero() -> None:
    assert lines(("A", 62.5), ("B", 3550), ("C", 20)) == ("0:00 A", "1:02 B", "1:00:12 C")


def test_short_chapters_join_the_one_before_and_a_short_first_one_the_next() -> None:
    told = lines(("Title", 6), ("A", 12), ("B", 4), ("C", 11), ("D", 30), ("End", 9))
    assert told == ("0:00 A", "0:22 C", "0:33 D")


@pytest.mark.parametrize("lengths", [(9, 9, 9), (60, 60), (300,), (10, 9, 9, 9)])
def test_fewer_than_three_chapters_are_none(lengths: tuple[int, ...]) -> None:
    assert lines(*((f"Part {n}", length) for n, length in enumerate(lengths))) == ()


def test_any_film_gives_lines_that_a_platform_takes() -> None:
    for seed in range(60):
        lengths = [1 + (seed * 7 + n * n * 5) % 29 for n in range(seed + 1)]
        made = film(*((f"Part {n}", length) for n, length in enumerate(lengths)))
        told = chapter_lines(chapters(made), made.fps)
        starts = [int(m) * 60 + int(s) for m, s in (line.split()[0].split(":") for line in told)]
        if told:
            assert len(told) >= 3
            assert starts[0] == 0
            ends = [*starts[1:], made.frames // made.fps]
            assert min(end - start for start, end in zip(starts, ends, strict=True)) >= 10


@pytest.mark.parametrize(
    ("given", "three"),
    [("en", "eng"), ("pt-BR", "por"), ("zh_Hant", "zho"), ("fil", "fil"), ("xx", "und")],
)
def test_a_language_is_three_letters_in_the_file(given: str, three: str) -> None:
    assert FilmTags(title="T", language=given).stream_language() == three
