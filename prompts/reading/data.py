"""Reads a script in JSON or YAML from its tree of values."""

from __future__ import annotations

import re

from prompts.reading.directives import DIRECTIVES
from prompts.reading.draft import Draft
from prompts.reading.files import Shelf
from prompts.reading.front import read_mapping
from prompts.reading.inline import MOST_BLOCK_CHARACTERS, Picture, read_inline
from prompts.reading.markdown import Body
from prompts.reading.report import Report, suggest
from prompts.reading.tree import Node

BLOCK_KEYS = (
    "heading", "narration", "points", "steps", "quote", "attribution", "code", "code_language",
    "table", "image", "alt", "caption", "compare",
)  # fmt: skip
SCENE_KEYS = (*BLOCK_KEYS, *DIRECTIVES)
BODY_KEYS = ("opening", "scenes")
_COMPANIONS = {"attribution": "quote", "code_language": "code", "alt": "image", "caption": "image"}


def read_data(tree: dict[str, Node], shelf: Shelf, report: Report) -> Body:
    """The opening and the scenes that `tree` holds; the title is among its settings."""
    reader = _Reader(shelf, report)
    opening = tree.get("opening")
    scenes = tree.get("scenes")
    first = reader.draft(opening) if opening else Draft("", 1, shelf, report)
    if scenes and not isinstance(scenes.value, list):
        report.add(scenes.line, '"scenes" is not a list', "write one entry for each scene")
    listed = scenes.value if scenes and isinstance(scenes.value, list) else []
    return Body("", 1, first.scene(), [reader.draft(node).scene() for node in listed])


class _Reader:
    def __init__(self, shelf: Shelf, report: Report) -> None:
        self.shelf = shelf
        self.report = report

    def draft(self, node: Node) -> Draft:
        """A scene; text alone is its narration."""
        if isinstance(node.value, str):
            draft = Draft("", node.line, self.shelf, self.report)
            self._narrate(draft, self._text("scene", node), node.line)
            return draft
        if not isinstance(node.value, dict):
            self.report.add(node.line, "this scene has no keys", "write heading: and narration:")
            return Draft("", node.line, self.shelf, self.report)
        given = {key: entry for key, entry in node.value.items() if entry.value is not None}
        heading = given.pop("heading", None)
        words = read_inline(self._text("heading", heading)).one_line() if heading else ""
        draft = Draft(words, node.line, self.shelf, self.report)
        for key, entry in given.items():
            if key in DIRECTIVES:
                draft.directive(key, f'"{key}"', self._text(key, entry), entry.line)
            elif key not in SCENE_KEYS:
                self.report.add(
                    entry.line, f'there is no "{key}" in a scene', suggest(key, SCENE_KEYS)
                )
            elif key in _COMPANIONS and _COMPANIONS[key] not in given:
                self.report.add(
                    entry.line,
                    f'"{key}" stands alone',
                    f'give this scene "{_COMPANIONS[key]}" too or take it out',
                )
            else:
                self._block(draft, key, entry, given)
        return draft

    def _block(self, draft: Draft, key: str, entry: Node, given: dict[str, Node]) -> None:
        def companion(name: str) -> str:
            return self._text(name, given[name]) if name in given else ""

        match key:
            case "narration":
                self._narrate(draft, self._text(key, entry), entry.line)
            case "points":
                draft.bullets(self._texts(key, entry), entry.line)
            case "steps":
                draft.numbers(self._texts(key, entry), entry.line)
            case "quote":
                words = read_inline(self._text(key, entry)).one_line()
                by = read_inline(companion("attribution")).one_line()
                draft.quote(words, by, entry.line)
            case "code":
                code = self._text(key, entry).rstrip("\n")
                draft.code(code, companion("code_language"), entry.line)
            case "image":
                draft.picture(
                    Picture(
                        address=self._text(key, entry),
                        alt=read_inline(companion("alt")).one_line(),
                        caption=" ".join(companion("caption").split()),
                    ),
                    entry.line,
                )
            case "table":
                self._table(draft, entry)
            case "compare":
                self._compare(draft, entry)

    def _narrate(self, draft: Draft, text: str, line: int) -> None:
        for paragraph in re.split(r"\n\s*\n", text):
            draft.prose(read_inline(paragraph.strip()), line)

    def _text(self, key: str, node: Node) -> str:
        if isinstance(node.value, str):
            if len(node.value) <= MOST_BLOCK_CHARACTERS:
                return node.value
            self.report.add(
                node.line,
                f'"{key}" has {len(node.value):,} characters',
                f"keep it under {MOST_BLOCK_CHARACTERS:,}",
            )
            return ""
        self.report.add(node.line, f'"{key}" is not text', "give it a single value")
        return ""

    def _list(self, key: str, node: Node) -> list[Node]:
        if isinstance(node.value, list):
            return node.value
        self.report.add(node.line, f'"{key}" is not a list', "write one entry below the other")
        return []

    def _texts(self, key: str, node: Node) -> list[str]:
        texts = [self._text(key, item) for item in self._list(key, node)]
        return [words for text in texts if (words := read_inline(text).one_line())]

    def _table(self, draft: Draft, node: Node) -> None:
        """Either `header` and `rows`, or a list of rows of which the first is the header."""
        if isinstance(node.value, dict):
            entries = read_mapping("table", node, ("header", "rows"), self.report) or {}
            if len(entries) < 2:
                self.report.add(
                    node.line, '"table" needs a header and rows', "give it header: and rows:"
                )
                return
            rows = [entries["header"], *self._list("rows", entries["rows"])]
        else:
            rows = self._list("table", node)
        if rows:
            header, *body = ((row.line, self._cells(row)) for row in rows)
            draft.table(header[1], body, node.line)

    def _cells(self, row: Node) -> list[str]:
        cells = self._list("row", row)
        return [read_inline(self._text("cell", cell)).one_line() for cell in cells]

    def _compare(self, draft: Draft, node: Node) -> None:
        for side in self._list("compare", node):
            entries = read_mapping("compare", side, ("title", "items"), self.report)
            if entries is None:
                continue
            title = self._text("title", entries["title"]) if "title" in entries else ""
            draft.column(read_inline(title).one_line(), side.line)
            if "items" in entries:
                draft.bullets(self._texts("items", entries["items"]), side.line)
