"""Reads a script written in Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token

from prompts.reading.blocks import ScriptScene
from prompts.reading.directives import DIRECTIVE_LINE
from prompts.reading.draft import Draft
from prompts.reading.files import Shelf
from prompts.reading.inline import EditorsMarkdown, flatten
from prompts.reading.report import Report

_ATTRIBUTION = re.compile(r"\s*(?:—|–|--|―)\s*(\S.*)")


@dataclass
class Body:
    """What a script says below its front matter."""

    title: str
    title_line: int
    opening: ScriptScene
    scenes: list[ScriptScene]


def read_markdown(text: str, shelf: Shelf, report: Report) -> Body:
    """The title, opening and scenes of `text`, in which the front matter has been blanked."""
    return _Reader(text, shelf, report).read()


class _Reader:
    def __init__(self, text: str, shelf: Shelf, report: Report) -> None:
        self.shelf = shelf
        self.report = report
        self.source = text.split("\n")
        self.directives = self._take_directives()
        self.title = ""
        self.title_line = 1
        self.drafts = [Draft("", 1, shelf, report)]

    def _take_directives(self) -> list[tuple[int, str, str]]:
        """Blanks the directive lines outside code and comments; gives line, key and value of each.

        They are blanked before Markdown is read, since it would take one that follows a list, a
        quotation or a table for a part of it.
        """
        kept: set[int] = set()
        blocks_only = EditorsMarkdown().disable("inline")
        for token in blocks_only.parse("\n".join(self.source)):
            if token.type in ("fence", "html_block") and token.map:
                kept.update(range(*token.map))
        taken = []
        for index, line in enumerate(self.source):
            match = None if index in kept else DIRECTIVE_LINE.fullmatch(line)
            if match:
                taken.append((index + 1, match[1], match[2]))
                self.source[index] = ""
        return taken

    def read(self) -> Body:
        for group in _groups(EditorsMarkdown().parse("\n".join(self.source))):
            line = _line(group[0])
            self._direct_before(line)
            self._block(group, line)
        self._direct_before(len(self.source) + 1)
        opening, *scenes = (draft.scene() for draft in self.drafts)
        return Body(self.title, self.title_line, opening, scenes)

    def _direct_before(self, line: int) -> None:
        while self.directives and self.directives[0][0] < line:
            at, key, given = self.directives.pop(0)
            self.drafts[-1].directive(key, f"@{key}", given, at)

    def _block(self, group: list[Token], line: int) -> None:
        draft = self.drafts[-1]
        match group[0].type:
            case "heading_open":
                self._heading(group, line)
            case "paragraph_open":
                draft.prose(flatten(group[1].children or ()), line)
            case "bullet_list_open":
                draft.bullets(self._items(group), line)
            case "ordered_list_open":
                draft.numbers(self._items(group), line)
            case "blockquote_open":
                self._quote(group, line)
            case "fence":
                self._code(group[0])
            case "table_open":
                self._table(group, line)
            case "html_block":
                self._html(group[0].content, line)

    def _heading(self, group: list[Token], line: int) -> None:
        inline = flatten(group[1].children or ())
        words = inline.one_line()
        level = int(group[0].tag[1:])
        if not words:
            self.report.add(line, "this heading has no words", "write some after the #")
        if level == 1:
            if self.title or len(self.drafts) > 1:
                self.report.add(
                    line, "a script has one # title, above its scenes", "start scenes with ##"
                )
            self.title, self.title_line = words, line
        elif level == 2:
            self.drafts.append(Draft(words, line, self.shelf, self.report))
        elif level == 3:
            self.drafts[-1].column(words, line)
        else:
            self.report.add(
                line,
                f"a heading with {level} # means nothing here",
                "use ## for a scene and ### for one side of a comparison",
            )
        for picture in inline.pictures:
            self.drafts[-1].picture(picture, line)

    def _items(self, group: list[Token]) -> list[str]:
        """The items of a list; those of a list within it follow their parent."""
        items: list[str] = []
        for token in group:
            if token.type == "list_item_open":
                items.append("")
            elif token.type == "inline":
                items[-1] = f"{items[-1]} {self._words(token)}".strip()
            elif token.type == "fence":
                self._code(token)
        return [item for item in items if item]

    def _words(self, token: Token) -> str:
        """The words of an inline token; the scene takes its pictures."""
        inline = flatten(token.children or ())
        for picture in inline.pictures:
            self.drafts[-1].picture(picture, _line(token))
        return inline.one_line()

    def _quote(self, group: list[Token], line: int) -> None:
        lines: list[str] = []
        for token in group:
            if token.type == "inline":
                inline = flatten(token.children or ())
                lines.extend(inline.text.split("\n"))
                for picture in inline.pictures:
                    self.drafts[-1].picture(picture, _line(token))
            elif token.type == "fence":
                self._code(token)
        attribution = ""
        match = _ATTRIBUTION.fullmatch(lines[-1]) if len(lines) > 1 else None
        if match:
            attribution = match[1].strip()
            lines.pop()
        words = " ".join(" ".join(lines).split())
        if words:
            self.drafts[-1].quote(words, attribution, line)

    def _code(self, token: Token) -> None:
        language = (token.info.split() or [""])[0]
        self.drafts[-1].code(token.content.rstrip("\n"), language, _line(token))

    def _table(self, group: list[Token], line: int) -> None:
        header: list[str] = []
        rows: list[tuple[int, list[str]]] = []
        cells = header
        for token in group:
            if token.type == "tr_open" and header:
                cells = []
                rows.append((_line(token), cells))
            elif token.type == "inline":
                cells.append(self._words(token))
        for at, cells in rows:
            # Markdown fills short rows up and drops what is too much: count what was written.
            cells.extend([""] * (_count_cells(self.source[at - 1]) - len(cells)))
            del cells[_count_cells(self.source[at - 1]) :]
        self.drafts[-1].table(header, rows, line)

    def _html(self, content: str, line: int) -> None:
        rest, end = "", 0
        while (start := content.find("<!--", end)) >= 0:
            rest += content[end:start]
            close = content.find("-->", start)
            if close < 0:
                self.report.add(line, "this comment is not closed", "write --> at its end")
                return
            end = close + 3
        if (rest + content[end:]).strip():
            self.report.add(
                line, "HTML is neither spoken nor shown", "write it in Markdown or take it out"
            )


def _groups(tokens: list[Token]) -> list[list[Token]]:
    """The tokens of each top-level block."""
    groups: list[list[Token]] = []
    for token in tokens:
        if token.level == 0 and token.nesting >= 0:
            groups.append([])
        groups[-1].append(token)
    return groups


def _line(token: Token) -> int:
    return (token.map or [0])[0] + 1


def _count_cells(source: str) -> int:
    cells = escapedSplit(source.strip())
    return len(cells[(not cells[0].strip()) : len(cells) - (not cells[-1].strip())])
