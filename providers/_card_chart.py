"""Bar and line charts: zero at the base, few light lines, and a label at every bar and line."""

from __future__ import annotations

from providers._card_color import legible
from providers._card_scale import Axis, Chart, line_axis, read_chart, tick_label, zero_axis
from providers._card_sheet import LEAST, Arc, Box, Panel, Path, Sheet
from providers._card_stack import corner_brand, heading_stack
from providers._card_text import Type, advance, cap_height
from providers._card_wrap import Block, TooLong, fit
from providers.requests import CardSpec


def bar(sheet: Sheet, card: CardSpec) -> None:
    """Upright bars where names are short and the card is wide, else lying ones."""
    chart = read_chart(card.table, sheet.language)
    area = _frame(sheet, card, chart)
    small = _label_type(sheet, 2.8)
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


def _label_type(sheet: Sheet, size: float, weight: int = 0) -> Type:
    theme = sheet.theme
    pixels = max(size, LEAST * 100) * sheet.u
    return Type(
        theme.body_font, weight or max(500, theme.body_weight), pixels, features=("tnum", "lnum")
    )


def _frame(sheet: Sheet, card: CardSpec, chart: Chart) -> Box:
    """Heading, legend and note; returns what is left for the plot."""
    safe, u = sheet.safe, sheet.u
    corner = corner_brand(sheet)
    head = heading_stack(
        sheet,
        card.kicker,
        card.heading,
        safe.width,
        safe.height * 0.28,
        (6.2, 3.4),
        safe.x0,
        corner,
    )
    y = head.place(safe.y0)
    told = card.text or (chart.series[0].name if len(chart.series) == 1 else "")
    if told:
        note = sheet.fit("text", told, "body", safe.width, safe.height * 0.14, (3.4, 2.5), 1.3)
        y = sheet.put(note, safe.x0, y + (3.2 * u if head.pieces else 0), sheet.muted)
    if len(chart.series) > 1 and card.kind == "bar":
        y = _legend(sheet, chart, y + (4 * u if y > safe.y0 else 0))
    return Box(safe.x0, y + (5.5 * u if y > safe.y0 else 0), safe.x1, safe.y1)


def _legend(sheet: Sheet, chart: Chart, top: float) -> float:
    """A square and a name for each series, in rows."""
    u, x = sheet.u, sheet.safe.x0
    type_ = _label_type(sheet, 3.2, 700)
    tall = cap_height(type_)
    for n, series in enumerate(chart.series):
        wide = 3.2 * u + advance(series.name, type_, sheet.language)
        if wide > sheet.safe.width:
            raise TooLong(f"series name '{series.name[:24]}'", wide / sheet.safe.width - 1)
        if x + wide > sheet.safe.x1 and n:
            x, top = sheet.safe.x0, top + tall + 2.6 * u
        color = _color(sheet, n)
        side = 1.9 * u
        sheet.marks.append(
            Panel(x, top + tall / 2 - side / 2, x + side, top + tall / 2 + side / 2, color,
                  radius=min(sheet.radius, 0.5 * u))
        )  # fmt: skip
        sheet.put(sheet.line("series name", series.name, type_), x + 3.2 * u, top)
        x += wide + 4 * u
    return top + tall


def _color(sheet: Sheet, n: int) -> str:
    colors = sheet.theme.visible_series
    return colors[n % len(colors)]


def _values(chart: Chart) -> list[float]:
    return [value for series in chart.series for value in series.values]


def _upright(sheet: Sheet, chart: Chart, area: Box) -> None:
    u = sheet.u
    axis = zero_axis(_values(chart), 4)
    ticks = _label_type(sheet, 2.8)
    gutter = _tick_width(sheet, chart, axis, ticks) + 2 * u
    slot = (area.width - gutter) / len(chart.names)
    names = [
        fit(f"name '{name[:24]}'", name, _label_type(sheet, 3.3), slot * 0.92, 12 * u,
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

    _gridlines(sheet, chart, axis, plot, ticks, y_of(0))
    group = slot * (0.62 if len(chart.series) == 1 else 0.8)
    thick = min(group / len(chart.series), 15 * u)
    for s, series in enumerate(chart.series):
        color = _color(sheet, s)
        for n, value in enumerate(series.values):
            middle = plot.x0 + (n + 0.5) * slot
            left = middle + (s - len(chart.series) / 2) * thick
            gap = thick * (0.06 if len(chart.series) > 1 else 0)
            low, high = sorted((y_of(0), y_of(value)))
            _bar_mark(
                sheet, Box(left + gap, low, left + thick - gap, max(high, low + 2)), color, value
            )
            block = sheet.line("value", series.cells[n], value_type)
            at = high + 1 * u if value < 0 else low - 1.1 * u - block.height
            sheet.put(block, left + thick / 2, at, sheet.ink, align="middle")
    for n, block in enumerate(names):
        lowest = plot.y1 + (above if negative else 0)
        sheet.put(block, plot.x0 + (n + 0.5) * slot, lowest + 1.8 * u, sheet.muted, align="middle")


def _value_type(sheet: Sheet, chart: Chart, slot: float) -> Type:
    """The largest type in which every value stands over its own bar. Raises TooLong."""
    room = slot * (0.94 if len(chart.series) == 1 else 0.8 / len(chart.series) * 1.02)
    cells = [cell for series in chart.series for cell in series.cells]
    size, smallest = 4.3, LEAST * 100 if sheet.wide else 3.0
    while True:
        type_ = _label_type(sheet, size, 700)
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


def _tick_width(sheet: Sheet, chart: Chart, axis: Axis, type_: Type) -> float:
    return max(advance(tick_label(tick, axis, chart), type_, sheet.language) for tick in axis.ticks)


def _gridlines(sheet: Sheet, chart: Chart, axis: Axis, plot: Box, type_: Type, zero: float) -> None:
    u = sheet.u
    thin = max(1.5, 0.12 * u)
    for tick in axis.ticks:
        y = plot.y1 - axis.share(tick) * plot.height
        base = abs(y - zero) < 0.5
        weight = 0.24 * u if base else thin
        sheet.marks.append(
            Panel(
                plot.x0, y - weight / 2, plot.x1, y + weight / 2, sheet.ink, 0.75 if base else 0.13
            )
        )
        label = sheet.line("tick", tick_label(tick, axis, chart), type_)
        sheet.put(label, plot.x0 - 2 * u, y - label.height / 2, sheet.muted, align="end")


def _lying(sheet: Sheet, chart: Chart, area: Box, over: bool) -> None:
    """Bars from left to right, names over or beside them."""
    u = sheet.u
    count, layers = len(chart.names), len(chart.series)
    axis = zero_axis(_values(chart), 4)
    slot = area.height / count
    size = min(4.0 if over else 3.4, slot / u * (0.28 if over else 0.5))
    if size < LEAST * 100:
        raise TooLong(f"chart with {count} names", LEAST * 100 / size - 1)
    smallest = LEAST * 100 * u
    most = area.width if over else area.width * 0.3
    names = [
        fit(f"name '{name[:24]}'", name, _label_type(sheet, size), most,
            slot * (0.4 if over else 0.9),
            (size * u, smallest), sheet.language, 1.12, 1 if over else 2)
        for name in chart.names
    ]  # fmt: skip
    value_type = _label_type(sheet, min(3.6, max(LEAST * 100, slot / layers / u * 0.5)), 700)
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
    reach = max(axis.share(value) for value in [0.0, *_values(chart)])

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
            _lying_mark(sheet, held, _color(sheet, s), series.values[n])
            cell = sheet.line("value", series.cells[n], value_type)
            negative = series.values[n] < 0
            at = low - 1.2 * u if negative else high + 1.2 * u
            sheet.put(
                cell, at, y + thick / 2 - cell.height / 2, align="end" if negative else "start"
            )
    if not over:
        foot = Panel(x_of(0) - 0.12 * u, area.y0, x_of(0) + 0.12 * u, area.y1, sheet.ink, 0.5)
        sheet.marks.append(foot)


def _lying_mark(sheet: Sheet, box: Box, color: str, value: float) -> None:
    radius = min(sheet.radius * 0.5, box.width / 2, box.height / 2)
    sheet.marks.append(Panel(box.x0, box.y0, box.x1, box.y1, color, radius=radius))
    if radius > 0.5:
        base = (box.x1 - radius, box.x1) if value < 0 else (box.x0, box.x0 + radius)
        sheet.marks.append(Panel(base[0], box.y0, base[1], box.y1, color))


def line(sheet: Sheet, card: CardSpec) -> None:
    """Lines labelled at their ends."""
    chart = read_chart(card.table, sheet.language)
    if len(chart.names) < 2:
        raise ValueError("the card's line chart has one row: a line needs two")
    u = sheet.u
    area = _frame(sheet, card, chart)
    axis = line_axis(_values(chart), 4 if sheet.wide else 5)
    ticks = _label_type(sheet, 2.8)
    gutter = _tick_width(sheet, chart, axis, ticks) + 2 * u
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
    _gridlines(sheet, chart, axis, plot, ticks, plot.y1 - axis.share(0) * plot.height)
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
        sheet.marks.append(Path(shape, sheet.theme.primary, 0, 0.1))
    for n in reversed(range(len(courses))):
        color = _color(sheet, n)
        sheet.marks.append(Path(courses[n], color, 0.75 * u))
        if len(courses[n]) <= 12:
            for x, y in courses[n][:-1]:
                sheet.marks.append(Arc(x, y, 0, 0.75 * u, color))
        sheet.marks.append(Arc(*courses[n][-1], 0, 1.7 * u, sheet.theme.background))
        sheet.marks.append(Arc(*courses[n][-1], 0, 1.25 * u, color))
    _put_ends(sheet, chart, ends, [course[-1] for course in courses], plot)
    _put_names(sheet, chart, plot, step)


def _end_label(sheet: Sheet, chart: Chart, n: int, most: float) -> tuple[Block | None, Block]:
    """A series' name (when there are several) and its last value."""
    u = sheet.u
    series = chart.series[n]
    value = sheet.line(
        "value", series.cells[-1], _label_type(sheet, 4.6 if len(chart.series) == 1 else 3.7, 700)
    )
    if len(chart.series) == 1:
        return None, value
    name = fit(
        f"series name '{series.name[:24]}'", series.name, _label_type(sheet, 3.0), most, 8 * u,
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
        color = legible(_color(sheet, n), sheet.grounds)
        end = sheet.put(value, x, top + 0.75 * u, color if name else sheet.ink)
        if name:
            sheet.put(name, x, end + 1.3 * u, sheet.muted)


def _put_names(sheet: Sheet, chart: Chart, plot: Box, step: float) -> None:
    """As many names under the axis as stand apart, the first and last among them."""
    u = sheet.u
    type_ = _label_type(sheet, 2.9)
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
