"""Reads documents of Word and PowerPoint."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prompts.planned import MOST_POINTS, Block, Source
from prompts.reading.report import Report
from prompts.storyboard import Table

_MOST_INSIDE = 300_000_000
"""Bytes that a packed document may hold: more is a bomb, or films."""


def read_docx(path: Path, data: bytes, report: Report) -> Source:
    """Paragraphs, headings by their style, lists and tables; places count paragraphs."""
    import docx
    from docx.oxml.ns import qn

    _refuse_bomb(data, report)
    with _damage(report):
        document = docx.Document(io.BytesIO(data))
        blocks: list[Block] = []
        title = ""
        number = 0
        for part in document.iter_inner_content():
            if hasattr(part, "rows"):
                table = _table([[cell.text for cell in row.cells] for row in part.rows])
                if table:
                    place = f"{path.name}, after paragraph {number}"
                    blocks.append(Block(kind="table", place=place, table=table))
                continue
            number += 1
            words = " ".join(part.text.split())
            place = f"{path.name}, paragraph {number}"
            style = (part.style.name if part.style is not None else "") or ""
            if not words:
                continue
            if style == "Title" and not title:
                title = words
            elif style.startswith("Heading"):
                level = int(style.split()[-1]) if style.split()[-1].isdigit() else 2
                blocks.append(Block(kind="heading", place=place, text=words, level=level))
            elif style.startswith("List") or part._p.find(f".//{qn('w:numPr')}") is not None:
                _add_item(blocks, words, place, "Number" in style)
            elif "Quote" in style:
                blocks.append(Block(kind="quote", place=place, text=words))
            else:
                blocks.append(Block(kind="prose", place=place, text=words))
        properties = document.core_properties
    return Source(
        name=path.stem,
        title=title or " ".join((properties.title or "").split()),
        blocks=tuple(_levelled(blocks)),
    )


def read_pptx(path: Path, data: bytes, report: Report) -> Source:
    """Slides as sections: the title, bullets that are shown, and notes that are said.

    The bullets of a slide without notes are said, too.
    """
    import pptx

    _refuse_bomb(data, report)
    with _damage(report):
        deck = pptx.Presentation(io.BytesIO(data))
        blocks: list[Block] = []
        title = ""
        for number, slide in enumerate(deck.slides, start=1):
            place = f"{path.name}, slide {number}"
            heading = slide.shapes.title
            name = " ".join(heading.text_frame.text.split()) if heading is not None else ""
            notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
            said = [line for line in (notes.text if notes is not None else "").splitlines() if line]
            bullets, tables = _shapes(slide.shapes, heading)
            if number == 1 and name and not any(line.strip() for line in said):
                title = name
                blocks += [Block(kind="prose", place=place, text=text) for text in bullets]
                continue
            title = title or name
            blocks.append(Block(kind="heading", place=place, text=name))
            blocks += _slide(bullets, said, place)
            blocks += [Block(kind="table", place=place, table=table) for table in tables]
    return Source(name=path.stem, title=title, blocks=tuple(blocks))


def _slide(bullets: list[str], said: list[str], place: str) -> list[Block]:
    """What a slide shows and says."""
    if not any(any(c.isalnum() for c in line) for line in said):
        return [Block(kind="list", place=place, items=tuple(bullets))] if bullets else []
    shown, more = tuple(bullets[:MOST_POINTS]), tuple(bullets[MOST_POINTS:])
    blocks = [Block(kind="points", place=place, items=shown)] if shown else []
    blocks += [Block(kind="prose", place=f"{place}, notes", text=line) for line in said]
    return blocks + ([Block(kind="list", place=place, items=more)] if more else [])


def _shapes(shapes: Any, heading: Any) -> tuple[list[str], list[Table]]:
    """The lines of a slide's text boxes, and its tables, in the order of the slide."""
    lines: list[str] = []
    tables: list[Table] = []
    for shape in _flat(shapes):
        if heading is not None and shape.shape_id == heading.shape_id:
            continue
        if getattr(shape, "has_table", False):
            rows = [[cell.text for cell in row.cells] for row in shape.table.rows]
            table = _table(rows)
            tables += [table] if table else []
        elif shape.has_text_frame and not _is_furniture(shape):
            for paragraph in shape.text_frame.paragraphs:
                words = " ".join("".join(run.text for run in paragraph.runs).split())
                lines += [words] if any(character.isalnum() for character in words) else []
    return lines, tables


def _flat(shapes: Any) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _flat(shape.shapes)
        else:
            yield shape


def _is_furniture(shape: Any) -> bool:
    """Whether a shape is a slide's number, date or footer."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    kinds = (PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER)
    return bool(shape.is_placeholder) and shape.placeholder_format.type in kinds


def _table(rows: list[list[str]]) -> Table | None:
    told = [tuple(" ".join(cell.split()) for cell in row) for row in rows]
    if len(told) < 2 or len({len(row) for row in told}) != 1 or not any(map(any, told)):
        return None
    return Table(header=told[0], rows=tuple(told[1:]))


def _add_item(blocks: list[Block], words: str, place: str, is_counted: bool) -> None:
    """An item joins the list before it."""
    last = blocks[-1] if blocks else None
    if last is not None and last.kind == "list" and last.is_counted == is_counted:
        blocks[-1] = last.model_copy(update={"items": (*last.items, words)})
    else:
        blocks.append(Block(kind="list", place=place, items=(words,), is_counted=is_counted))


def _levelled(blocks: list[Block]) -> list[Block]:
    """Headings one level lower, so that "Heading 1" begins a section as ## does."""
    return [
        block.model_copy(update={"level": block.level + 1}) if block.kind == "heading" else block
        for block in blocks
    ]


def _refuse_bomb(data: bytes, report: Report) -> None:
    with _damage(report), zipfile.ZipFile(io.BytesIO(data)) as packed:
        inside = sum(entry.file_size for entry in packed.infolist())
    if inside > _MOST_INSIDE:
        report.stop(1, f"this file unpacks to {inside / 1e6:.0f} MB", "save it without its films")


class _damage:  # noqa: N801 - reads as a sentence in `with`
    """What any error inside says of the document: it is damaged."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # These packages raise whatever a damaged file makes Python raise.
        if kind is not None and issubclass(kind, Exception):
            self.report.stop(
                1,
                "this document is damaged or locked",
                "open it, and save it anew without a password",
            )
