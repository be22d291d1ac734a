"""From the rows of a table to the films that are wanted: whose words, which settings, by when."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from flows.batches.table import Row, Table
from prompts.errors import Problem, ScriptError
from prompts.reading.front import FRONT_KEYS
from prompts.reading.report import Report, suggest

SOURCES = ("script", "topic", "text")
"""Columns of which each row fills exactly one."""
COLUMNS = (*SOURCES, "deadline", "audience", "length", *FRONT_KEYS)
_TIME = re.compile(r"0*(\d{1,2}):0*(\d{1,2})(?::00)?")


class Topic(NamedTuple):
    """What a language model is to write a film's script about."""

    words: str
    audience: str = ""
    length_s: float | None = None


class Wanted(NamedTuple):
    """One film as it is asked for: by a row of a table, or by a script on its own."""

    path: str
    line: int
    """Where it is asked for; 0 for a script on its own."""
    front: tuple[tuple[str, str], ...] = ()
    script: Path | None = None
    text: str = ""
    topic: Topic | None = None
    deadline: dt.datetime | None = None

    @property
    def place(self) -> str:
        """`talks.csv:12`, or the script's path."""
        return f"{self.path}:{self.line}" if self.line else self.path

    def said(self, key: str) -> str:
        """What the row says of a setting."""
        return dict(self.front).get(key, "")

    def placed(self, wrong: ScriptError) -> list[Problem]:
        """The problems of its script, those with a cell of its row at that row and column."""
        return [self._placed(problem) for problem in wrong.problems]

    def _placed(self, problem: Problem) -> Problem:
        if problem.line >= 0:
            return problem
        key = self.front[-problem.line - 1][0]
        told = f'column "{key}": {problem.problem}'
        return Problem(path=self.path, line=self.line, problem=told, fix=problem.fix)


def refuse_unknown(table: Table) -> None:
    """Raises ScriptError for columns that mean nothing: they concern every row."""
    report = Report(str(table.path))
    for name, line in table.columns.items():
        if name not in COLUMNS:
            report.add(line, f'there is no column "{name}"', suggest(name, COLUMNS))
    report.finish()


def wanted_rows(table: Table) -> Iterator[Wanted]:
    """The films of a table. Raises ScriptError, at its end, with all that is wrong in any row."""
    report = Report(str(table.path))
    for row in table.rows:
        if found := _wanted(row, table.path, report):
            yield found
    report.finish()


def _wanted(row: Row, path: Path, report: Report) -> Wanted | None:
    cells = {name: cell for name, cell in row.cells.items() if name in COLUMNS}
    given = [name for name in SOURCES if name in cells]
    if len(given) != 1:
        told = f"both {' and '.join(given)} are" if given else "neither script, topic nor text is"
        report.add(row.line, f"{told} filled", "fill exactly one of " + ", ".join(SOURCES))
        return None
    if not cells.get("topic"):
        for name in ("audience", "length"):
            if name in cells:
                told = f'column "{name}": it is for films of a topic, and this row has none'
                report.add(row.line, told, "take it out of this row")
    # Excel reads 16:9 as a time of day, and writes 16:09 or 16:09:00.
    if match := _TIME.fullmatch(cells.get("aspect", "")):
        cells["aspect"] = f"{match[1]}:{match[2]}"
    wanted = Wanted(
        str(path),
        row.line,
        tuple((key, cells[key]) for key in FRONT_KEYS if key in cells),
        deadline=_deadline(cells.get("deadline", ""), row.line, report),
    )
    match given[0]:
        case "topic":
            return wanted._replace(topic=_topic(cells, row.line, report))
        case "text":
            return wanted._replace(text=cells["text"])
    script = _script(cells["script"], path.parent, row.line, report)
    return wanted._replace(script=script) if script else None


def _script(name: str, folder: Path, line: int, report: Report) -> Path | None:
    try:
        script = (folder / Path(name).expanduser()).absolute()
        if script.is_file():
            return script
        near = suggest(script.name, _names(script.parent)) if script.parent.is_dir() else ""
    except (OSError, RuntimeError, ValueError):
        near = ""
    fix = near if near.startswith("did") else f"name it from the table's folder, {folder.resolve()}"
    report.add(line, f'column "script": there is no file "{name[:120]}"', fix)
    return None


def _names(folder: Path) -> Iterable[str]:
    return [entry.name for entry in folder.iterdir()]


def _topic(cells: dict[str, str], line: int, report: Report) -> Topic:
    from flows.scripts.write import Refused, length_seconds

    length_s = None
    try:
        length_s = length_seconds(cells.get("length", ""))
    except Refused as wrong:
        problem, _, fix = str(wrong).removeprefix("--").partition("; ")
        report.add(line, f'column "length": {problem}', fix)
    words = " ".join(cells["topic"].split())
    return Topic(words, " ".join(cells.get("audience", "").split()), length_s)


def _deadline(told: str, line: int, report: Report) -> dt.datetime | None:
    """The moment until which a film is wanted: a day ends at midnight, in this machine's zone."""
    if not told:
        return None
    try:
        at = dt.datetime.fromisoformat(told)
        if len(told) <= 10:
            at = at.replace(hour=23, minute=59, second=59)
        return at.astimezone()
    except (ValueError, OverflowError, OSError):
        fix = "write it as 2026-11-30 or 2026-11-30 18:00"
        report.add(line, f'column "deadline": "{told[:60]}" is no day or time', fix)
        return None
