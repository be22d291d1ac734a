"""The comparison card: two panels that are read against each other."""

from __future__ import annotations

from collections.abc import Sequence

from providers.cards.color import mix
from providers.cards.lists import Items, fit_items
from providers.cards.sheet import Arc, Box, Panel, Sheet
from providers.cards.stack import corner_brand, heading_stack
from providers.cards.wrap import Block, TooLong
from providers.requests import CardColumn, CardSpec


def comparison(sheet: Sheet, card: CardSpec) -> None:
    """Two panels: beside each other, or under each other on a tall card."""
    safe, u = sheet.safe, sheet.u
    corner = corner_brand(sheet)
    head = heading_stack(
        sheet, card.kicker, card.heading, safe.width, safe.height * 0.3, (7.4, 3.6), safe.x0, corner
    )
    sides = card.columns[:2]
    if not sides:
        head.center(safe)
        return
    top = safe.y0 + head.height + (6 * u if head.pieces else 0)
    head.place(safe.y0)
    area = Box(safe.x0, top, safe.x1, safe.y1)
    stacked = sheet.shape == "tall" or len(sides) == 1
    try:
        boxes, fitted = _arranged(sheet, sides, area, stacked or sheet.shape == "portrait")
    except TooLong:
        if stacked:
            raise
        boxes, fitted = _arranged(sheet, sides, area, False)
    stacked = len({box.x0 for box in boxes}) == 1
    needed = max(_needed(sheet, name, items) for name, items in fitted)
    colors = (sheet.theme.visible_series[1], sheet.theme.visible_series[0])
    shift = 0.0
    for number, ((name, items), box, color) in enumerate(
        zip(fitted, boxes, colors, strict=False), 1
    ):
        tall = min(box.height, needed + 6 * u)
        held = Box(box.x0, box.y0 - shift, box.x1, box.y0 - shift + tall)
        with sheet.part(number):
            _panel(sheet, name, items, held, color)
        if stacked:
            shift += box.height - tall


def _arranged(
    sheet: Sheet, sides: Sequence[CardColumn], area: Box, stacked: bool
) -> tuple[list[Box], list[tuple[Block, Items]]]:
    """The panels' boxes and words, all in one size. Raises TooLong."""
    gap, count = 3.4 * sheet.u, len(sides)
    wide = area.width if stacked else (area.width - gap * (count - 1)) / count
    tall = (area.height - gap * (count - 1)) / count if stacked else area.height
    corners = [
        (area.x0, area.y0 + n * (tall + gap)) if stacked else (area.x0 + n * (wide + gap), area.y0)
        for n in range(count)
    ]
    boxes = [Box(x, y, x + wide, y + tall) for x, y in corners]
    largest = 6.2 if stacked else 5.4
    fitted = [_side(sheet, side, box, largest) for side, box in zip(sides, boxes, strict=True)]
    sizes = (items.blocks[0].type.size / sheet.u for _, items in fitted if items.blocks)
    size = min(sizes, default=4.0)
    return boxes, [_side(sheet, side, box, size) for side, box in zip(sides, boxes, strict=True)]


def _side(sheet: Sheet, side: CardColumn, box: Box, size: float) -> tuple[Block, Items]:
    u = sheet.u
    pad = 3.6 * u
    name = sheet.fit(
        "column title", side.title, "strong", box.width - 2 * pad, 14 * u, (4.9, 2.8), 1.15
    )
    room = box.height - 2 * pad - name.full - 4.8 * u
    if not side.items:
        return name, Items((), 0)
    inner = box.width - 2 * pad - 3.4 * u
    return name, fit_items(sheet, "item", side.items, inner, room, (size, 2.5), airy=3.4)


def _needed(sheet: Sheet, name: Block, items: Items) -> float:
    return 7.2 * sheet.u + name.full + 4.8 * sheet.u + items.height


def _panel(sheet: Sheet, name: Block, items: Items, box: Box, color: str) -> None:
    u, theme = sheet.u, sheet.theme
    pad = 3.6 * u
    on = (theme.surface,)
    edge = mix(theme.background, theme.text, 0.14)
    line = max(1.5, 0.13 * u)
    radius = min(sheet.radius, 3 * u)
    sheet.marks.append(
        Panel(box.x0 - line, box.y0 - line, box.x1 + line, box.y1 + line, edge, 1, radius)
    )
    sheet.marks.append(Panel(box.x0, box.y0, box.x1, box.y1, theme.surface, 1, radius))
    sheet.marks.append(Panel(box.x0 + pad, box.y0, box.x0 + pad + 8 * u, box.y0 + 0.9 * u, color))
    y = box.y0 + pad + 0.6 * u
    sheet.put(name, box.x0 + pad, y, color, on)
    y += name.full + 4 * u
    for block in items.blocks:
        cap = block.height - block.step * (len(block.lines) - 1)
        sheet.marks.append(Arc(box.x0 + pad + 0.6 * u, y + cap / 2, 0, 0.6 * u, color))
        sheet.put(block, box.x0 + pad + 3 * u, y, theme.text, on)
        y += block.full + items.gap
