"""When the parts of a card appear."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from assembly.timeline import Word
from flows.film.builds import AHEAD_S, COUNT_STEP_S, part_texts, state_times
from prompts.storyboard import Card, Table

_LEAD_S = 0.25


def _words(text: str, each_s: float = 0.4) -> list[Word]:
    return [
        Word(text=word, start_s=n * each_s, end_s=(n + 0.9) * each_s)
        for n, word in enumerate(text.split())
    ]


def _states(*parts: int) -> list[dict[str, Any]]:
    return [{"part": part, "how": "fade", "box": [0, 0, 100, 50]} for part in parts]


def _times(card: Card, words: list[Word], *parts: int, length_s: float = 0.0) -> list[float]:
    length_s = length_s or _LEAD_S + words[-1].end_s + 1.6
    told = state_times(card, _states(*parts), (200, 100), words, _LEAD_S, length_s)
    return [state.at_s for state in told]


def _spoken(words: list[Word], text: str) -> float:
    return round(_LEAD_S + next(w.start_s for w in words if w.text == text) - AHEAD_S, 4)


BREAD = Card(kind="points", heading="Bread", items=("Yeast eats sugar", "Gas", "Gluten holds"))


def test_points_appear_as_their_words_are_spoken() -> None:
    words = _words("First of all yeasts eat sugar. Then gas fills it and gluten is holding it.")
    _, yeast, gas, gluten, whole = _times(BREAD, words, 0, 1, 2, 3, 4)
    assert yeast == _spoken(words, "yeasts")
    assert gas == _spoken(words, "gas")
    assert gluten == _spoken(words, "gluten")
    assert whole > gluten


def test_a_point_that_is_not_spoken_of_lies_between_its_neighbours() -> None:
    words = _words("Now yeast eats sugar, as we all know by now. Gluten holds it.")
    _, yeast, gas, gluten, _ = _times(BREAD, words, 0, 1, 2, 3, 4)
    assert yeast == _spoken(words, "yeast")
    assert gluten == _spoken(words, "Gluten")
    assert gas == pytest.approx((yeast + gluten) / 2, abs=0.01)


def test_points_none_of_which_is_spoken_of_come_evenly_over_the_narration() -> None:
    words = _words("We shall see what really happens when we leave it alone for a night.")
    _, *times, _ = _times(BREAD, words, 0, 1, 2, 3, 4)
    gaps = [later - sooner for sooner, later in pairwise(times)]
    assert gaps[0] == pytest.approx(gaps[1], abs=0.01)
    assert times[-1] < words[-1].end_s


def test_rows_are_found_by_their_numbers_and_names() -> None:
    table = Table(header=("Year", "Cars"), rows=(("2020", "10"), ("2021", "14")))
    card = Card(kind="bar", heading="Cars", table=table)
    words = _words("In 2020 there were ten, and 2021 brought 14 of them.")
    _, first, second = _times(card, words, 0, 1, 2)
    assert (first, second) == (_spoken(words, "2020"), _spoken(words, "2021"))


def test_chinese_points_are_found_without_spaces() -> None:
    card = Card(kind="points", heading="面包", items=("酵母吃糖", "气体充满", "面筋锁住"))
    words = [
        Word(text=char, start_s=0.2 * n, end_s=0.2 * n + 0.2)
        for n, char in enumerate("首先酵母会吃掉糖，然后气体充满小孔，最后面筋把它们锁住。")
    ]
    words = [
        Word(text=a.text + b.text, start_s=a.start_s, end_s=b.end_s)
        for a, b in zip(words[::2], words[1::2], strict=False)
    ]
    _, yeast, gas, gluten, _ = _times(card, words, 0, 1, 2, 3, 4)
    assert yeast < gas < gluten


def test_a_count_lands_on_the_spoken_figure() -> None:
    card = Card(kind="number", heading="Falls", number="42 %", text="are from ladders")
    words = _words("You may not know that of all the falls 42 % are from ladders, which is much.")
    times = _times(card, words, 0, 1, 1, 1, 1, 2)
    assert times[4] == _spoken(words, "42")
    assert times[4] - times[1] == pytest.approx(3 * COUNT_STEP_S, abs=0.001)
    assert times[5] > times[4]


def test_a_card_without_heading_does_not_wait_to_be_empty() -> None:
    card = BREAD.model_copy(update={"heading": ""})
    words = _words("Well, now it is time to say it: yeast eats sugar. And gas. Gluten holds.")
    assert _times(card, words, 0, 1, 2, 3, 4)[1] <= _LEAD_S


def test_a_silent_card_builds_at_once_and_leaves_time_to_read() -> None:
    times = _times(BREAD, [], 0, 1, 2, 3, 4, length_s=5.0)
    assert times == sorted(times)
    assert times[3] <= 3.8


def test_every_part_is_there_before_a_short_scene_ends() -> None:
    words = _words("All in all it was about yeast, gas, gluten")
    times = _times(BREAD, words, 0, 1, 2, 3, 4, length_s=words[-1].end_s + 0.7)
    assert times == sorted(times)
    assert times[3] <= words[-1].end_s + 0.7 - 1.2


def test_code_parts_are_its_lines() -> None:
    card = Card(kind="code", code="a = 1\n\nb = 2\n")
    assert part_texts(card) == {1: "a = 1", 2: "", 3: "b = 2"}


def test_the_panel_of_a_code_card_does_not_wait_to_be_empty() -> None:
    card = Card(kind="code", heading="One file", code="page: example.com\nexpect: 200")
    words = _words("Everything lives in one file, next to your code, and then you commit it.")
    _, first, second, _ = _times(card, words, 0, 1, 2, 3)
    assert first == pytest.approx(_LEAD_S, abs=0.01)
    assert second > first
