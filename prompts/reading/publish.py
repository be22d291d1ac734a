"""Reads what a script says about publishing its film: description, tags, date, poster, extras."""

from __future__ import annotations

import re
from typing import Any

from prompts.reading.files import STILL_SUFFIXES, Shelf
from prompts.reading.report import Report
from prompts.reading.tree import Node

PUBLISH_KEYS = ("description", "tags", "date", "poster", "deliver")
DELIVERABLES = ("otio", "master")

_LONGEST_DESCRIPTION = 4000
"""Characters: YouTube takes 5000, and chapters and credits come below."""
_MOST_TAGS, _LONGEST_TAGS = 50, 500
"""YouTube takes 500 characters of tags in all."""
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))?")


def read_publishing(key: str, node: Node, shelf: Shelf, report: Report) -> Any:
    """The value of one of PUBLISH_KEYS, or None and a problem."""
    if key in ("tags", "deliver"):
        words = _words(key, node, report)
        return words if words is None else _listed(key, words, node.line, report)
    if not isinstance(node.value, str):
        report.add(node.line, f'"{key}" is not text', "give it a single value")
        return None
    text = node.value.strip()
    if key == "description":
        return _description(text, node.line, report)
    if key == "date":
        if _DATE.fullmatch(text):
            return text
        report.add(node.line, f'date is "{text}"', "give a year or a day, such as 2026-11-20")
        return None
    if text.isascii() and text.isdigit() and len(text) <= 3:
        return int(text)
    return shelf.file(text, STILL_SUFFIXES, "picture or number of a scene", node.line) or None


def _words(key: str, node: Node, report: Report) -> tuple[str, ...] | None:
    """The entries of a list, or the parts of a line between its commas."""
    if isinstance(node.value, str):
        parts = node.value.split(",")
    elif isinstance(node.value, list) and all(isinstance(n.value, str) for n in node.value):
        parts = [str(n.value) for n in node.value]
    else:
        report.add(node.line, f'"{key}" is not a list of words', "write them with commas between")
        return None
    return tuple(dict.fromkeys(word for part in parts if (word := " ".join(part.split()))))


def _listed(key: str, words: tuple[str, ...], line: int, report: Report) -> tuple[str, ...] | None:
    if key == "deliver":
        for word in words:
            if word.lower() not in DELIVERABLES:
                report.add(line, f'deliver is "{word}"', "use one of " + ", ".join(DELIVERABLES))
        return tuple(word.lower() for word in words)
    if len(words) > _MOST_TAGS or sum(map(len, words)) > _LONGEST_TAGS:
        report.add(
            line,
            f"there are {len(words)} tags with {sum(map(len, words))} characters",
            f"keep to {_MOST_TAGS} tags and {_LONGEST_TAGS} characters in all",
        )
        return None
    return tuple(word.lstrip("#").strip() for word in words if word.lstrip("#").strip())


def _description(text: str, line: int, report: Report) -> str | None:
    if len(text) > _LONGEST_DESCRIPTION:
        report.add(
            line,
            f'"description" has {len(text)} characters',
            f"keep it under {_LONGEST_DESCRIPTION}",
        )
        return None
    paragraphs = re.split(r"\n\s*\n", text)
    return "\n\n".join("\n".join(" ".join(li.split()) for li in p.splitlines()) for p in paragraphs)
