"""What a batch is made from: tables, folders, patterns and scripts become the films wanted of them.

A folder is looked at once: what is put into it later waits for the next run.
"""

from __future__ import annotations

import datetime as dt
import glob
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from flows.batches.rows import COLUMNS, Wanted, refuse_unknown, wanted_rows
from flows.batches.table import read_table
from prompts.errors import Problem, ScriptError
from prompts.reading.report import Report
from prompts.reading.script import SUFFIXES
from prompts.reading.slug import make_slug

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".xlsx")
_UNREADY = (".", "~")
"""How names of files begin that are hidden, or a program's copy of what it has open."""
_OURS = "batch.json"
"""The summary of a batch whose films lie beside its scripts."""


class Found(NamedTuple):
    """The films wanted, a name for all of them, and what is wrong."""

    name: str
    wanted: tuple[Wanted, ...]
    notes: tuple[str, ...]
    wrong: tuple[Problem, ...]
    """With tables as a whole."""
    problems: tuple[Problem, ...]
    """With single rows, which are among the wanted where they could be read."""


def read_sources(sources: list[str]) -> Found:
    """Reads all tables and folders. Raises ScriptError for a source that is none, Misconfigured."""
    wanted: list[Wanted] = []
    notes: list[str] = []
    wrong: list[Problem] = []
    problems: list[Problem] = []
    for source in sources:
        path = Path(source)
        if path.suffix.lower() in TABLES and not path.is_dir():
            with _collected(wrong):
                table = read_table(path, COLUMNS)
                notes += table.notes
                with _collected(problems):
                    for one in wanted_rows(table):
                        wanted.append(one)  # noqa: PERF402  what is right is kept
                refuse_unknown(table)
        else:
            scripts = _scripts(source)
            wanted += [Wanted(str(script), 0, script=script.absolute()) for script in scripts]
            if path.is_dir() or len(scripts) > 1:
                at = dt.datetime.now().astimezone()
                told = f"{len(scripts)} script{'' if len(scripts) == 1 else 's'}"
                told = f"{told} as of {at:%H:%M:%S}; what comes later is not in this run"
                notes.append(f"{source}: {told}")
    return Found(_name(sources), tuple(wanted), tuple(notes), tuple(wrong), tuple(problems))


@contextmanager
def _collected(problems: list[Problem]) -> Iterator[None]:
    try:
        yield
    except ScriptError as wrong:
        problems += wrong.problems


def scripts_in(folder: Path) -> list[Path]:
    """The scripts that lie in a folder, by name; hidden files and programs' copies are none."""
    found = [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES
        and not path.name.startswith(_UNREADY)
        and path.name != _OURS
    ]
    return sorted((path for path in found if path.is_file()), key=lambda path: path.name)


def _scripts(source: str) -> list[Path]:
    """The scripts of a folder, of a pattern, or the one that is named. Raises ScriptError."""
    path, report = Path(source), Report(source)
    kinds = ", ".join(suffix[1:] for suffix in SUFFIXES)
    if path.is_dir():
        if found := scripts_in(path):
            return found
        report.stop(1, "this folder has no scripts", f"put files there that end in {kinds}")
    if glob.has_magic(source) and not path.exists():
        matched = [Path(name) for name in sorted(glob.glob(source, recursive=True))]  # noqa: PTH207
        named = [p for p in matched if p.suffix.lower() in SUFFIXES and p.is_file()]
        if named:
            return named
        report.stop(1, "no script has such a name", f"scripts end in {kinds}")
    if path.suffix.lower() not in SUFFIXES:
        tables = ", ".join(suffix[1:] for suffix in TABLES)
        fix = f"name a folder, a table ({tables}) or a script ({kinds})"
        report.stop(1, "a batch is not made of this", fix)
    return [path]


def _name(sources: list[str]) -> str:
    """A short name: of the table or folder, or of the folder that the scripts lie in."""
    path = Path(sources[0])
    while glob.has_magic(str(path)) and not path.exists():
        path = path.parent
    is_one = len(sources) == 1 or path.is_dir()
    named = path.absolute() if is_one else path.absolute().parent
    return make_slug(named.stem if named.is_file() else named.name)
