"""The bar chart: upright or lying, from zero, with its figure at every bar."""

from __future__ import annotations

from providers.cards.plot import (
    all_values,
    color_of,
    frame,
    gridlines,
    label_type,
    tick_width,
)
from providers.cards.scale import Chart, read_chart, zero_axis
from providers.cards.sheet import LEAST, Box, Panel, Sheet
from providers.cards.text import Type, advance, cap_height
from providers.cards.wrap import TooLong, fit
from providers.requests import CardSpec


def bar(sheet: Sheet, card: CardSpec) -> None:
    """Upright bars where names are short and the card is wide, else lying ones."""
    chart = read_chart(card.table, sheet.language)
    area = frame(sheet, card, chart)
    small = label_type(sheet, 2.8)
    count = len(chart.names)
    slot = area.width / count
    widest = max(advance(name, small, sheet.language) for name in chart.names)
    if widest < slot * 1.6 and count * len(chart.series) <= (24 if sheet.wide else 10):
        marks = list(sheet.marks)
        try:
            _upright(sheet, chart, area)
            return
        except TooLong:
            sheet.marks = marks
    marks = list(sheet.marks)
    try:
        _lying(sheet, chart, area, over=not sheet.wide)
    except TooLong:
        sheet.marks = marks
        _lying(sheet, chart, area, over=sheet.wide)


def _upright(sheet: Sheet, chart: Chart, area: Box) -> None:
    u = sheet.u
    axis = zero_axis(all_values(chart), 4)
    ticks = label_type(sheet, 2.8)
    gutter = tick_width(sheet, chart, axis, ticks) + 2 * u
    slot = (area.width - gutter) / len(chart.names)
    names = [
        fit(f"name '{name[:24]}'", name, label_type(sheet, 3.3), slot * 0.92, 12 * u,
            (3.3 * u, LEAST * 100 * u), sheet.language, 1.18, 3)
        for name in chart.names
    ]  # fmt: skip
    below = max(block.full for block in names) + 1.8 * u
    value_type = _value_type(sheet, chart, slot)
    above = cap_height(value_type) + 2 * u
    negative = axis.low < 0
    plot = Box(
        area.x0 + gutter, area.y0 + above, area.x1, area.y1 - below - (above if negative else 0)
    )
    if plot.height < 16 * u:
        raise TooLong("heading", 16 * u / max(plot.height, u) - 1)

    def y_of(value: float) -> float:
        return plot.y1 - axis.share(value) * plot.height

    gridlines(sheet, chart, axis, plot, ticks, y_of(0))
    group = slot * (0.62 if len(chart.series) == 1 else 0.8)
    thick = min(group / len(chart.series), 15 * u)
    for s, series in enumerate(chart.series):
        color = color_of(sheet, s)
        for n, value in enumerate(series.values):
            middle = plot.x0 + (n + 0.5) * slot
            left = middle + (s - len(chart.series) / 2) * thick
            gap = thick * (0.06 if len(chart.series) > 1 else 0)
            low, high = sorted((y_of(0), y_of(value)))
            held = Box(left + gap, low, left + thick - gap, max(high, low + 2))
            block = sheet.line("value", series.cells[n], value_type)
            at = high + 1 * u if value < 0 else low - 1.1 * u - block.height
            with sheet.part(n + 1):
                _bar_mark(sheet, held, color, value)
                sheet.put(block, left + thick / 2, at, sheet.ink, align="middle")
    if all(value >= 0 for value in all_values(chart)):
        sheet.entrances |= dict.fromkeys(range(1, len(chart.names) + 1), "up")
    for n, block in enumerate(names):
        lowest = plot.y1 + (above if negative else 0)
        sheet.put(block, plot.x0 + (n + 0.5) * slot, lowest + 1.8 * u, sheet.muted, align="middle")


def _value_type(sheet: Sheet, chart: Chart, slot: float) -> Type:
    """The largest type in which every value stands over its own bar. Raises TooLong."""
    room = slot * (0.94 if len(chart.series) == 1 else 0.8 / len(chart.series) * 1.02)
    cells = [cell for series in chart.series for cell in series.cells]
    size, smallest = 4.3, LEAST * 100 if sheet.wide else 3.0
    while True:
        type_ = label_type(sheet, size, 700)
        widest = max(advance(cell, type_, sheet.language) for cell in cells)
        if widest <= room:
            return type_
        if size <= smallest:
            raise TooLong("chart's values", widest / room - 1)
        size = max(smallest, size * 0.94)


def _bar_mark(sheet: Sheet, box: Box, color: str, value: float) -> None:
    """A bar with its far end rounded, the base square on the zero line."""
    radius = min(sheet.radius * 0.5, box.width / 2, box.height / 2)
    sheet.marks.append(Panel(box.x0, box.y0, box.x1, box.y1, color, radius=radius))
    if radius > 0.5:
        base = (box.y0, box.y0 + radius) if value < 0 else (box.y1 - radius, box.y1)
        sheet.marks.append(Panel(box.x0, base[0], box.x1, base[1], color))


def _lying(sheet: Sheet, chart: Chart, area: Box, over: bool) -> None:
    """Bars from left to right, names over or beside them."""
    u = sheet.u
    count, layers = len(chart.names), len(chart.series)
    axis = zero_axis(all_values(chart), 4)
    slot = area.height / count
    size = min(4.0 if over else 3.4, slot / u * (0.28 if over else 0.5))
    if size < LEAST * 100:
        raise TooLong(f"chart with {count} names", LEAST * 100 / size - 1)
    smallest = LEAST * 100 * u
    most = area.width if over else area.width * 0.3
    names = [
        fit(f"name '{name[:24]}'", name, label_type(sheet, size), most,
            slot * (0.4 if over else 0.9),
            (size * u, smallest), sheet.language, 1.12, 1 if over else 2)
        for name in chart.names
    ]  # fmt: skip
    value_type = label_type(sheet, min(3.6, max(LEAST * 100, slot / layers / u * 0.5)), 700)
    value_wide = max(
        advance(cell, value_type, sheet.language)
        for series in chart.series
        for cell in series.cells
    )
    gutter = 0.0 if over else max(block.width for block in names) + 2.5 * u
    left_values = value_wide + 1.5 * u if axis.low < 0 else 0.0
    x0, x1 = area.x0 + gutter + left_values, area.x1 - value_wide - 1.5 * u
    if x1 - x0 < 20 * u:
        raise TooLong("chart's names and values", 20 * u / max(x1 - x0, u) - 1)
    lead = max(block.full for block in names) + 0.9 * u if over else 0.0
    thick = min((slot * 0.84 - lead) / layers, 6.4 * u)
    if thick < cap_height(value_type) * 0.9:
        raise TooLong(
            f"chart with {count * layers} bars", cap_height(value_type) / max(thick, 1) - 0.9
        )
    # The scale ends with the longest bar, since every bar has its figure.
    reach = max(axis.share(value) for value in [0.0, *all_values(chart)])

    def x_of(value: float) -> float:
        return x0 + axis.share(value) / reach * (x1 - x0)

    for n, block in enumerate(names):
        top = area.y0 + n * slot + max(0.0, slot - lead - thick * layers) * 0.4
        if over:
            sheet.put(block, area.x0, top, sheet.ink)
        else:
            middle = top + thick * layers / 2
            sheet.put(
                block, area.x0 + gutter - 2.5 * u, middle - block.height / 2, sheet.ink, align="end"
            )
        for s, series in enumerate(chart.series):
            low, high = sorted((x_of(0), x_of(series.values[n])))
            y = top + lead + s * thick
            gap = thick * (0.06 if layers > 1 else 0)
            held = Box(low, y + gap, max(high, low + 2), y + thick - gap)
            cell = sheet.line("value", series.cells[n], value_type)
            negative = series.values[n] < 0
            at = low - 1.2 * u if negative else high + 1.2 * u
            with sheet.part(n + 1):
                _lying_mark(sheet, held, color_of(sheet, s), series.values[n])
                sheet.put(
                    cell, at, y + thick / 2 - cell.height / 2, align="end" if negative else "start"
                )
    if all(value >= 0 for value in all_values(chart)):
        sheet.entrances |= dict.fromkeys(range(1, count + 1), "right")
    if not over:
        foot = Panel(x_of(0) - 0.12 * u, area.y0, x_of(0) + 0.12 * u, area.y1, sheet.ink, 0.5)
        sheet.marks.append(foot)


def _lying_mark(sheet: Sheet, box: Box, color: str, value: float) -> None:
    radius = min(sheet.radius * 0.5, box.width / 2, box.height / 2)
    sheet.marks.append(Panel(box.x0, box.y0, box.x1, box.y1, color, radius=radius))
    if radius > 0.5:
        base = (box.x1 - radius, box.x1) if value < 0 else (box.x0, box.x0 + radius)
        sheet.marks.append(Panel(base[0], box.y0, base[1], box.y1, color))
