"""Reads the table of a batch: CSV, JSON lines or Excel become rows of text, each with its line.

What a value means is not known here: a cell is text, and an empty cell is no cell.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from prompts.reading.raw import Bound, read_bytes
from prompts.reading.report import Report
from prompts.reading.tree import UNSPEAKABLE

MOST_ROWS = 10_000
"""What is longer is several batches."""
MOST_CELL = 200_000
"""Characters of a cell: as many as a script has."""
_BOUND = Bound("table", 50, 0, "split it into several")
_DIVIDERS = ",;\t|"


class Row(NamedTuple):
    """A row: the line it starts on (from 1; of Excel its number), and its cells by column."""

    line: int
    cells: dict[str, str]


class Table(NamedTuple):
    """A table that was read; `columns` says where each is first named."""

    path: Path
    columns: dict[str, int]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def read_table(path: Path, known: Iterable[str]) -> Table:
    """The table at `path`. Names of columns that are `known` tell how a CSV file is divided.

    Raises ScriptError with every problem found, whatever the bytes are; Misconfigured where the
    package that reads Excel is missing.
    """
    report = Report(str(path))
    data = read_bytes(path, _BOUND, report)
    notes: list[str] = []
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        from flows.batches.excel import read_excel

        columns, rows = _under_header(read_excel(data, report, notes), report)
    elif suffix in (".jsonl", ".ndjson"):
        rows = list(_json_lines(_decoded(data, report, notes), report))
        columns = {name: row.line for row in reversed(rows) for name in row.cells}
    else:
        records = _csv(_decoded(data, report, notes), tuple(known), report)
        columns, rows = _under_header(records, report)
    report.finish()
    if not rows:
        report.stop(1, "this table has no rows", "write one below its columns for each film")
    if len(rows) > MOST_ROWS:
        told = f"this table has {len(rows):,} rows"
        report.stop(rows[MOST_ROWS].line, told, f"split it: {MOST_ROWS:,} are one batch at most")
    return Table(path, columns, tuple(rows), tuple(notes))


def column_name(shown: str) -> str:
    """A heading as a setting's name: `Image Provider` and IMAGE_PROVIDER are image_provider."""
    return "_".join(shown.replace("-", " ").lower().split())


def _decoded(data: bytes, report: Report, notes: list[str]) -> str:
    """The text: UTF-8, UTF-16 where it says so, else as Windows writes it in the West."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            report.stop(line, "this line is not UTF-8 text", "save the table as CSV UTF-8")
        notes.append(
            f"{report.path} is not UTF-8 and was read as Windows-1252: look at letters like ä and "
            "é, or save it as CSV UTF-8"
        )
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        report.stop(line, "this is not a text file", "save the table as CSV UTF-8")
    return text


def _csv(
    text: str, known: tuple[str, ...], report: Report
) -> Iterator[tuple[int, list[str | None]]]:
    """The records of a CSV file, each with the line it starts on."""
    csv.field_size_limit(MOST_CELL)
    first, _, rest = text.partition("\n")
    start = 0
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        divider, text, start = first.strip()[4], rest, 1
    else:
        divider = max(_DIVIDERS, key=lambda mark: _named(text, mark, known))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True)
    while True:
        line = start + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            report.stop(line, f"this row cannot be read: {_said(error)}", _mended(error))
        yield line, [_clean(cell) for cell in cells]


def _named(text: str, divider: str, known: tuple[str, ...]) -> tuple[int, int]:
    """When `divider` parts it: how many columns of the first record are known, and all of them."""
    try:
        cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=divider), [])
    except csv.Error:
        return 0, 0
    return sum(column_name(cell) in known for cell in cells), len(cells)


def _said(error: csv.Error) -> str:
    told = str(error)
    if "unexpected end of data" in told:
        return "a quotation mark that opens in it is not closed"
    if "field larger" in told:
        return f"a cell has over {MOST_CELL:,} characters"
    return "a cell goes on behind its closing quotation mark"


def _mended(error: csv.Error) -> str:
    if "field larger" in str(error):
        return "keep that text in a script of its own, or close the quotation mark before it"
    return 'close the cell with ", and write "" for a quotation mark within it'


def _under_header(
    records: Iterable[tuple[int, list[str | None]]], report: Report
) -> tuple[dict[str, int], list[Row]]:
    """The columns, each with its line, and the rows: names stand in the first filled record."""
    columns: dict[str, int] = {}
    rows: list[Row] = []
    names: list[str] | None = None
    for line, cells in records:
        if not any(cells):
            continue
        if names is None:
            names = _header(line, cells, report)
            columns = {name: line for name in names if name}
            continue
        told: dict[str, str] = {}
        for at, cell in enumerate(cells):
            if not cell:
                continue
            if at < len(names) and names[at]:
                told[names[at]] = cell
            else:
                report.add(
                    line,
                    f'cell {at + 1}, "{cell[:40]}", stands below no column',
                    "name its column, or put the cell before it in quotes if it holds a comma",
                )
        if told:
            rows.append(Row(line, told))
    return columns, rows


def _header(line: int, cells: list[str | None], report: Report) -> list[str]:
    names = [column_name(cell or "") for cell in cells]
    for at, name in enumerate(names):
        if name and name in names[:at]:
            report.add(line, f'the column "{name}" is there twice', "keep one of the two")
    return names


def _json_lines(text: str, report: Report) -> Iterator[Row]:
    for line, written in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not written.strip():
            continue
        try:
            tree = json.loads(
                written, object_pairs_hook=_Pairs,
                parse_int=str, parse_float=str, parse_constant=str,
            )  # fmt: skip
        except (json.JSONDecodeError, RecursionError) as error:
            why = getattr(error, "msg", "it is nested too deeply")
            told = f"this line is not JSON: {why[:1].lower()}{why[1:]}"
            report.add(line, told, 'write one object on each line, such as {"script": "a.md"}')
            continue
        if not isinstance(tree, _Pairs):
            told = "this line is no object"
            report.add(line, told, 'write one on each line, such as {"script": "a.md"}')
            continue
        cells: dict[str, str] = {}
        for shown, value in tree:
            name = column_name(shown)
            if name in cells:
                report.add(line, f'"{shown}" is given twice', "keep one of the two")
            cell = _plain(value)
            if cell is None:
                told = f'"{name}" is not one value'
                report.add(line, told, "give it text, a number, or a list of words")
            elif cell:
                cells[name] = cell
        if cells:
            yield Row(line, cells)


class _Pairs(tuple[tuple[str, Any], ...]):
    """The pairs of a JSON object, so that what is given twice is seen."""

    __slots__ = ()


def _plain(value: Any) -> str | None:
    """A JSON value as a cell's text, a list of words with commas; None where it is neither."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return _clean(", ".join(value))
    return None


def _clean(cell: str) -> str:
    """The cell's text without characters that nobody can read or say."""
    return UNSPEAKABLE.sub(" ", cell.replace("\r\n", "\n").replace("\r", "\n")).strip()
