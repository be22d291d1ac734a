"""YAML and JSON as one tree of plain values, each with its line."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from prompts.reading.report import Report

DEEPEST = 12
"""Levels of nesting; the script format needs five."""

_JSON_TOKEN = re.compile(r'[{}\[\]]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+', re.DOTALL)
UNSPEAKABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and halves of surrogate pairs, which escapes can smuggle in."""


@dataclass(frozen=True)
class Node:
    """A value and the line it starts on; in a mapping, the line of its key.

    Scalars stay as written (`16:9`, `0.50`): what reads the key knows its type. None is null.
    """

    line: int
    value: str | list[Node] | dict[str, Node] | None


class _Builder:
    """Puts a stream of starts, scalars and ends together."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.root: Node | None = None
        self.open: list[Node] = []
        self.keys: list[tuple[str, int] | None] = []

    def start(self, line: int, value: list[Node] | dict[str, Node]) -> None:
        if len(self.open) >= DEEPEST:
            self.report.stop(line, "this is nested too deeply", "keep to the documented shape")
        node = self.place(line, value)
        self.open.append(node)
        self.keys.append(None)

    def end(self) -> None:
        self.open.pop()
        self.keys.pop()

    def scalar(self, line: int, text: str | None) -> None:
        inside_mapping = self.open and isinstance(self.open[-1].value, dict)
        if inside_mapping and self.keys[-1] is None:
            self.keys[-1] = (text or "", line)
        else:
            self.place(line, None if text is None else UNSPEAKABLE.sub(" ", text))

    def place(self, line: int, value: str | list[Node] | dict[str, Node] | None) -> Node:
        node = Node(line, value)
        if not self.open:
            self.root = node
            return node
        parent = self.open[-1].value
        if isinstance(parent, list):
            parent.append(node)
        elif isinstance(parent, dict):
            key = self.keys[-1]
            if key is None:
                self.report.stop(line, "a key here is not a word", "write `key: value`")
            node = Node(key[1], value)
            if key[0] in parent:
                self.report.add(key[1], f'"{key[0]}" is given twice', "keep one of the two")
            parent[key[0]] = node
            self.keys[-1] = None
        return node


def read_yaml(text: str, first_line: int, report: Report) -> Node | None:
    """The tree of one YAML document that starts at `first_line` of the script.

    None when it is empty. Aliases, tags and deep nesting are refused: they are how bombs are made.
    """
    builder = _Builder(report)
    documents = 0
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            line = first_line + event.start_mark.line
            documents += isinstance(event, DocumentStartEvent)
            if documents > 1:
                report.stop(line, "a second YAML document starts here", "take the `---` out")
            if isinstance(event, AliasEvent):
                report.stop(line, "YAML aliases are not read", "write the value out")
            if getattr(event, "tag", None) is not None:
                report.stop(line, "YAML tags are not read", "write the plain value")
            if isinstance(event, MappingStartEvent):
                builder.start(line, {})
            elif isinstance(event, SequenceStartEvent):
                builder.start(line, [])
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                builder.end()
            elif isinstance(event, ScalarEvent):
                plain_null = event.implicit[0] and event.value in ("", "~", "null")
                builder.scalar(line, None if plain_null else event.value)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        reason = " ".join(str(error.problem or error.context or "it cannot be read").split())
        report.stop(line, f"this is not YAML: {reason}", "put quotes around values with : or #")
    except (YAMLError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # The parser meets forbidden characters and wild escapes in several ways of its own.
        report.stop(first_line, "this is not YAML", "take unusual characters and escapes out")
    return builder.root


def read_json(text: str, report: Report) -> Node | None:
    """The tree of a JSON document. Raises ScriptError through `report` when it is malformed."""
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:]
        report.stop(error.lineno, f"this is not JSON: {reason}", "put that place right")
    except RecursionError:
        report.stop(1, "this is nested too deeply", "keep to the documented shape")
    builder = _Builder(report)
    line, seen = 1, 0
    for token in _JSON_TOKEN.finditer(text):
        line += text.count("\n", seen, token.start())
        seen = token.start()
        word = token.group()
        if word == "{":
            builder.start(line, {})
        elif word == "[":
            builder.start(line, [])
        elif word in "}]":
            builder.end()
        elif word.startswith('"'):
            builder.scalar(line, json.loads(word, strict=False))
        else:
            builder.scalar(line, None if word == "null" else word)
    return builder.root
