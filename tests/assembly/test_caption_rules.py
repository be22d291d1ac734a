from __future__ import annotations

from itertools import pairwise

import pytest

from assembly.captions.cues import Area, CaptionLook
from assembly.captions.layout import band
from assembly.captions.tokens import wide_length
from assembly.timeline import FilmSpec, Timeline, build_timeline
from tests.assembly.caption_rules import count, examples, generated, scene_of

LOOK = CaptionLook(font="DejaVu Sans")


def film(
    said: str, language: str = "en", speech_s: float = 4.0, style: str = "plain", **wishes: object
) -> Timeline:
    scene = scene_of(1, said, language, speech_s, **wishes)
    look = LOOK.model_copy(update={"style": style})
    spec = FilmSpec(title="t", width=1080, height=1920, look=look, language=language)
    return build_timeline([scene], spec)


def lines(said: str, language: str, speech_s: float = 6.0) -> list[str]:
    return [line for cue in film(said, language, speech_s).cues for line in cue.lines]


def test_generated_scripts_keep_the_rules() -> None:
    captions, broken, where = count(generated(seed) for seed in range(12))
    assert captions > 50
    assert {rule: where[rule] for rule in broken if "(" not in rule} == {}


@pytest.mark.slow
def test_two_hundred_generated_scripts_keep_the_rules() -> None:
    captions, broken, where = count(generated(seed) for seed in range(200))
    assert captions > 3000
    assert {rule: where[rule] for rule in broken if "(" not in rule} == {}


@pytest.mark.slow
def test_the_examples_keep_the_rules_in_every_shape_and_style() -> None:
    captions, broken, where = count(examples())
    assert captions > 1000
    assert broken == {}, where


def test_japanese_breaks_between_phrases_and_never_before_a_small_kana() -> None:
    made = lines("ちょっと待って、コンピューターゲームってそんなに難しいの？", "ja")
    assert "".join(made) == "ちょっと待って、コンピューターゲームってそんなに難しいの？"
    assert all(line[0] not in "ゃゅょっャュョッー、。？" for line in made)
    assert "コンピューターゲームって" in made


def test_thai_keeps_its_spaces_and_breaks_between_words() -> None:
    said = "วันนี้อากาศดีมากและเราจะไปเที่ยวทะเลกัน แล้วพบกันใหม่"
    made = lines(said, "th")
    assert "".join(made).replace(" ", "") == said.replace(" ", "")
    assert any(" " in line or line.startswith("แล้ว") for line in made)
    assert not any(line.endswith(("เ", "แ", "โ", "ไ", "ใ")) for line in made)


def test_a_word_without_spaces_to_break_at_says_where_it_may() -> None:
    made = lines("ថ្ងៃនេះ\u200bអាកាសធាតុ\u200bល្អណាស់\u200bហើយ\u200bយើងនឹង\u200bទៅលេង\u200bសមុទ្រ", "km")
    words = ("ថ្ងៃនេះ", "អាកាសធាតុ", "ល្អណាស់", "ហើយ", "យើងនឹង", "ទៅលេង", "សមុទ្រ")
    assert all(line.endswith(words) for line in made)


def test_a_sign_stays_with_the_word_it_belongs_to() -> None:
    made = lines("Pourquoi donc, cher ami ? Il y a 10 000 raisons « valables » pour cela !", "fr")
    assert not any(line[0] in "?!»" or line[-1] == "«" for line in made)
    assert any("10 000" in line for line in made)


def test_a_word_too_long_for_a_line_is_hyphenated_and_an_address_is_cut_behind_a_sign() -> None:
    word, rest = lines("Donaudampfschifffahrtsgesellschaftskapitän.", "de")
    assert word == "Donaudampfschifffahrtsg-"
    assert rest == "esellschaftskapitän."
    address = lines("https://example.com/some/long/path/to/read", "en")
    assert all(line[-1] in "/.d" for line in address)


def test_a_caption_moves_above_what_it_must_not_cover_and_comes_back() -> None:
    said = "One sentence is said here. Another sentence is said there. And this is the third."
    area = Area(left=0.0, top=0.66, right=0.6, bottom=0.8, until_s=1.5)
    made = film(said, speech_s=9.0, keep_clear=(area,))
    shape = made.look, made.width, made.height
    assert band(made.cues[0], *shape)[1] <= 0.66
    assert made.cues[0].y is not None
    assert made.cues[-1].y is None


def test_a_caption_stays_where_it_is_when_nothing_else_is_free() -> None:
    area = Area(left=0, top=0, right=1, bottom=1)
    assert [cue.y for cue in film("All is taken.", keep_clear=(area,)).cues] == [None]


def test_words_that_pop_come_one_to_three_at_a_time_with_their_speech() -> None:
    made = film("In whole frames it never drifts, and that is the point.", style="pop")
    assert made.burned == made.pops
    assert " ".join(cue.lines[0] for cue in made.pops) == " ".join(
        line for cue in made.cues for line in cue.lines
    )
    assert all(1 <= len(cue.words) <= 3 for cue in made.pops)
    assert all(a.end <= b.start for a, b in pairwise(made.pops))
    assert all(cue.start <= cue.words[0].start for cue in made.pops)


def test_a_short_word_is_shown_for_a_second() -> None:
    (cue,) = film("Yes.", speech_s=0.3).cues
    assert cue.end - cue.start >= 30


def test_a_caption_needs_no_more_columns_than_the_frame_has_pixels() -> None:
    scene = scene_of(1, "WWWW WWWW WWWW WWWW WWWW", "en", 5.0)
    spec = FilmSpec(title="t", width=1080, height=1920, look=LOOK)
    made = build_timeline([scene], spec, lambda text: 90.0 * len(text))
    assert max(len(line) for cue in made.cues for line in cue.lines) <= 10


def test_columns_count_wide_letters_twice_and_marks_not_at_all() -> None:
    assert [wide_length(t) for t in ("abc", "字幕", "é", "กำ\u200d", "한국")] == [3, 4, 1, 2, 4]
