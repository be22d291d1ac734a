"""What bar and line charts share: heading, legend, light gridlines and the type of labels."""

from __future__ import annotations

from providers.cards.scale import Axis, Chart, tick_label
from providers.cards.sheet import LEAST, Box, Panel, Sheet
from providers.cards.stack import corner_brand, heading_stack
from providers.cards.text import Type, advance, cap_height
from providers.cards.wrap import TooLong
from providers.requests import CardSpec


def frame(sheet: Sheet, card: CardSpec, chart: Chart) -> Box:
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
    type_ = label_type(sheet, 3.2, 700)
    tall = cap_height(type_)
    for n, series in enumerate(chart.series):
        wide = 3.2 * u + advance(series.name, type_, sheet.language)
        if wide > sheet.safe.width:
            raise TooLong(f"series name '{series.name[:24]}'", wide / sheet.safe.width - 1)
        if x + wide > sheet.safe.x1 and n:
            x, top = sheet.safe.x0, top + tall + 2.6 * u
        color = color_of(sheet, n)
        side = 1.9 * u
        sheet.marks.append(
            Panel(x, top + tall / 2 - side / 2, x + side, top + tall / 2 + side / 2, color,
                  radius=min(sheet.radius, 0.5 * u))
        )  # fmt: skip
        sheet.put(sheet.line("series name", series.name, type_), x + 3.2 * u, top)
        x += wide + 4 * u
    return top + tall


def label_type(sheet: Sheet, size: float, weight: int = 0) -> Type:
    theme = sheet.theme
    pixels = max(size, LEAST * 100) * sheet.u
    return Type(
        theme.body_font, weight or max(500, theme.body_weight), pixels, features=("tnum", "lnum")
    )


def color_of(sheet: Sheet, n: int) -> str:
    colors = sheet.theme.visible_series
    return colors[n % len(colors)]


def all_values(chart: Chart) -> list[float]:
    return [value for series in chart.series for value in series.values]


def tick_width(sheet: Sheet, chart: Chart, axis: Axis, type_: Type) -> float:
    return max(advance(tick_label(tick, axis, chart), type_, sheet.language) for tick in axis.ticks)


def gridlines(sheet: Sheet, chart: Chart, axis: Axis, plot: Box, type_: Type, zero: float) -> None:
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
