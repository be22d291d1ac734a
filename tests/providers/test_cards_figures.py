"""Figures, axes and charts on cards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.cards.cards import layout_card
from providers.cards.number import read_figure
from providers.cards.scale import line_axis, read_chart, zero_axis
from providers.cards.sheet import Panel
from providers.cards.themes import load_theme
from providers.requests import Brand, CardSpec, CardTable


@pytest.mark.parametrize(
    ("cell", "language", "value"),
    [
        ("$1,200", "en", 1200), ("42 %", "en", 42), ("3.5M", "en", 3.5e6), ("−4", "en", -4),
        ("(7)", "en", -7), ("-$3", "en", -3), ("$-3", "en", -3), ("1.200", "de", 1200),
        ("1.200", "en", 1.2), ("1,5", "de", 1.5), ("1.200,50 €", "de", 1200.5),
        ("1 200", "fr", 1200), ("€ 3 million", "en", 3e6), ("$1.5m", "en", 1.5e6),
        ("1.5 m", "en", 1.5), ("+5%", "en", 5), ("1,234,567", "en", 1234567), ("900K", "en", 9e5),
    ],
)  # fmt: skip
def test_figures_are_read_as_people_write_them(cell: str, language: str, value: float) -> None:
    figure = read_figure(cell, language)
    assert figure is not None
    assert figure.value == pytest.approx(value)


@pytest.mark.parametrize("cell", ["", "n/a", "many", "12/2024", "5 h 30"])
def test_what_is_no_figure_is_none(cell: str) -> None:
    assert read_figure(cell) is None


def test_a_cell_that_is_no_number_is_named() -> None:
    table = CardTable(header=("Year", "Sales"), rows=(("2023", "12"), ("2024", "soon")))
    with pytest.raises(ValueError, match=r"cell 'soon' \(row '2024', column 'Sales'\)"):
        read_chart(table, "en")


def test_a_chart_without_numbers_says_what_it_needs() -> None:
    with pytest.raises(ValueError, match="no table"):
        read_chart(None, "en")
    with pytest.raises(ValueError, match="one column"):
        read_chart(CardTable(header=("Year",), rows=(("2023",),)), "en")


@given(st.lists(st.floats(-1e9, 1e9).filter(lambda v: v == 0 or abs(v) > 1e-6), min_size=1))
def test_a_bars_axis_holds_zero_and_all_values(values: list[float]) -> None:
    axis = zero_axis(values, 4)
    near = 1e-8 * (axis.high - axis.low)
    assert axis.low <= min(0, *values) + near
    assert axis.high >= max(0, *values) - near
    assert 0 in axis.ticks
    assert 2 <= len(axis.ticks) <= 8


def test_a_line_of_close_values_has_an_axis_of_its_own() -> None:
    assert line_axis([14.1, 14.6, 15.2], 4).low > 10
    assert line_axis([2, 9], 4).low == 0


def bars(rows: tuple[tuple[str, ...], ...], width: int = 2074, height: int = 1166) -> list[Panel]:
    card = CardSpec(
        kind="bar", heading="Sales", table=CardTable(header=("Year", "Sales"), rows=rows)
    )
    theme = load_theme("signal")
    laid = layout_card(card, theme, width, height, Brand(), "en", True)
    color = theme.visible_series[0]
    return [mark for mark in laid.marks if isinstance(mark, Panel) and mark.color == color]


def test_bars_stand_on_zero_and_are_as_long_as_their_values() -> None:
    one, two = bars((("2023", "$1,000"), ("2024", "$2,000")))
    assert one.y1 == pytest.approx(two.y1)
    assert (two.y1 - two.y0) == pytest.approx(2 * (one.y1 - one.y0), rel=0.01)


def test_negative_bars_hang_below_zero() -> None:
    up, down = bars((("2023", "5 %"), ("2024", "−5 %")))
    assert up.y1 == pytest.approx(down.y0)


def test_bars_with_long_names_lie() -> None:
    names = tuple((f"The department of long names number {n}", str(n * 10)) for n in range(1, 6))
    lying = bars(names, 1166, 2074)
    assert len({round(bar.x0) for bar in lying}) == 1
    assert lying[4].x1 - lying[4].x0 == pytest.approx(5 * (lying[0].x1 - lying[0].x0), rel=0.01)


def test_a_line_with_one_row_is_refused() -> None:
    card = CardSpec(kind="line", table=CardTable(header=("Year", "Sales"), rows=(("2023", "1"),)))
    with pytest.raises(ValueError, match="a line needs two"):
        layout_card(card, load_theme("paper"), 2074, 1166, Brand(), "en", True)
