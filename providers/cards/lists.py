"""Several short texts in one size, and the card that lists them as points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from providers.cards.sheet import LEAST, Arc, Box, Panel, Path, Role, Sheet
from providers.cards.stack import add_block, corner_brand, heading_stack
from providers.cards.wrap import Block, TooLong, holds
from providers.requests import CardSpec


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
        type_ = sheet.type(role, size * sheet.u)
        if not smallest and not all(holds(t, type_, width, sheet.language) for t in texts):
            size *= 0.94
            continue
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
            with sheet.part(n + 1):
                sheet.marks.append(
                    Panel(box.x0, line, box.x1, line + max(1.5, 0.14 * u), sheet.ink, 0.16)
                )
        cap = block.height - block.step * (len(block.lines) - 1)
        with sheet.part(n + 1):
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
