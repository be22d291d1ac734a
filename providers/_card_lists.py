"""Cards with several short texts: points, steps and two columns compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from providers._card_color import legible, mix
from providers._card_sheet import LEAST, Arc, Box, Panel, Path, Role, Sheet
from providers._card_stack import add_block, corner_brand, heading_stack
from providers._card_wrap import Block, TooLong
from providers.requests import CardColumn, CardSpec


@dataclass(frozen=True)
class Items:
    """Texts set in one size, with the gap between them in pixels."""

    blocks: tuple[Block, ...]
    gap: float

    @property
    def height(self) -> float:
        return sum(block.full for block in self.blocks) + self.gap * max(0, len(self.blocks) - 1)


def fit_items(
    sheet: Sheet, field: str, texts: Sequence[str], width: float, height: float,
    sizes: tuple[float, float], role: Role = "body", airy: float = 4.2,
) -> Items:  # fmt: skip
    """All texts in the largest common size that fits; the gaps shrink after the type does.

    Raises TooLong that names the longest text.
    """
    size = sizes[0]
    tight = 1.3
    longest = max(range(len(texts)), key=lambda n: len(texts[n]), default=0)
    while True:
        smallest = size <= max(sizes[1], LEAST * 100)
        try:
            blocks = tuple(
                sheet.fit(f"{field} {n + 1}", text, role, width, height, (size, size), 1.24)
                for n, text in enumerate(texts)
            )
        except TooLong:
            if smallest:
                raise
            size *= 0.94
            continue
        words = sum(block.full for block in blocks)
        between = max(1, len(blocks) - 1)
        gap = min(airy * sheet.u, (height - words) / between)
        if gap >= (tight if smallest else min(airy, 2.4)) * sheet.u:
            return Items(blocks, gap)
        if smallest:
            over = (words + tight * sheet.u * (between - 1)) / height - 1
            told = f"list of {field}s" if len(texts) > 5 else f"{field} {longest + 1}"
            raise TooLong(told, max(over, 0.05))
        size = max(size * 0.94, max(sizes[1], LEAST * 100))


def points(sheet: Sheet, card: CardSpec) -> None:
    """A list: beside its heading where the card is wide, under it where it is not."""
    safe, u = sheet.safe, sheet.u
    corner = corner_brand(sheet)
    texts = card.items or ((card.text,) if card.text else ())
    intro = card.text if card.items else ""
    if not texts:
        head = heading_stack(
            sheet, card.kicker, card.heading, safe.width, safe.height, (12, 4), safe.x0, corner
        )
        head.center(safe)
        return
    beside = sheet.wide and bool(card.heading) and len(card.heading) < 60
    left = safe.width * 0.37 if beside else safe.width
    room = safe.height if beside else safe.height * (0.4 if sheet.wide else 0.36)
    head = heading_stack(
        sheet, card.kicker, card.heading, left, room * (0.7 if intro else 1), (8, 3.8), safe.x0,
        0 if beside else corner,
    )  # fmt: skip
    if intro:
        block = sheet.fit("text", intro, "body", left, room - head.height - 3 * u, (3.6, 2.5), 1.34)
        add_block(sheet, head, block, 3.6 * u, safe.x0, sheet.muted)
    x = safe.x0 + left + 7.5 * u if beside else safe.x0
    top = safe.y0 + (5.5 * u if corner and beside else 0)
    if not beside and head.pieces:
        top = safe.y0 + head.height + 6.5 * u
    area = Box(x, top, safe.x1, safe.y1)
    indent = 5.6 * u
    largest = 5.4 if sheet.wide else 6.8 if sheet.shape == "tall" else 5.9
    items = fit_items(sheet, "point", texts, area.width - indent, area.height, (largest, 2.6))
    if beside:
        tall = max(head.height, items.height)
        y = top + max(0.0, area.height - tall) * 0.47
        head.place(y)
    else:
        slack = max(0.0, area.height - items.height) * 0.42
        head.place(safe.y0 + slack * 0.75)
        y = top + slack * 0.95
    _bulleted(sheet, items, Box(x, y, safe.x1, safe.y1), indent)


def _bulleted(sheet: Sheet, items: Items, box: Box, indent: float) -> None:
    """Marked texts with hairlines between them."""
    u, y = sheet.u, box.y0
    for n, block in enumerate(items.blocks):
        if n:
            line = y - items.gap * 0.56
            sheet.marks.append(
                Panel(box.x0, line, box.x1, line + max(1.5, 0.14 * u), sheet.ink, 0.16)
            )
        cap = block.height - block.step * (len(block.lines) - 1)
        _bullet(sheet, box.x0, y + cap / 2, sheet.theme.visible_series[0])
        sheet.put(block, box.x0 + indent, y)
        y += block.full + items.gap


def _bullet(sheet: Sheet, x: float, middle: float, color: str) -> None:
    """The theme's own list mark."""
    u, look = sheet.u, sheet.theme.kicker
    if look == "pill":
        sheet.marks.append(Arc(x + 1.4 * u, middle, 0, 1.4 * u, color))
        tick = (
            (x + 0.75 * u, middle),
            (x + 1.25 * u, middle + 0.5 * u),
            (x + 2.1 * u, middle - 0.5 * u),
        )
        sheet.marks.append(Path(tick, sheet.theme.surface, 0.4 * u))
    elif look == "dot":
        sheet.marks.append(Arc(x + 1.1 * u, middle, 0.66 * u, 1.1 * u, sheet.lively))
    elif look == "plain":
        sheet.marks.append(Panel(x, middle - 0.2 * u, x + 3 * u, middle + 0.2 * u, color))
    elif look == "rule":
        sheet.marks.append(Arc(x + 1 * u, middle, 0, 1 * u, sheet.lively))
    else:
        size = 0.95 * u if look == "block" else 0.75 * u
        sheet.marks.append(Panel(x, middle - size, x + 2 * size, middle + size, color))


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
    ink = max(("#ffffff", sheet.theme.text, sheet.theme.background), key=lambda c: _seen(c, ground))
    sheet.put(block, x, y - block.height / 2, ink, (ground,), "middle")


def _seen(ink: str, ground: str) -> float:
    return 1.0 if legible(ink, (ground,)) == ink else 0.0


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
            if size <= 3 or all(len(block.lines) <= 6 for block in blocks):
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
        _badge(sheet, x + radius, middle, n + 1, radius)
        sheet.put(block, x, y + 2 * radius + 4.4 * u)


_LARGEST_STEP = {"wide": 4.6, "square": 5.2, "portrait": 5.6, "tall": 6.4}


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
            _badge(sheet, line, middle, number, radius)
            cap = block.height - block.step * (len(block.lines) - 1)
            sheet.put(block, x + indent, middle - cap / 2)


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
    gap = 3.4 * u
    if sheet.shape == "tall" or len(sides) == 1:
        tall = (area.height - gap * (len(sides) - 1)) / len(sides)
        boxes = [
            Box(area.x0, area.y0 + n * (tall + gap), area.x1, area.y0 + n * (tall + gap) + tall)
            for n in range(len(sides))
        ]
    else:
        wide = (area.width - gap) / 2
        boxes = [
            Box(area.x0 + n * (wide + gap), area.y0, area.x0 + n * (wide + gap) + wide, area.y1)
            for n in range(2)
        ]
    fitted = [
        _side(sheet, side, box, 6.2 if sheet.shape == "tall" else 5.4)
        for side, box in zip(sides, boxes, strict=True)
    ]
    size = min((items.blocks[0].type.size / u for _, items in fitted if items.blocks), default=4.0)
    fitted = [_side(sheet, side, box, size) for side, box in zip(sides, boxes, strict=True)]
    needed = max(_needed(sheet, name, items) for name, items in fitted)
    colors = (sheet.theme.visible_series[1], sheet.theme.visible_series[0])
    shift = 0.0
    for (name, items), box, color in zip(fitted, boxes, colors, strict=False):
        tall = min(box.height, needed + 6 * u)
        held = Box(box.x0, box.y0 - shift, box.x1, box.y0 - shift + tall)
        _panel(sheet, name, items, held, color)
        if sheet.shape == "tall":
            shift += box.height - tall


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
