"""Tables of films are read as programs write them, and what is wrong is said by row and column."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from flows.batches.rows import COLUMNS
from flows.batches.table import MOST_ROWS, read_table
from prompts.errors import ScriptError
from providers.errors import Misconfigured


def read(folder: Path, name: str, data: bytes | str) -> list[tuple[int, dict[str, str]]]:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return [(row.line, row.cells) for row in read_table(path, COLUMNS).rows]


def refused(folder: Path, name: str, data: bytes | str) -> str:
    with pytest.raises(ScriptError) as wrong:
        read(folder, name, data)
    return str(wrong.value)


def test_a_row_knows_its_line_past_empty_lines_and_line_breaks_in_quotes(tmp_path: Path) -> None:
    told = 'script,title\r\n\r\na.md,"two\r\nlines"\r\n,,\r\nb.md,one\r\n'
    assert read(tmp_path, "t.csv", told) == [
        (3, {"script": "a.md", "title": "two\nlines"}),
        (6, {"script": "b.md", "title": "one"}),
    ]


@pytest.mark.parametrize("divider", [",", ";", "\t", "|"])
def test_a_table_is_divided_by_what_its_headings_are_divided_by(
    tmp_path: Path, divider: str
) -> None:
    told = divider.join(("Script", "Image Provider")) + "\n" + divider.join(("a.md", "flux")) + "\n"
    assert read(tmp_path, "t.csv", told) == [(2, {"script": "a.md", "image_provider": "flux"})]


def test_the_hint_of_excel_on_the_first_line_is_followed(tmp_path: Path) -> None:
    assert read(tmp_path, "t.csv", "sep=;\r\nscript;title\r\na.md;x,y\r\n") == [
        (3, {"script": "a.md", "title": "x,y"})
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_arrive_in_every_encoding_that_spreadsheets_write(
    tmp_path: Path, encoding: str
) -> None:
    told = "title;script\nGrüße, café;a.md\n".encode(encoding)
    assert read(tmp_path, "t.csv", told) == [(2, {"title": "Grüße, café", "script": "a.md"})]


def test_an_encoding_that_was_guessed_is_said(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("title,script\nGrüße,a.md\n".encode("cp1252"))
    (note,) = read_table(path, COLUMNS).notes
    assert "Windows-1252" in note


def test_a_quotation_mark_that_is_not_closed_is_told_at_the_row_where_it_opens(
    tmp_path: Path,
) -> None:
    told = refused(tmp_path, "t.csv", 'script,title\na.md,fine\nb.md,"open\nc.md,x\n')
    assert told.startswith(f"{tmp_path}/t.csv:3: ")
    assert "is not closed" in told


def test_a_cell_below_no_column_is_told_with_its_number(tmp_path: Path) -> None:
    told = refused(tmp_path, "t.csv", "script,title\na.md,x, y\n")
    assert told.startswith(f'{tmp_path}/t.csv:2: cell 3, "y", stands below no column')


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    assert '"title" is there twice' in refused(tmp_path, "t.csv", "title,Title\na,b\n")


@pytest.mark.parametrize("data", [b"", b"script,title\n", b"\n\n", b"\xef\xbb\xbf"])
def test_a_table_without_rows_says_so(tmp_path: Path, data: bytes) -> None:
    assert "this table has no rows" in refused(tmp_path, "t.csv", data)


@pytest.mark.parametrize("data", [b"a\0b", b"PK\x03\x04\x81\x8d", b"\x89PNG\r\n\x1a\n\x81"])
def test_what_is_no_text_is_refused_in_a_sentence(tmp_path: Path, data: bytes) -> None:
    assert "is not" in refused(tmp_path, "t.csv", data)


def test_a_table_has_an_end(tmp_path: Path) -> None:
    told = refused(tmp_path, "t.csv", "script\n" + "a.md\n" * (MOST_ROWS + 1))
    assert told.startswith(f"{tmp_path}/t.csv:{MOST_ROWS + 2}: this table has 10,001 rows")


def test_json_lines_hold_numbers_truths_and_lists(tmp_path: Path) -> None:
    row = {"script": "a.md", "budget": 0.5, "reframe": True, "tags": ["x", "y"], "theme": None}
    assert read(tmp_path, "t.jsonl", json.dumps(row) + "\n\n" + json.dumps(row)) == [
        (1, {"script": "a.md", "budget": "0.5", "reframe": "true", "tags": "x, y"}),
        (3, {"script": "a.md", "budget": "0.5", "reframe": "true", "tags": "x, y"}),
    ]


def test_every_line_that_is_no_object_is_told(tmp_path: Path) -> None:
    told = refused(tmp_path, "t.jsonl", '{"script": "a.md"\n[1]\n{"title": {"a": 1}}\n')
    assert [line.split(": ")[0][-1] for line in told.splitlines()] == ["1", "2", "3"]


def workbook(path: Path, *rows: list[object]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.create_sheet("Old ones")
    book.save(path)
    return path


def test_a_workbook_is_read_as_excel_shows_it(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "t.xlsx",
        ["Script", "Budget", "Deadline", "Date", "Aspect", "Title"],
        ["a.md", 2.0, dt.datetime(2026, 12, 1, 18), dt.datetime(2026, 1, 2), dt.time(9, 16), 0.1],
        [],
        ["b.md", 0.30000000000000004, None, "2026", None, True],
    )
    table = read_table(path, COLUMNS)
    assert [(row.line, row.cells) for row in table.rows] == [
        (
            2,
            {"script": "a.md", "budget": "2", "deadline": "2026-12-01 18:00", "date": "2026-01-02",
             "aspect": "09:16", "title": "0.1"},
        ),
        (4, {"script": "b.md", "budget": "0.3", "date": "2026", "title": "true"}),
    ]  # fmt: skip
    assert "of 2 sheets the first is read" in table.notes[0]


def test_a_formula_that_failed_is_told_by_its_cell(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", ["script"], ["#REF!"])
    with pytest.raises(ScriptError, match=r"t\.xlsx:2: A2 holds the error #REF!"):
        read_table(path, COLUMNS)


def test_a_damaged_workbook_is_refused_in_a_sentence(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "t.xlsx", ["script"], ["a.md"]).read_bytes()
    told = refused(tmp_path, "t.xlsx", whole[: len(whole) // 2])
    assert "not a workbook of Excel" in told


def test_without_its_package_a_workbook_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "t.xlsx", ["script"], ["a.md"])
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(Misconfigured, match=r"pip install 'reelwright\[excel\]'"):
        read_table(path, COLUMNS)


@given(data=st.binary(max_size=300), name=st.sampled_from(["t.csv", "t.jsonl", "t.xlsx"]))
def test_whatever_the_bytes_are_there_are_rows_or_sentences(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(data)
    told, rows = f"{path}:", ()
    try:
        rows = read_table(path, COLUMNS).rows
    except ScriptError as wrong:
        told = str(wrong)
    assert told.startswith(f"{path}:")
    assert all(cell for row in rows for cell in row.cells.values())


CELL = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@given(cells=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5))
def test_what_python_writes_as_csv_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]
) -> None:
    import csv

    path = tmp_path_factory.getbasetemp() / "back.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("title", "topic"), *cells])
    found = [(r.cells["title"], r.cells["topic"]) for r in read_table(path, COLUMNS).rows]
    assert found == cells
