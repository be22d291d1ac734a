"""Reads documents that are text: Markdown, plain text and subtitles."""

from __future__ import annotations

import re
from pathlib import Path

from markdown_it.token import Token

from prompts.planned import Block, Source
from prompts.reading.directives import DIRECTIVE_LINE
from prompts.reading.inline import MOST_BLOCK_CHARACTERS, EditorsMarkdown, flatten
from prompts.reading.report import Report
from prompts.reading.text import cut_paragraphs, is_title
from prompts.reading.tree import read_yaml
from prompts.storyboard import Table

_BULLET = re.compile(r"(?:[-*•–]|(\d{1,3}[.)]))\s+(\S.*)")
_TAG = re.compile(r"<[^>]{0,80}>|\{\\[^}]{0,80}\}")
_ATTRIBUTION = re.compile(r"\s*(?:—|–|--|―)\s*(\S.*)")
_GAP_MS = 2000
"""Silence between subtitles that ends a paragraph."""


def decode(data: bytes, report: Report) -> str:
    """A text file's words with `\\n` line ends; UTF-8, or UTF-16 where its mark says so."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        report.stop(line, "this line is not UTF-8 text", "save the file as UTF-8")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        report.stop(line, "this is not a text file", "save it as plain UTF-8 text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_plain(path: Path, data: bytes, report: Report) -> Source:
    """Paragraphs between empty lines; lines that begin with a dash or number are lists."""
    runs = cut_paragraphs(decode(data, report))
    title = ""
    if len(runs) > 1 and is_title(runs[0]):
        title = runs.pop(0)[0][1]
    blocks: list[Block] = []
    for run in runs:
        place = f"{path.name}:{run[0][0]}"
        marks = [_BULLET.fullmatch(line) for _, line in run]
        first = next((at for at, mark in enumerate(marks) if mark), len(run))
        items = [mark[2] for mark in marks[first:] if mark]
        if len(items) > 1 and all(marks[first:]):
            lead = " ".join(line for _, line in run[:first])
            if lead:
                blocks.append(Block(kind="prose", place=place, text=lead))
            place = f"{path.name}:{run[first][0]}"
            counted = all(mark[1] for mark in marks[first:] if mark)
            blocks.append(Block(kind="list", place=place, items=tuple(items), is_counted=counted))
        else:
            words = " ".join(line for _, line in run)
            blocks.append(Block(kind="prose", place=place, text=words))
    return Source(name=path.stem, title=title, blocks=tuple(blocks))


def read_subtitles(path: Path, data: bytes, report: Report) -> Source:
    """What is said in subtitles, without their times; a pause or a new speaker ends a paragraph."""
    import pysubs2

    text = decode(data, report)
    try:
        cues = pysubs2.SSAFile.from_string(text, format_=path.suffix.lower()[1:])
    except (pysubs2.exceptions.Pysubs2Error, ValueError, IndexError, KeyError):
        report.stop(1, "these subtitles cannot be read", "export them anew as SRT or WebVTT")
    blocks: list[Block] = []
    words, begun, ended = "", 0, 0
    for cue in cues:
        said = " ".join(_TAG.sub("", cue.text.replace("\\N", " ")).split())
        if not said or said == words[-len(said) :]:
            continue
        if words and cue.start - ended > _GAP_MS:
            blocks.append(Block(kind="prose", place=_time(path, begun), text=words))
            words = ""
        begun = cue.start if not words else begun
        words, ended = f"{words} {said}".strip(), cue.end
    if words:
        blocks.append(Block(kind="prose", place=_time(path, begun), text=words))
    return Source(name=path.stem, blocks=tuple(blocks))


def read_markdown_source(path: Path, data: bytes, report: Report) -> Source:
    """Headings, paragraphs, lists, quotations, code and tables; settings and directives go."""
    lines = decode(data, report).split("\n")
    told: dict[str, str] = {}
    if lines[0].rstrip() == "---" and "---" in [line.rstrip() for line in lines[1:]]:
        end = [line.rstrip() for line in lines].index("---", 1)
        tree = read_yaml("\n".join(lines[1:end]), 2, report)
        if tree and isinstance(tree.value, dict):
            told = {k: n.value for k, n in tree.value.items() if isinstance(n.value, str)}
        lines[: end + 1] = [""] * (end + 1)
    lines = ["" if DIRECTIVE_LINE.fullmatch(line) else line for line in lines]
    _refuse_long(lines, report)
    tokens = EditorsMarkdown().parse("\n".join(lines))
    reader = _Markdown(path.name)
    for at, token in enumerate(tokens):
        if token.level == 0 and token.nesting >= 0:
            end = next((i for i in range(at, len(tokens)) if _closes(token, tokens[i])), at)
            reader.block(tokens[at : end + 1])
    blocks = tuple(reader.blocks)
    return Source(
        name=path.stem,
        title=told.get("title", "") or reader.title,
        language=told.get("language", ""),
        blocks=blocks,
    )


def _closes(opening: Token, token: Token) -> bool:
    return token is opening if opening.nesting == 0 else token.level == 0 and token.nesting < 0


def _refuse_long(lines: list[str], report: Report) -> None:
    length, start = 0, 1
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            length, start = 0, number + 1
        length += len(line)
        if length > MOST_BLOCK_CHARACTERS:
            most = f"{MOST_BLOCK_CHARACTERS:,}"
            problem = f"this block has over {most} characters without an empty line"
            report.stop(start, problem, "split it up, or save it as .txt")


class _Markdown:
    """Collects the blocks of a Markdown document; the first # heading is its title."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.title = ""
        self.blocks: list[Block] = []

    def block(self, group: list[Token]) -> None:
        token = group[0]
        place = f"{self.name}:{(token.map or [0])[0] + 1}"
        match token.type:
            case "heading_open":
                self._heading(flatten(group[1].children or ()).one_line(), int(token.tag[1]), place)
            case "paragraph_open":
                words = flatten(group[1].children or ()).one_line()
                self.blocks.append(Block(kind="prose", place=place, text=words))
            case "bullet_list_open" | "ordered_list_open":
                items = tuple(item for item in _items(group) if item)
                counted = token.type == "ordered_list_open"
                self.blocks.append(Block(kind="list", place=place, items=items, is_counted=counted))
            case "blockquote_open":
                self._quote(group, place)
            case "fence":
                language = (token.info.split() or [""])[0]
                code = token.content.rstrip("\n")
                if code.strip():
                    self.blocks.append(
                        Block(kind="code", place=place, text=code, code_language=language)
                    )
            case "table_open":
                self._table(group, place)

    def _heading(self, words: str, level: int, place: str) -> None:
        if level == 1 and not self.title and not self.blocks:
            self.title = words
        elif words:
            self.blocks.append(Block(kind="heading", place=place, text=words, level=level))

    def _quote(self, group: list[Token], place: str) -> None:
        lines = [
            line
            for token in group
            if token.type == "inline"
            for line in flatten(token.children or ()).text.split("\n")
        ]
        match = _ATTRIBUTION.fullmatch(lines[-1]) if len(lines) > 1 else None
        words = " ".join(" ".join(lines[:-1] if match else lines).split())
        by = match[1].strip() if match else ""
        if words:
            self.blocks.append(Block(kind="quote", place=place, text=words, attribution=by))

    def _table(self, group: list[Token], place: str) -> None:
        rows: list[list[str]] = []
        for token in group:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(flatten(token.children or ()).one_line())
        if len(rows) > 1:
            table = Table(header=tuple(rows[0]), rows=tuple(map(tuple, rows[1:])))
            self.blocks.append(Block(kind="table", place=place, table=table))


def _items(group: list[Token]) -> list[str]:
    items: list[str] = []
    for token in group:
        if token.type == "list_item_open":
            items.append("")
        elif token.type == "inline":
            items[-1] = f"{items[-1]} {flatten(token.children or ()).one_line()}".strip()
    return items


def _time(path: Path, at_ms: int) -> str:
    seconds = at_ms // 1000
    return f"{path.name}, {seconds // 60}:{seconds % 60:02d}"
