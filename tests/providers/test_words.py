from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers._words import Heard, place_words, words_of_characters


def heard(*words: str) -> list[Heard]:
    return [Heard(word, n * 0.5, n * 0.5 + 0.4) for n, word in enumerate(words)]


def placed(text: str, *words: str) -> list[str]:
    return [text[w.start : w.end] for w in place_words(text, heard(*words))]


@pytest.mark.parametrize(
    ("text", "words", "spans"),
    [
        ("Hello, world!", ["Hello", "world"], ["Hello,", "world!"]),
        ("“Hello” he said.", ["hello", "HE", "said."], ["“Hello”", "he", "said."]),
        ("the cat and the dog", ["the", "cat", "the", "dog"], ["the", "cat", "the", "dog"]),
        ("twenty-one days", ["twenty", "one", "days"], ["twenty-one", "days"]),
        ("don't go", ["don", "t", "go"], ["don't", "go"]),
        ("New York is big", ["New York", "is", "big"], ["New York", "is", "big"]),
        ("one two three", ["one", "zwei", "three"], ["one", "three"]),
        ("one two", [",", "one", "", "two"], ["one", "two"]),
        ("Hi [laughs softly] there", ["Hi", "laughs", "there"], ["Hi", "there"]),
        ("你好,世界。", ["你好", "世界"], ["你好,", "世界。"]),
        ("Straße auf", ["STRASSE", "auf"], ["Straße", "auf"]),
        ("", ["a"], []),
    ],
)
def test_what_was_heard_is_found_in_what_was_written(
    text: str, words: list[str], spans: list[str]
) -> None:
    assert placed(text, *words) == spans


def test_parts_of_one_written_word_last_from_the_first_to_the_last() -> None:
    (word,) = place_words("twenty-one", heard("twenty", "one"))
    assert (word.start_s, word.end_s) == (0.0, 0.9)


def test_a_word_far_ahead_is_taken_for_chance() -> None:
    text = "one " + "filler " * 30 + "two three"
    assert placed(text, "one", "two", "filler") == ["one", "filler"]


@given(st.text(max_size=60), st.lists(st.text(max_size=8), max_size=12))
def test_spans_are_in_order_inside_the_text_and_never_overlap(text: str, words: list[str]) -> None:
    spans = place_words(text, heard(*words))
    assert all(0 <= w.start < w.end <= len(text) for w in spans)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert all(w.start_s <= w.end_s for w in spans)


def test_characters_become_words_and_tags_do_not() -> None:
    characters = list("Hi [soft tag] you")
    starts = [float(n) for n in range(len(characters))]
    words = words_of_characters(characters, starts, [s + 1 for s in starts])
    assert words == (Heard("Hi", 0.0, 2.0), Heard("you", 14.0, 17.0))


def test_lists_of_unlike_length_give_the_words_that_are_timed() -> None:
    assert words_of_characters(list("ab cd"), [0, 1, 2], [1, 2]) == (Heard("ab", 0, 2),)


def test_scripts_without_spaces_are_timed_by_the_letter() -> None:
    assert words_of_characters(list("你好"), [0, 1], [1, 2]) == (
        Heard("你", 0, 1),
        Heard("好", 1, 2),
    )
