"""The steps card: numbered texts along a line."""

from __future__ import annotations

from collections.abc import Sequence

from providers.cards.color import contrast
from providers.cards.lists import fit_items, points
from providers.cards.sheet import Arc, Box, Panel, Sheet
from providers.cards.stack import corner_brand, heading_stack
from providers.cards.wrap import TooLong, evenness
from providers.requests import CardSpec

_LARGEST_STEP = {"wide": 4.6, "square": 5.2, "portrait": 5.6, "tall": 6.4}


def steps(sheet: Sheet, card: CardSpec) -> None:
    """Numbered texts: side by side where the card is wide and they are few, else down a line."""
    safe, u = sheet.safe, sheet.u
    corner = corner_brand(sheet)
    if not card.items:
        points(sheet, card)
        return
    room = safe.height * 0.34
    head = heading_stack(
        sheet, card.kicker, card.heading, safe.width - (corner if not card.kicker else 0), room,
        (7.6, 3.8), safe.x0, corner,
    )  # fmt: skip
    top = safe.y0 + head.height + (8 * u if head.pieces else 0)
    area = Box(safe.x0, top, safe.x1, safe.y1)
    if sheet.wide and 2 <= len(card.items) <= 5:
        marks = list(sheet.marks)
        try:
            _across(sheet, card.items, area)
        except TooLong:
            sheet.marks = marks
            _down(sheet, card.items, area)
    else:
        _down(sheet, card.items, area)
    head.place(safe.y0)


def _badge(sheet: Sheet, x: float, y: float, number: int, radius: float) -> None:
    """A step's number on its disc."""
    ground = sheet.theme.visible_series[0]
    if sheet.theme.radius == 0:
        sheet.marks.append(Panel(x - radius, y - radius, x + radius, y + radius, ground))
    else:
        sheet.marks.append(Arc(x, y, 0, radius, ground))
    type_ = sheet.type("numeral", radius * 1.02)
    block = sheet.line("step", str(number), type_)
    ink = max(
        ("#ffffff", sheet.theme.text, sheet.theme.background), key=lambda c: contrast(c, ground)
    )
    sheet.put(block, x, y - block.height / 2, ink, (ground,), "middle")


def _across(sheet: Sheet, texts: Sequence[str], area: Box) -> None:
    u, count = sheet.u, len(texts)
    gutter = 4.4 * u
    wide = (area.width - gutter * (count - 1)) / count
    radius = 3.4 * u
    room = area.height - 2 * radius - 4.4 * u
    size = 5.2
    while True:
        try:
            blocks = [
                sheet.fit(f"step {n + 1}", text, "body", wide, room, (size, size), 1.28)
                for n, text in enumerate(texts)
            ]
            if size <= 3.6 or all(
                len(block.lines) <= 6 and evenness(block, sheet.language) > 0.3 for block in blocks
            ):
                break
        except TooLong:
            if size <= 2.8:
                raise
        size *= 0.94
    tall = 2 * radius + 4.4 * u + max(block.full for block in blocks)
    y = area.y0 + max(0.0, area.height - tall) * 0.44
    middle = y + radius
    last = area.x0 + (count - 1) * (wide + gutter)
    sheet.marks.append(
        Panel(area.x0, middle - 0.2 * u, last, middle + 0.2 * u, sheet.theme.primary, 0.32)
    )
    for n, block in enumerate(blocks):
        x = area.x0 + n * (wide + gutter)
        with sheet.part(n + 1):
            _badge(sheet, x + radius, middle, n + 1, radius)
            sheet.put(block, x, y + 2 * radius + 4.4 * u)


def _down(sheet: Sheet, texts: Sequence[str], area: Box) -> None:
    u = sheet.u
    columns = 2 if sheet.wide and len(texts) > 3 else 1
    per = -(-len(texts) // columns)
    gutter = 6 * u
    wide = (area.width - gutter * (columns - 1)) / columns
    indent = 9 * u
    halves = [texts[n * per : (n + 1) * per] for n in range(columns)]
    fitted = fit_items(
        sheet, "step", max(halves, key=lambda half: sum(map(len, half))), wide - indent,
        area.height,
        (_LARGEST_STEP[sheet.shape], 2.5), airy=5,
    )  # fmt: skip
    size = fitted.blocks[0].type.size / u
    number = 0
    for n, half in enumerate(halves):
        items = fit_items(sheet, "step", half, wide - indent, area.height, (size, 2.5), airy=5)
        x = area.x0 + n * (wide + gutter)
        y = area.y0 + max(0.0, area.height - fitted.height) * 0.3
        radius = min(2.9 * u, (items.blocks[0].full + items.gap) * 0.42)
        middles = []
        at = y
        for block in items.blocks:
            cap = block.height - block.step * (len(block.lines) - 1)
            middles.append(at + cap / 2)
            at += block.full + items.gap
        line = x + radius
        sheet.marks.append(
            Panel(
                line - 0.2 * u, middles[0], line + 0.2 * u, middles[-1], sheet.theme.primary, 0.32
            )
        )
        for block, middle in zip(items.blocks, middles, strict=True):
            number += 1
            cap = block.height - block.step * (len(block.lines) - 1)
            with sheet.part(number):
                _badge(sheet, line, middle, number, radius)
                sheet.put(block, x + indent, middle - cap / 2)
