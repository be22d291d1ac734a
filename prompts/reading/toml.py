"""TOML as a tree of plain values, each with its line: what YAML and JSON are read into, too."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from prompts.reading.raw import Bound, read_bytes
from prompts.reading.report import Report
from prompts.reading.tree import Node

_TABLE = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")
_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


def read_toml(text: str, report: Report) -> dict[str, Node]:
    """The entries of a TOML document. Raises ScriptError through `report` when it is malformed."""
    return _entries(_loaded(text, report), _lines(text), "", 1)


def open_toml(path: Path, bound: Bound, report: Report) -> dict[str, Any]:
    """A TOML document as it is. Raises ScriptError through `report` when it cannot be read."""
    try:
        text = read_bytes(path, bound, report).decode("utf-8-sig")
    except UnicodeDecodeError:
        report.stop(1, f"this {bound.kind} is not UTF-8 text", "save it as UTF-8")
    return _loaded(text, report)


def _loaded(text: str, report: Report) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _AT_LINE.search(str(error))
        line = int(match[1]) if match and match[1] else text.rstrip("\n").count("\n") + 1
        reason = _AT_LINE.sub("", str(error))
        report.stop(line, f"this is not TOML: {reason[:1].lower()}{reason[1:]}", "put it right")
    except RecursionError:
        report.stop(1, "this is nested too deeply", "keep to the documented shape")


def _lines(text: str) -> dict[str, int]:
    """The line of each table and of each key in it, by its dotted name."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if match := _TABLE.fullmatch(line):
            table = match[1].replace(" ", "") + "."
            found.setdefault(table[:-1], number)
        elif match := _KEY.match(line):
            found.setdefault(table + match[1], number)
    return found


def _entries(told: dict[str, Any], lines: dict[str, int], above: str, line: int) -> dict[str, Node]:
    entries = {}
    for key, value in told.items():
        at = lines.get(above + key, line)
        entries[key] = Node(at, _value(value, lines, f"{above}{key}.", at))
    return entries


def _value(
    value: Any, lines: dict[str, int], above: str, line: int
) -> str | list[Node] | dict[str, Node]:
    if isinstance(value, dict):
        return _entries(value, lines, above, line)
    if isinstance(value, list):
        return [Node(line, _value(item, lines, above, line)) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
