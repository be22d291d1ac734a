"""What a chart shows: series of numbers read from a table, and an axis with round steps."""

from __future__ import annotations

import math
from dataclasses import dataclass

from providers.cards.number import Figure, read_figure
from providers.cards.table import square
from providers.requests import CardTable


@dataclass(frozen=True)
class Series:
    """One column of figures; `cells` are the editor's own words for them."""

    name: str
    values: tuple[float, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Chart:
    """Names along the axis, one or more series, and the unit that ticks are written with."""

    names: tuple[str, ...]
    series: tuple[Series, ...]
    prefix: str
    suffix: str


@dataclass(frozen=True)
class Axis:
    """Round steps from `low` to `high`."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Where a value lies between the ends, 0 to 1."""
        return (value - self.low) / (self.high - self.low)


def read_chart(table: CardTable | None, language: str) -> Chart:
    """Reads every column after the first as figures.

    Raises ValueError that names the cell which is no number, or says what the table lacks.
    """
    if table is None or not table.rows:
        raise ValueError(
            "the card's chart has no table: give a first column of names and one of numbers"
        )
    rows = square(table)
    if len(rows[0]) < 2:
        raise ValueError("the card's chart has one column: numbers are read from the second one on")
    figures: list[Figure] = []
    series = []
    for n in range(1, len(rows[0])):
        values = []
        for row in rows[1:]:
            figure = read_figure(row[n], language)
            if figure is None:
                raise ValueError(
                    f"the chart's cell '{row[n]}' (row '{row[0]}', column '{rows[0][n]}') "
                    "is no number"
                )
            figures.append(figure)
            values.append(figure.value)
        series.append(Series(rows[0][n], tuple(values), tuple(row[n].strip() for row in rows[1:])))
    prefixes = {figure.prefix for figure in figures}
    suffixes = {figure.suffix for figure in figures}
    return Chart(
        tuple(row[0] for row in rows[1:]),
        tuple(series),
        prefixes.pop() if len(prefixes) == 1 else "",
        suffixes.pop() if len(suffixes) == 1 else "",
    )


def zero_axis(values: list[float], steps: int) -> Axis:
    """An axis from zero (or through it) whose ticks are 1, 2, 2.5 or 5 times a power of ten."""
    return _axis(min(0.0, *values), max(0.0, *values), steps)


def line_axis(values: list[float], steps: int) -> Axis:
    """From zero too, unless the values differ so little that their course would be flat.

    A line shows change by its slope, not by its height, so it may stand on another ground.
    """
    low, high = min(values), max(values)
    if low > 0 and high - low < 0.25 * high:
        return _axis(low - (high - low) * 0.3, high, steps)
    if high < 0 and high - low < -0.25 * low:
        return _axis(low, high + (high - low) * 0.3, steps)
    return zero_axis(values, steps)


def _axis(low: float, high: float, steps: int) -> Axis:
    if high <= low:
        high = low + (abs(low) or 1.0)
    rough = (high - low) / steps
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(n * step, 12) for n in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks)


def tick_label(value: float, axis: Axis, chart: Chart) -> str:
    """A tick in the chart's own unit, thousands and millions shortened."""
    largest = max(abs(axis.low), abs(axis.high))
    scale, mark = next(
        (pair for pair in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e4, "K")) if largest >= pair[0]),
        (1.0, ""),
    )
    if mark == "K":
        scale = 1e3
    step = abs(axis.ticks[1] - axis.ticks[0]) / scale
    places = next(n for n in range(7) if abs(step * 10**n - round(step * 10**n)) < 1e-6 or n == 6)
    if value == 0:
        places = 0
    digits = f"{abs(value) / scale:,.{places}f}" + (mark if value else "")
    long = chart.suffix if len(chart.suffix) <= 3 else ""
    space = " " if long and long[0].isalpha() else ""
    return ("−" if value < 0 else "") + chart.prefix + digits + space + long
