from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assembly.captions.files import to_ass, to_srt, to_vtt
from assembly.captions.tokens import wide_length
from assembly.timeline import (
    CaptionLook,
    Cue,
    FilmSpec,
    SceneMedia,
    Timeline,
    Word,
    build_timeline,
)

LOOK = CaptionLook(font="Source Sans Pro")
TEXT = (
    "A timeline in whole frames never drifts, and that is the point. Every edge is rounded once, "
    "from the start of the film; the words follow it. So the picture changes when the sentence "
    "does, even after an hour."
)


def film(texts: list[str], width: int = 1920, height: int = 1080, pace: float = 0.3) -> Timeline:
    scenes = []
    for number, text in enumerate(texts):
        words = text.split()
        told = tuple(
            Word(text=word, start_s=i * pace, end_s=(i + 0.85) * pace)
            for i, word in enumerate(words)
        )
        scenes.append(
            SceneMedia(
                id=f"s{number}", picture=f"p{number}", speech="a", speech_s=len(words) * pace,
                words=told,
            )
        )  # fmt: skip
    return build_timeline(
        scenes, FilmSpec(title="t", width=width, height=height, look=LOOK, transition="dissolve")
    )


@pytest.mark.parametrize(
    ("width", "height", "limit"), [(1920, 1080, 42), (1080, 1080, 32), (1080, 1350, 32),
                                   (1080, 1920, 24)]
)  # fmt: skip
def test_lines_are_as_long_as_the_frames_shape_allows(width: int, height: int, limit: int) -> None:
    made = film([TEXT], width, height)
    lines = [line for cue in made.cues for line in cue.lines]
    assert max(len(line) for line in lines) <= limit
    assert all(len(cue.lines) <= 2 for cue in made.cues)
    assert " ".join(lines) == TEXT


def test_captions_break_where_the_sentence_does() -> None:
    said = [" ".join(cue.lines) for cue in film([TEXT]).cues]
    assert said[0] == "A timeline in whole frames never drifts, and that is the point."
    assert sum(text[-1] in ".,;" for text in said) >= len(said) - 1


def test_two_lines_are_balanced() -> None:
    for cue in film([TEXT]).cues:
        if len(cue.lines) == 2:
            assert abs(len(cue.lines[0]) - len(cue.lines[1])) <= 12


def test_a_caption_stays_in_its_scene_and_none_overlap() -> None:
    made = film([TEXT, TEXT, "Short.", TEXT])
    for one, two in pairwise(made.cues):
        assert one.start < one.end <= two.start
    for cue in made.cues:
        shot = next(s for s in made.shots if s.start <= cue.start < s.start + s.frames)
        assert cue.end <= shot.start + shot.frames


def test_a_caption_is_on_screen_for_a_second_where_there_is_room() -> None:
    made = film(["Yes, yes.", TEXT], pace=0.4)
    assert all(cue.end - cue.start >= 30 for cue in made.cues)


def test_text_without_spaces_breaks_between_characters_and_counts_double() -> None:
    text = (
        "時間軸は整数のフレームで表されるので、映像と音声がずれることはありません。字幕も同じです。"
    )
    made = build_timeline(
        [
            SceneMedia(
                id="s", picture="p", speech="a", speech_s=12.0,
                words=(Word(text=text, start_s=0, end_s=12.0),),
            )
        ],
        FilmSpec(title="t", width=1080, height=1920, look=LOOK),
    )  # fmt: skip
    lines = [line for cue in made.cues for line in cue.lines]
    assert "".join(lines) == text
    assert max(wide_length(line) for line in lines) <= 24
    assert all(line[0] not in "、。" for line in lines)


def test_korean_keeps_its_spaces() -> None:
    made = film(["자막은 띄어쓰기를 그대로 둡니다."])
    assert " ".join(line for cue in made.cues for line in cue.lines).count(" ") == 3


words = st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=40)


@settings(max_examples=40, deadline=None)
@given(words, st.floats(0.02, 1.0), st.sampled_from([(1920, 1080), (1080, 1920)]))
def test_any_words_become_captions_in_order_without_overlap(
    said: list[str], pace: float, size: tuple[int, int]
) -> None:
    made = film([" ".join(said), "End."], *size, pace=pace)
    limit = 42 if size[0] > size[1] else 24
    for one, two in pairwise(made.cues):
        assert one.start < one.end <= two.start
    for cue in made.cues:
        assert 1 <= len(cue.lines) <= 2
        assert all(line and wide_length(line) <= limit for line in cue.lines)


def test_subrip_numbers_captions_and_counts_milliseconds() -> None:
    cues = (
        Cue(start=1, end=45, lines=("One", "two")),
        Cue(start=108_000, end=108_030, lines=("3",)),
    )
    assert to_srt(cues, 30) == (
        "1\r\n00:00:00,033 --> 00:00:01,500\r\nOne\r\ntwo\r\n\r\n"
        "2\r\n01:00:00,000 --> 01:00:01,000\r\n3\r\n"
    )


def test_webvtt_starts_with_its_name_and_ends_with_its_last_caption() -> None:
    assert to_vtt((Cue(start=0, end=30, lines=("One",)),), 30, LOOK, 1920, 1080) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nOne\n"
    )


EVIL = ("{\\an8}<b>&amp;</b> --> \\N \\h", "{\\p1}m 0 0 l 9 9{\\p0}")


def test_no_text_can_be_markup_in_subrip() -> None:
    told = to_srt((Cue(start=0, end=30, lines=EVIL),), 30)
    assert told.count("-->") == 1
    assert not re.search(r"<\s*/?b\s*>", told)
    assert "{\\" not in told


def test_no_text_can_be_markup_in_webvtt() -> None:
    told = to_vtt((Cue(start=0, end=30, lines=EVIL),), 30, LOOK, 1920, 1080)
    assert told.count("-->") == 1
    assert "<" not in told
    assert "&amp;amp;" in told


def test_no_text_can_be_an_override_in_ass() -> None:
    event = to_ass((Cue(start=0, end=30, lines=EVIL),), 30, LOOK, 1920, 1080).splitlines()[-1]
    text = event.split(",", 9)[9]
    assert not re.search(r"(?<!\\)\{(?!\})", text)
    assert re.findall(r"\\[Nnh]", text) == ["\\N"]


def test_an_ass_caption_shows_on_exactly_its_frames() -> None:
    for fps in (24, 25, 30, 60):
        for frame in (1, 7, 31, 999):
            event = to_ass((Cue(start=frame, end=frame + 5, lines=("x",)),), fps, LOOK, 320, 180)
            clock = re.findall(r"(\d):(\d\d):(\d\d\.\d\d)", event.splitlines()[-1])
            start, end = (int(h) * 3600 + int(m) * 60 + float(s) for h, m, s in clock)
            assert (frame - 1) / fps < start <= frame / fps
            assert (frame + 4) / fps < end <= (frame + 5) / fps
