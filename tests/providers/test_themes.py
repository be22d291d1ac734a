"""Themes and brands laid over them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.cards.fonts import font_file
from providers.cards.themes import (
    UnknownTheme,
    branded,
    contrast,
    load_theme,
    text_pairs,
    theme_names,
)
from providers.requests import Brand

COLORS = st.one_of(st.just(""), st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}"))


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", theme_names())
def test_every_theme_is_legible_as_it_is(name: str) -> None:
    theme = branded(load_theme(name), Brand())
    assert min(contrast(ink, ground) for ink, ground in text_pairs(theme)) >= 4.5


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(theme_names()), COLORS, COLORS, COLORS, COLORS)
def test_no_brand_can_make_words_illegible(
    name: str, primary: str, accent: str, background: str, text: str
) -> None:
    brand = Brand(primary=primary, accent=accent, background=background, text=text)
    theme = branded(load_theme(name), brand)
    assert min(contrast(ink, ground) for ink, ground in text_pairs(theme)) >= 4.5


def test_a_brands_colours_are_kept_where_they_are_legible() -> None:
    theme = branded(load_theme("daylight"), Brand(primary="#7a1fa2", background="#ffffff"))
    assert (theme.primary, theme.background, theme.bold_background) == (
        "#7a1fa2",
        "#ffffff",
        "#7a1fa2",
    )


def test_a_colour_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="'red' is not a colour: write it as #rrggbb"):
        branded(load_theme("paper"), Brand(primary="red"))


def test_an_unknown_theme_is_named_with_the_nearest_one() -> None:
    with pytest.raises(UnknownTheme, match="there is no theme 'papre': did you mean 'paper'"):
        load_theme("papre")
    with pytest.raises(UnknownTheme, match="choose one of daylight"):
        load_theme("zzz")


def test_no_name_is_the_first_theme() -> None:
    assert load_theme("").name == theme_names()[0]


@pytest.mark.parametrize("name", theme_names())
def test_every_theme_has_its_fonts(name: str) -> None:
    theme = load_theme(name)
    for family in (theme.heading_font, theme.body_font, theme.numeral_font, theme.caption_font):
        assert font_file(family, 700).exists()
