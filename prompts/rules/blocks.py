"""Blocks that no card holds become ones that cards hold: long code, long tables, wordy tables."""

from __future__ import annotations

from collections.abc import Iterator

from prompts.planned import Block
from prompts.storyboard import Table

_CODE_LINES, _CODE_WIDTH = 10, 60
_TABLE_ROWS, _TABLE_COLUMNS, _CELL = 6, 5, 40
"""What is surely legible on a wide card and on a tall one."""


def fitted(block: Block) -> Iterator[Block]:
    """The block itself, or several that say and show the same in its order."""
    if block.kind == "code":
        for part in _code_parts(block.text.split("\n")):
            if any(line.strip() for line in part):
                yield block.model_copy(update={"text": "\n".join(part)})
    elif block.table is None:
        yield block
    elif _is_wordy(block.table):
        items = tuple(_told(block.table.header, row) for row in block.table.rows)
        yield Block(kind="list", place=block.place, items=tuple(filter(None, items)))
    else:
        rows = block.table.rows
        parts = -(-len(rows) // _TABLE_ROWS)
        for at in range(parts):
            some = rows[at * len(rows) // parts : (at + 1) * len(rows) // parts]
            table = Table(header=block.table.header, rows=some)
            yield block.model_copy(update={"table": table})


def _is_wordy(table: Table) -> bool:
    cells = [cell for row in (table.header, *table.rows) for cell in row]
    return len(table.header) > _TABLE_COLUMNS or any(len(cell) > _CELL for cell in cells)


def _told(header: tuple[str, ...], row: tuple[str, ...]) -> str:
    """A row as an item: what it is about, and each cell with the name of its column."""
    first, *rest = row
    if len(rest) <= 1:
        return ": ".join(filter(None, (first, *rest)))
    named = [f"{name} {cell}".strip() for name, cell in zip(header[1:], rest, strict=True) if cell]
    return ": ".join(filter(None, (first, ", ".join(named))))


def _code_parts(lines: list[str]) -> list[list[str]]:
    """Lines that fit on a card together; an empty line is where code is best parted."""
    parts: list[list[str]] = [[]]
    height = 0
    for line in lines:
        rows = 1 + max(0, len(line) - 1) // _CODE_WIDTH
        if parts[-1] and (height + rows > _CODE_LINES or (not line.strip() and height > 5)):
            parts.append([])
            height = 0
        parts[-1].append(line)
        height += rows
    return parts
