"""The table card: hairlines, words to the left, figures to the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from providers.cards.number import read_figure
from providers.cards.sheet import LEAST, Box, Panel, Sheet
from providers.cards.stack import corner_brand, heading_stack
from providers.cards.text import Type, advance
from providers.cards.wrap import Block, TooLong, fit
from providers.requests import CardSpec, CardTable

_COMFORTABLE = 3.2
"""Down to this size (hundredths of the short side) type shrinks before any cell is broken."""
_EMPTY = {"", "-", "–", "—", "n/a"}


def table(sheet: Sheet, card: CardSpec) -> None:
    """Rows under a header; the type shrinks, then cells wrap, until all of it fits."""
    safe, u = sheet.safe, sheet.u
    corner = corner_brand(sheet)
    head = heading_stack(
        sheet,
        card.kicker,
        card.heading,
        safe.width,
        safe.height * 0.28,
        (6.4, 3.4),
        safe.x0,
        corner,
    )
    if card.table is None:
        head.center(safe)
        return
    top = safe.y0 + head.height + (5.5 * u if head.pieces else 0)
    area = Box(safe.x0, top, safe.x1, safe.y1)
    rows = square(card.table)
    tight = LEAST * 100
    size = 4.4 if sheet.wide else 4.6
    while True:
        try:
            laid = _lay(sheet, rows, area, size)
            break
        except TooLong:
            if size <= tight:
                raise
            size = max(tight, size * 0.94)
    spare = max(0.0, area.height - sum(height for _, height in laid))
    # Loose rows are easier to follow, but not so loose that they fall apart.
    extra = min(spare / len(laid), 2.4 * u)
    shift = (spare - extra * len(laid)) * 0.38
    head.place(safe.y0 + shift * 0.6)
    _draw(sheet, rows, laid, extra, Box(area.x0, area.y0 + shift, area.x1, area.y1))


def square(table: CardTable) -> list[tuple[str, ...]]:
    """Header and rows, each with as many cells as the longest."""
    rows = [table.header, *table.rows]
    wide = max(len(row) for row in rows)
    return [(*row, *("",) * (wide - len(row))) for row in rows]


def numeric_columns(rows: Sequence[Sequence[str]], language: str) -> list[bool]:
    """Which columns hold figures in every row below the header."""
    found = []
    for column in zip(*rows[1:], strict=True):
        told = [cell for cell in column if cell.strip().lower() not in _EMPTY]
        found.append(bool(told) and all(read_figure(cell, language) for cell in told))
    return found or [False] * len(rows[0])


Laid = list[tuple[list[tuple[Block, float, Literal["start", "end"]]], float]]


def _lay(sheet: Sheet, rows: list[tuple[str, ...]], area: Box, size: float) -> Laid:
    """Every cell as a block with its x and alignment, and each row's height. Raises TooLong."""
    u = sheet.u
    gutter = 3.6 * u
    types = [
        _cell_type(sheet, 0, 0, size),
        _cell_type(sheet, 1, 0, size),
        _cell_type(sheet, 1, 1, size),
    ]
    columns = list(zip(*rows, strict=True))
    figures = numeric_columns(rows, sheet.language)
    room = area.width - gutter * (len(columns) - 1)
    natural, least = [], []
    for n, column in enumerate(columns):
        body = types[1] if n == 0 else types[2]
        pairs = [(cell, types[0] if not row else body) for row, cell in enumerate(column)]
        natural.append(max(advance(cell, type_, sheet.language) for cell, type_ in pairs) + 1)
        words = [
            advance(word, type_, sheet.language)
            for row, (cell, type_) in enumerate(pairs)
            for word in ([cell] if figures[n] and row else cell.split() or [""])
        ]
        least.append(max(words) + 1)
    if sum(natural) > room and size > _COMFORTABLE:
        raise TooLong("table's width", sum(natural) / room - 1)
    if sum(least) > room:
        raise TooLong(f"table with {len(columns)} columns", sum(least) / room - 1)
    spare = room - sum(least)
    wish = sum(natural) - sum(least)
    grow = min(1.0, spare / wish) if wish > 0 else 1.0
    widths = [low + (high - low) * grow for low, high in zip(least, natural, strict=True)]
    # What is left over goes to the first column, so that figures stand together at the end.
    rest = room - sum(widths)
    share = [0.4 if n == 0 else 0.6 / max(1, len(widths) - 1) for n in range(len(widths))]
    widths = [wide + rest * part for wide, part in zip(widths, share, strict=True)]
    laid: Laid = []
    total = 0.0
    for r, row in enumerate(rows):
        x = area.x0
        cells: list[tuple[Block, float, Literal["start", "end"]]] = []
        for n, cell in enumerate(row):
            role_type = _cell_type(sheet, r, n, size)
            name = f"table cell '{cell[:24]}'"
            block = _cell(sheet, name, cell, role_type, widths[n], area.height)
            cells.append((block, x + widths[n], "end") if figures[n] else (block, x, "start"))
            x += widths[n] + gutter
        tall = max(block.full for block, _, _ in cells) + (1.7 if r else 1.4) * u * (size / 3)
        laid.append((cells, tall))
        total += tall
    if total > area.height:
        raise TooLong(f"table with {len(rows) - 1} rows", total / area.height - 1)
    return laid


def _cell_type(sheet: Sheet, row: int, column: int, size: float) -> Type:
    theme = sheet.theme
    if row == 0:
        small = max(LEAST * 100, size * 0.74) * sheet.u
        return Type(theme.body_font, 700, small, 0.02, features=("tnum",))
    weight = 700 if column == 0 else theme.body_weight
    return Type(theme.body_font, weight, size * sheet.u, features=("tnum", "lnum"))


def _cell(sheet: Sheet, name: str, text: str, type_: Type, width: float, height: float) -> Block:
    return fit(name, text, type_, width + 1, height, (type_.size, type_.size), sheet.language, 1.2)


def _draw(sheet: Sheet, rows: list[tuple[str, ...]], laid: Laid, extra: float, area: Box) -> None:
    u, y = sheet.u, area.y0
    thin = max(1.5, 0.13 * u)
    for r, (cells, tall) in enumerate(laid):
        tall += extra
        for block, x, align in cells:
            if not block.text:
                continue
            top = y + (tall - block.height) / 2
            with sheet.part(r):
                sheet.put(block, x, top, "" if r else sheet.muted, align=align)
        y += tall
        if r == 0:
            sheet.marks.append(
                Panel(area.x0, y - 0.2 * u, area.x1, y + 0.2 * u, sheet.theme.visible_series[0])
            )
        elif r < len(laid) - 1:
            sheet.marks.append(Panel(area.x0, y, area.x1, y + thin, sheet.ink, 0.16))
