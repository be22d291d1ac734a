"""A scene while it is read: blocks and directives come in one by one."""

from __future__ import annotations

from typing import Any

from prompts.reading.blocks import ScriptScene
from prompts.reading.directives import DIRECTIVES, read_directive, refuse_directive
from prompts.reading.files import Shelf
from prompts.reading.inline import Inline, Picture
from prompts.reading.report import Report
from prompts.storyboard import Column, Table

LONGEST_HEADING = 160
"""Characters. A longer one is prose that a line of dashes below it made a heading."""


class Draft:
    """Collects one scene that starts at `line`."""

    def __init__(self, heading: str, line: int, shelf: Shelf, report: Report) -> None:
        self.shelf = shelf
        self.report = report
        self.line = line
        self.heading = heading
        self.paragraphs: list[str] = []
        self.lines: dict[str, int] = {}
        self.fields: dict[str, Any] = {}
        self.columns: list[tuple[str, list[str]]] = []
        if len(heading) > LONGEST_HEADING:
            report.add(
                line,
                f"this heading has {len(heading)} characters",
                "shorten it, or leave an empty line between a paragraph and a line of dashes",
            )

    def prose(self, inline: Inline, line: int) -> None:
        """A paragraph of narration, with the pictures in it."""
        for picture in inline.pictures:
            self.picture(picture, line)
        words = inline.one_line()
        if "![" in words and "](" in words:
            self.report.add(
                line,
                "a picture here is not understood",
                "write ![words](file.png), with < > around a name that has spaces",
            )
            self.lines.setdefault("narration", line)
        elif words:
            self.paragraphs.append(words)
            self.lines.setdefault("narration", line)
            if inline.key_phrase:
                self.fields.setdefault("key_phrase", inline.key_phrase)

    def bullets(self, items: list[str], line: int) -> None:
        """A bulleted list: points on the card, or one side of a comparison."""
        self._list("points", items, line)

    def numbers(self, items: list[str], line: int) -> None:
        """A numbered list: steps on the card, or one side of a comparison."""
        self._list("steps", items, line)

    def _list(self, name: str, items: list[str], line: int) -> None:
        if self.columns:
            self.columns[-1][1].extend(items)
        elif items:
            self.lines.setdefault(name, line)
            self.fields[name] = (*self.fields.get(name, ()), *items)

    def column(self, title: str, line: int) -> None:
        """A `###` heading: one side of a comparison begins."""
        self.lines.setdefault("compare", line)
        self.columns.append((title, []))

    def quote(self, words: str, attribution: str, line: int) -> None:
        if self._once("quote", "quotation", words, line):
            self.fields["attribution"] = attribution

    def code(self, code: str, language: str, line: int) -> None:
        if self._once("code", "block of code", code, line):
            self.fields["code_language"] = language

    def table(self, header: list[str], rows: list[tuple[int, list[str]]], line: int) -> None:
        """A table; each row comes with its line."""
        is_even = bool(rows)
        for row_line, cells in rows:
            if len(cells) != len(header):
                is_even = False
                self.report.add(
                    row_line,
                    f"this table's header has {len(header)} cells and this row has {len(cells)}",
                    "give it as many, and leave an empty line below the table",
                )
        if not rows:
            self.report.add(line, "this table has no rows", "write at least one below its header")
        if is_even:
            table = Table(header=tuple(header), rows=tuple(tuple(cells) for _, cells in rows))
            self._once("table", "table", table, line)
        else:
            self.lines.setdefault("table", line)

    def picture(self, picture: Picture, line: int) -> None:
        """The editor's own image or clip."""
        first = self._once("image", "picture", self.shelf.picture(picture.address, line), line)
        if first:
            self.fields["alt"] = picture.alt
            self.fields["caption"] = picture.caption

    def directive(self, key: str, shown: str, given: str, line: int) -> None:
        """`@key: value`, or the same in JSON or YAML; `shown` is the key as it was written."""
        key = key.lower()
        if key not in DIRECTIVES:
            refuse_directive(key, line, self.report)
        elif key in self.lines:
            self.report.add(line, f"{shown} is given twice in this scene", "keep one of the two")
        else:
            self.lines[key] = line
            value = read_directive(key, shown, given, line, self.report)
            if key == "voice" and value:
                value = self.shelf.voice(value, line)
            if value is not None:
                # One line may say two things: push 0.6s.
                self.fields |= value if isinstance(value, dict) else {DIRECTIVES[key]: value}

    def _once(self, name: str, words: str, value: Any, line: int) -> bool:
        if name in self.lines:
            self.report.add(
                line, f"a scene shows one {words} and this is the second", "give it its own scene"
            )
            return False
        self.lines[name] = line
        self.fields[name] = value
        return True

    def scene(self) -> ScriptScene:
        """The finished scene."""
        return ScriptScene(
            heading=self.heading,
            narration="\n\n".join(self.paragraphs),
            compare=tuple(Column(title=title, items=tuple(items)) for title, items in self.columns),
            line=self.line,
            lines=self.lines,
            **self.fields,
        )
