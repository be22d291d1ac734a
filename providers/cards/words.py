"""Cards that are mostly words: title, statement, quotation and closing."""

from __future__ import annotations

from providers.cards.sheet import Box, Panel, Sheet
from providers.cards.stack import (
    Stack,
    accent_on,
    add_block,
    add_brand,
    add_kicker,
    corner_brand,
)
from providers.cards.wrap import Block, TooLong
from providers.requests import CardSpec

_HERO_TALL = {"square": 0.27, "portrait": 0.36, "tall": 0.38}


def title(sheet: Sheet, card: CardSpec) -> None:
    """The film's name beside strong art; long ones take the whole card and do without the art."""
    safe, u = sheet.safe, sheet.u
    if sheet.wide:
        edge = sheet.width * 0.625
        region = Box(edge, 0, sheet.width, sheet.height)
        beside = Box(safe.x0, safe.y0, edge - 5 * u, safe.y1)
    else:
        edge = sheet.height * _HERO_TALL[sheet.shape]
        region = Box(0, 0, sheet.width, edge)
        beside = Box(safe.x0, edge + (5 if sheet.shape == "square" else 7) * u, safe.x1, safe.y1)
    try:
        stack = _title_stack(sheet, card, beside, (_largest(card.heading), 6.4))
        sheet.hero = region
    except TooLong:
        beside = safe
        stack = _title_stack(sheet, card, safe, (9.5, 3.6))
    stack.center(beside)


def _title_stack(sheet: Sheet, card: CardSpec, box: Box, sizes: tuple[float, float]) -> Stack:
    u, stack = sheet.u, Stack()
    add_brand(sheet, stack, box.x0, box.width)
    below = None
    if card.text:
        below = sheet.fit("text", card.text, "body", box.width, box.height * 0.34, (4.4, 2.8), 1.32)
    head = Stack()
    add_kicker(sheet, head, card.kicker, box.x0, box.width)
    if stack.pieces:
        stack.add(5 * u, head.height, head.place)
    else:
        stack = head
    taken = stack.height + (below.full + 7 * u if below else 0) + 4.6 * u
    gap = 5 * u
    if card.heading:
        most = 4 if sheet.wide else 5
        block = sheet.fit(
            "heading", card.heading, "heading", box.width, box.height - taken, sizes, 1.04, most
        )
        add_block(sheet, stack, block, 4.6 * u, box.x0)
        gap = _under(sheet, block)
    add_block(sheet, stack, below, gap, box.x0, sheet.muted)
    return stack


def _largest(heading: str) -> float:
    """Few letters are set larger, in units of the short side's hundredth."""
    return 12.8 if len(heading) > 16 else 20 - 0.42 * max(0, len(heading) - 4)


def _under(sheet: Sheet, block: Block) -> float:
    """The gap under large words, in pixels: it grows with them, past their descenders."""
    return max(5 * sheet.u, 0.56 * block.type.size)


def statement(sheet: Sheet, card: CardSpec) -> None:
    """One thought on the theme's bold ground."""
    safe, u = sheet.safe, sheet.u
    corner = corner_brand(sheet)
    box = Box(safe.x0, safe.y0 + (6 * u if corner else 0), safe.x1, safe.y1)
    stack = Stack()
    add_kicker(sheet, stack, card.kicker, box.x0, box.width)
    wide = box.width * (0.86 if sheet.wide else 1)
    main, second = (card.heading, card.text) if card.heading else (card.text, "")
    name = "heading" if card.heading else "text"
    below = None
    if second:
        below = sheet.fit(
            "text",
            second,
            "body",
            wide * (0.9 if sheet.wide else 1),
            box.height * 0.42,
            (4.8, 2.8),
            1.34,
        )
    taken = stack.height + (below.full + 7 * u if below else 0) + 4.6 * u
    gap = 5 * u
    if main:
        sizes = (max(13, _largest(main)), 4.2) if len(main) < 90 else (9, 3.2)
        block = sheet.fit(name, main, "heading", wide, box.height - taken, sizes, 1.06)
        add_block(sheet, stack, block, 4.6 * u, box.x0)
        gap = _under(sheet, block)
    add_block(sheet, stack, below, gap, box.x0, part=1)
    stack.center(box)


def quote(sheet: Sheet, card: CardSpec) -> None:
    """Someone's words with the mark hung outside them."""
    safe, u = sheet.safe, sheet.u
    corner = corner_brand(sheet)
    label = " · ".join(part for part in (card.kicker, card.heading) if part)
    top = safe.y0
    if label:
        head = Stack()
        add_kicker(sheet, head, label, safe.x0, safe.width - corner)
        top = head.place(safe.y0) + 6 * u
    words = card.text.strip().strip('"“”„«»「」').strip()
    mark = "«" if card.text.lstrip().startswith("«") else "“"
    mark_type = sheet.type("heading", 26 * u)
    hung = sheet.line("text", mark, mark_type)
    indent = hung.width + 2.2 * u if sheet.wide else 0.0
    # The mark's ink ends well above the baseline: that much of it is reserved over the words.
    above = 0.0 if sheet.wide else 13 * u
    box = Box(safe.x0 + indent, top + above, safe.x1, safe.y1)
    credit = None
    if card.attribution:
        named = card.attribution.lstrip("—–- ")
        credit = sheet.fit(
            "attribution", named, "strong", box.width - 8 * u, 14 * u, (3.5, 2.6), 1.3
        )
    taken = credit.full + 5.5 * u if credit else 0.0
    largest = 10.4 if len(words) < 70 else 8.8 if len(words) < 130 else 6.8
    block = sheet.fit("text", words, "heading", box.width, box.height - taken, (largest, 3.2), 1.2)
    stack = Stack()
    add_block(sheet, stack, block, 0, box.x0)
    start = box.y0 + max(0.0, box.height - stack.height - taken) * 0.45
    end = stack.place(start)
    baseline = start - above + 18.6 * u
    sheet.put(hung, safe.x0, baseline - hung.height, sheet.lively_words)
    if credit:
        y = end + 5.5 * u
        bar = Panel(box.x0, y + 0.9 * u, box.x0 + 5.5 * u, y + 1.4 * u, sheet.lively)
        with sheet.part(1):
            sheet.marks.append(bar)
            sheet.put(credit, box.x0 + 8 * u, y, accent_on(sheet, sheet.ink))


def closing(sheet: Sheet, card: CardSpec) -> None:
    """The last card: centred, on the bold ground, signed with the brand."""
    safe, u = sheet.safe, sheet.u
    center = (safe.x0 + safe.x1) / 2
    stack = Stack()
    add_brand(sheet, stack, center, safe.width, "middle")
    head = Stack()
    add_kicker(sheet, head, card.kicker, center, safe.width, "middle")
    gap = 5 * u if stack.pieces else 0.0
    stack.add(gap, head.height, head.place)
    body = "\n".join(part for part in (card.text, *card.items) if part)
    below = None
    if body:
        below = sheet.fit(
            "text", body, "strong", safe.width * 0.9, safe.height * 0.4, (4.6, 2.8), 1.36
        )
    taken = stack.height + (below.full + 7 * u if below else 0) + 4.6 * u
    gap = 5 * u
    if card.heading:
        block = sheet.fit(
            "heading",
            card.heading,
            "heading",
            safe.width * 0.94,
            safe.height - taken,
            (14, 4.2),
            1.05,
        )
        add_block(sheet, stack, block, 4.6 * u, center, align="middle")
        gap = _under(sheet, block)
    add_block(sheet, stack, below, gap, center, sheet.lively_words, "middle")
    stack.center(safe)
