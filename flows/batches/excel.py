"""Reads a workbook of Excel: its first sheet as records of text, as Excel shows the values."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

from prompts.reading.report import Report
from prompts.reading.tree import UNSPEAKABLE
from providers.errors import Misconfigured


def read_excel(
    data: bytes, report: Report, notes: list[str]
) -> Iterator[tuple[int, list[str | None]]]:
    """(number of the row, its cells). Formulas are read as the values that Excel last saw.

    Raises Misconfigured without the package, ScriptError for what is no workbook.
    """
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise Misconfigured(
            "a table in Excel needs a package: pip install 'reelwright[excel]', or save it as CSV"
        ) from None
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = book.worksheets
        rows = list(sheets[0].iter_rows()) if sheets else []
    except Exception:  # noqa: BLE001  damaged files are met in a dozen ways, none of them ours
        report.stop(1, "this is not a workbook of Excel", "save it again as .xlsx, or as CSV UTF-8")
    if len(sheets) > 1:
        notes.append(f"{report.path}: of {len(sheets)} sheets the first is read: {sheets[0].title}")
    for number, row in enumerate(rows, 1):
        yield number, [_shown(cell, number, report) for cell in row]


def _shown(cell: Any, row: int, report: Report) -> str | None:
    """A cell as text: 2.0 is 2, a day has no midnight, and 16:9 that became a time is one."""
    value = cell.value
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.15g}"
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat()
        case dt.datetime():
            return value.isoformat(" ", timespec="minutes")
        case dt.time():
            return value.isoformat("minutes")
    text = UNSPEAKABLE.sub(" ", str(value)).strip()
    if cell.data_type == "e":
        told = f"{cell.coordinate} holds the error {text}"
        report.add(row, told, "put the formula right, or write the value")
    return text
