"""Fonts: files, missing characters and what stands in."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from PIL import Image, ImageDraw

from providers.cards import fonts, themes
from providers.cards.text import Type, advance, ink, is_rtl, paint_line
from providers.cards.wrap import balanced, fit

ARABIC = "الطاقة الشمسية"


def installed_for(text: str) -> None:
    if fonts.fallback_for(text) is None:
        pytest.skip(f"no installed font has {text}")


def test_the_nearest_weight_is_taken() -> None:
    assert fonts.font_file("Manrope", 790).name == "Manrope-ExtraBold.ttf"
    assert fonts.font_file("Source Serif Pro", 400, italic=True).name == "SourceSerifPro-It.ttf"


def test_a_family_that_is_not_installed_is_named() -> None:
    with pytest.raises(LookupError, match="no font family 'Nowhere Sans'"):
        fonts.font_file("Nowhere Sans", 400)


def test_captions_get_a_regular_and_a_bold_file() -> None:
    names = [path.name for path in fonts.caption_font_files("Hanken Grotesk")]
    assert names == ["HankenGrotesk-Regular.otf", "HankenGrotesk-Bold.otf"]


def test_a_variable_font_is_set_to_its_weight() -> None:
    thin, bold = (fonts.load("Geist Mono", weight, 40).getmask("mmm") for weight in (200, 800))
    assert sum(bold) > 1.3 * sum(thin)


def test_missing_characters_are_told_once_and_in_order() -> None:
    assert fonts.missing_glyphs("a漢b字漢", "Manrope") == "漢字"


def test_spaces_joiners_and_selectors_are_never_missing() -> None:
    assert fonts.missing_glyphs("a\u00a0b\u202f\u200d\ufe0f\n\u200e", "Fredoka One") == ""


def test_what_one_family_lacks_another_draws() -> None:
    assert fonts.missing_glyphs("✓", "Hanken Grotesk") == "✓"
    found = fonts.fallback_for("✓")
    assert found is not None
    assert fonts.missing_from("✓", found) == ""


def test_heavy_words_get_a_heavy_stand_in() -> None:
    heavy = fonts.fallback_for("✓", 700)
    assert heavy is not None
    assert "bold" in heavy.stem.lower()


def test_a_character_that_no_font_has_is_told_with_what_to_install() -> None:
    assert fonts.uncovered(["plain", "x\U0003134a"]) == "\U0003134a"
    told = fonts.explain_uncovered("漢")
    assert told == "no installed font has 漢 (U+6F22); install e.g. fonts-noto-cjk"


def test_font_packages_go_by_script() -> None:
    assert fonts.suggest_font_package("か") == "fonts-noto-cjk"
    assert fonts.suggest_font_package("😀") == "fonts-symbola"
    assert fonts.suggest_font_package("ก") == "fonts-noto-core"


def test_a_line_of_two_scripts_is_as_wide_as_its_parts() -> None:
    type_ = Type("Hanken Grotesk", 400, 60)
    parts = advance("done ", type_) + advance("✓", type_)
    assert advance("done ✓", type_) == pytest.approx(parts, abs=2)


def test_right_to_left_words_are_joined_by_the_shaper() -> None:
    installed_for(ARABIC)
    type_ = Type("Manrope", 400, 60)
    joined = advance(ARABIC.replace(" ", ""), type_, "ar")
    apart = sum(advance(char, type_, "ar") for char in ARABIC if char != " ")
    assert is_rtl(ARABIC)
    assert joined < 0.97 * apart


def test_the_first_strong_character_decides_the_direction() -> None:
    assert is_rtl("«123 שלום»")
    assert not is_rtl("42 %: Energy שלום")
    assert not is_rtl("")


def test_ink_knows_side_bearings() -> None:
    assert ink("H", Type("Hanken Grotesk", 700, 150)).left > 5


def test_negative_tracking_makes_a_heading_narrower() -> None:
    plain = advance("Heat pump", Type("Manrope", 800, 100))
    tight = advance("Heat pump", Type("Manrope", 800, 100, tracking=-0.03))
    assert tight == pytest.approx(plain - 9 * 3, abs=1.5)


def gaps(text: str, type_: Type) -> list[int]:
    """The pixels without ink between the characters of a line, and the line's last one."""
    picture = Image.new("L", (1000, 200))
    paint_line(ImageDraw.Draw(picture), 20, 150, text, type_, "white", "")
    inked = [x for x in range(1000) if picture.crop((x, 0, x + 1, 200)).getbbox()]
    return [b - a - 1 for a, b in pairwise(inked) if b > a + 1]


@pytest.mark.parametrize("name", themes.theme_names())
def test_large_figures_have_little_white_beside_a_decimal_mark(name: str) -> None:
    theme = themes.load_theme(name)
    type_ = Type(theme.numeral_font, theme.numeral_weight, 150, tracking=-0.03)
    for text in ("5.9", "8,1", "3.2"):
        close, plain = replace(type_, marked=0.06), type_
        assert max(gaps(text, close), default=0) <= 0.06 * 150 + 3
        # What is drawn closer is as much narrower, and letters never come into each other for it.
        drawn = ink(text, plain).right - ink(text, close).right
        assert advance(text, plain) - advance(text, close) == pytest.approx(drawn, abs=2)
        assert len(gaps(text, close)) == len(gaps(text, plain))
    assert advance("59 x", close) == advance("59 x", plain)


def test_chinese_and_japanese_break_without_spaces_and_not_before_a_stop() -> None:
    text = "重力とは、物体が互いに引き合う力です。地球も例外ではありません。"
    installed_for(text)
    lines = balanced(text, Type("Manrope", 400, 40), 300, "ja")
    assert lines is not None
    assert len(lines) > 3
    assert "".join(lines) == text
    assert not any(line[0] in "、。" for line in lines)


def test_a_line_break_never_follows_an_opening_bracket() -> None:
    from providers.cards.wrap import unbroken

    assert [word for word, _ in unbroken("物体が「地球」も、例。")] == [
        "物", "体", "が", "「地", "球」", "も、", "例。",
    ]  # fmt: skip


def test_a_word_wider_than_the_card_is_torn_only_at_the_smallest_size() -> None:
    block = fit("heading", "x" * 60, Type("Manrope", 800, 10), 400, 900, (100, 30), "en")
    assert block.type.size == 30
    assert len(block.lines) > 1
    long = fit("heading", "Donaudampfschiff", Type("Manrope", 800, 10), 400, 900, (100, 30), "de")
    assert long.lines == ("Donaudampfschiff",)
