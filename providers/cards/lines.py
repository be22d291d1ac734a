"""The line chart: every line is named, with its last figure, where it ends."""

from __future__ import annotations

from providers.cards.color import legible
from providers.cards.plot import (
    all_values,
    color_of,
    frame,
    gridlines,
    label_type,
    tick_width,
)
from providers.cards.scale import Chart, line_axis, read_chart
from providers.cards.shapes import Point
from providers.cards.sheet import LEAST, Arc, Box, Path, Sheet
from providers.cards.text import advance
from providers.cards.wrap import Block, TooLong, fit
from providers.requests import CardSpec


def line(sheet: Sheet, card: CardSpec) -> None:
    """Lines labelled at their ends."""
    chart = read_chart(card.table, sheet.language)
    if len(chart.names) < 2:
        raise ValueError("the card's line chart has one row: a line needs two")
    u = sheet.u
    area = frame(sheet, card, chart)
    axis = line_axis(all_values(chart), 4 if sheet.wide else 5)
    ticks = label_type(sheet, 2.8)
    gutter = tick_width(sheet, chart, axis, ticks) + 2 * u
    ends = [
        _end_label(sheet, chart, n, area.width * (0.26 if sheet.wide else 0.3))
        for n in range(len(chart.series))
    ]
    right = max(max(name.width if name else 0.0, value.width) for name, value in ends) + 3 * u
    plot = Box(area.x0 + gutter, area.y0 + 2 * u, area.x1 - right, area.y1 - 5.4 * u)
    if plot.height < 16 * u:
        raise TooLong("heading", 16 * u / max(plot.height, u) - 1)
    if plot.width < 24 * u:
        raise TooLong("chart's series names", 24 * u / max(plot.width, u) - 1)
    gridlines(sheet, chart, axis, plot, ticks, plot.y1 - axis.share(0) * plot.height)
    step = plot.width / (len(chart.names) - 1)
    courses = [
        tuple(
            (plot.x0 + n * step, plot.y1 - axis.share(value) * plot.height)
            for n, value in enumerate(series.values)
        )
        for series in chart.series
    ]
    if len(courses) == 1:
        ground = plot.y1 - axis.share(min(max(0.0, axis.low), axis.high)) * plot.height
        shape = (*courses[0], (plot.x1, ground), (plot.x0, ground))
        with sheet.part(1):
            sheet.marks.append(Path(shape, sheet.theme.primary, 0, 0.1))
    for n in reversed(range(len(courses))):
        sheet.entrances[n + 1] = "right"
        with sheet.part(n + 1):
            _course(sheet, courses[n], color_of(sheet, n))
    _put_ends(sheet, chart, ends, [course[-1] for course in courses], plot)
    _put_names(sheet, chart, plot, step)


def _course(sheet: Sheet, course: tuple[Point, ...], color: str) -> None:
    """One line, with a dot at every value when they are few, and a large one at its end."""
    u = sheet.u
    sheet.marks.append(Path(course, color, 0.75 * u))
    if len(course) <= 12:
        for x, y in course[:-1]:
            sheet.marks.append(Arc(x, y, 0, 0.75 * u, color))
    sheet.marks.append(Arc(*course[-1], 0, 1.7 * u, sheet.theme.background))
    sheet.marks.append(Arc(*course[-1], 0, 1.25 * u, color))


def _end_label(sheet: Sheet, chart: Chart, n: int, most: float) -> tuple[Block | None, Block]:
    """A series' name (when there are several) and its last value."""
    u = sheet.u
    series = chart.series[n]
    value = sheet.line(
        "value", series.cells[-1], label_type(sheet, 4.6 if len(chart.series) == 1 else 3.7, 700)
    )
    if len(chart.series) == 1:
        return None, value
    name = fit(
        f"series name '{series.name[:24]}'", series.name, label_type(sheet, 3.0), most, 8 * u,
        (3.0 * u, LEAST * 100 * u), sheet.language, 1.15, 2,
    )  # fmt: skip
    return name, value


def _put_ends(
    sheet: Sheet, chart: Chart, ends: list[tuple[Block | None, Block]],
    tips: list[tuple[float, float]], plot: Box,
) -> None:  # fmt: skip
    """End labels beside their lines, pushed apart where they would touch."""
    u = sheet.u
    heights = [value.full + (name.full + 0.3 * u if name else 0) + 1.5 * u for name, value in ends]
    order = sorted(range(len(ends)), key=lambda n: tips[n][1])
    if sum(heights) > plot.height + 6 * u:
        raise TooLong("chart's number of series", sum(heights) / plot.height - 1)
    tops = [tips[n][1] - heights[n] / 2 for n in order]
    for i in range(1, len(order)):
        tops[i] = max(tops[i], tops[i - 1] + heights[order[i - 1]])
    floor = plot.y1 + 1.4 * u
    for i in reversed(range(len(order))):
        tops[i] = min(tops[i], floor - heights[order[i]])
        floor = tops[i]
    for top, n in zip(tops, order, strict=True):
        name, value = ends[n]
        x = plot.x1 + 3 * u
        color = legible(color_of(sheet, n), sheet.grounds)
        with sheet.part(n + 1):
            end = sheet.put(value, x, top + 0.75 * u, color if name else sheet.ink)
            if name:
                sheet.put(name, x, end + 1.3 * u, sheet.muted)


def _put_names(sheet: Sheet, chart: Chart, plot: Box, step: float) -> None:
    """As many names under the axis as stand apart, the first and last among them."""
    u = sheet.u
    type_ = label_type(sheet, 2.9)
    widest = max(advance(name, type_, sheet.language) for name in chart.names) + 2 * u
    last = len(chart.names) - 1
    if step * last < widest:
        raise TooLong("chart's first column", widest / (step * last) - 1)
    every = next(k for k in range(1, last + 1) if k * step >= widest)
    shown = [n for n in range(0, last, every) if (last - n) * step >= widest]
    for n in (*shown, last):
        block = sheet.line("name", chart.names[n], type_)
        left = max(
            sheet.safe.x0, min(plot.x0 + n * step - block.width / 2, sheet.safe.x1 - block.width)
        )
        sheet.put(block, left, plot.y1 + 2.4 * u, sheet.muted)
