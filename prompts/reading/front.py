"""Reads the settings of a script from a tree of values, naming each key's line."""

from __future__ import annotations

from typing import Any

from prompts.characters import read_characters
from prompts.reading.blocks import Closing, FrontMatter
from prompts.reading.files import Shelf
from prompts.reading.publish import PUBLISH_KEYS, read_publishing
from prompts.reading.report import Report, suggest
from prompts.reading.shape import SHAPE_KEYS, read_shape
from prompts.reading.tree import Node
from prompts.reading.values import (
    TRANSITION_S,
    read_choice,
    read_language,
    read_number,
    read_seconds,
    read_speed,
    read_truth,
    read_usd,
)
from prompts.storyboard import Aspect, FillName, Polish, TransitionName

FRONT_KEYS = (
    "title", "subtitle", "slug", "aspect", "tier", "image_provider", "tts_provider",
    "video_provider", "theme", "transition", "transition_length", "voice", "speed", "style",
    "characters",
    "language", "music", "music_level", "loudness", "voice_polish", "captions", "fill", "budget",
    "closing", "verify", "verify_limit", "brand", "author", "planner", "glossary", *SHAPE_KEYS,
    *PUBLISH_KEYS,
)  # fmt: skip
CLOSING_KEYS = ("heading", "text")
CAPTIONS = {
    "burned": "burned", "true": "burned", "plain": "plain", "highlight": "highlight", "pop": "pop",
    "files": "files", "false": "files", "none": "none",
}  # fmt: skip

_FIELDS = {
    "budget": "budget_usd", "loudness": "loudness_lufs", "music_level": "music_level_db",
    "transition_length": "transition_s",
}  # fmt: skip
"""What a setting is called where it has a unit."""
_LONGEST = 300
"""Characters of a one-line setting."""


def read_front(
    tree: dict[str, Node], shelf: Shelf, report: Report, also: tuple[str, ...] = ()
) -> FrontMatter:
    """The front matter that `tree` holds; `also` are the other keys one may write beside it."""
    given: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for shown, node in tree.items():
        # A variable's name, IMAGE_PROVIDER, is the same choice.
        key = shown.lower() if shown.isupper() else shown
        if key not in FRONT_KEYS:
            report.add(
                node.line, f'there is no setting "{shown}"', suggest(shown, FRONT_KEYS + also)
            )
            continue
        if node.value is None:
            continue
        if key in lines:
            report.add(node.line, f'"{shown}" is given twice', "keep one of the two")
            continue
        lines[key] = node.line
        if key == "closing":
            given["closing"] = _closing(node, report)
        elif key in PUBLISH_KEYS:
            given[key] = read_publishing(key, node, shelf, report)
        elif key == "characters":
            given[key] = read_characters(node, shelf, report)
        elif key == "brand":
            # Read by itself: it may stand in a file of its own.
            continue
        else:
            text = read_line(key, node, report)
            if text is not None:
                given[_FIELDS.get(key, key)] = read_setting(key, text, node.line, shelf, report)
    kept = {key: value for key, value in given.items() if value is not None}
    return FrontMatter(**kept, lines=lines)


def read_line(name: str, node: Node, report: Report) -> str | None:
    """The one line of text that `node` holds, or None and a problem."""
    if not isinstance(node.value, str):
        report.add(node.line, f'"{name}" is not one line of text', "give it a single value")
        return None
    text = " ".join(node.value.split())
    if len(text) > _LONGEST:
        report.add(
            node.line,
            f'"{name}" has {len(text)} characters',
            f"keep it under {_LONGEST}",
        )
        return None
    return text


def read_mapping(
    name: str, node: Node, keys: tuple[str, ...], report: Report
) -> dict[str, Node] | None:
    """The entries of `node`, all of them among `keys`, or None and a problem."""
    if not isinstance(node.value, dict):
        report.add(node.line, f'"{name}" needs keys of its own', "give it " + ", ".join(keys))
        return None
    for key, entry in node.value.items():
        if key not in keys:
            report.add(entry.line, f'there is no "{key}" in "{name}"', suggest(key, keys))
    return {key: entry for key, entry in node.value.items() if key in keys}


def read_setting(key: str, text: str, line: int, shelf: Shelf, report: Report) -> Any:
    """The value of a setting that is one line of text, or None and a problem."""
    if key in SHAPE_KEYS:
        return read_shape(key, text, line, report)
    match key:
        case "aspect":
            return read_choice(key, text, Aspect, line, report)
        case "fill":
            return read_choice(key, text, FillName, line, report)
        case "transition":
            return read_choice(key, text, TransitionName, line, report)
        case "transition_length":
            return read_seconds(key, text, *TRANSITION_S, line, report)
        case "speed":
            return read_speed(text, line, report)
        case "language":
            return read_language(text, line, report)
        case "budget":
            return read_usd(text, line, report)
        case "captions":
            if text.lower() not in CAPTIONS:
                report.add(line, f'captions is "{text}"', "choose one of " + ", ".join(CAPTIONS))
            return CAPTIONS.get(text.lower())
        case "voice":
            return shelf.voice(text, line)
        case "verify":
            return read_truth(key, text, line, report)
        case "verify_limit":
            return read_number(key, text, 0, 1, line, report)
        case "music":
            if text.lower() in ("", "none", "false"):
                return ()
            return shelf.music(text, line)
        case "glossary":
            return shelf.file(text, (".toml",), "glossary", line) if text else None
        case "music_level":
            return read_number(key, text, -20, 10, line, report)
        case "loudness":
            return read_number(key, text, -31, -9, line, report)
        case "voice_polish":
            return read_choice(key, text, Polish, line, report)
        case _:
            return text


def _closing(node: Node, report: Report) -> Closing | None:
    if isinstance(node.value, str):
        heading = read_line("closing", node, report)
        return Closing(heading=heading) if heading else None
    entries = read_mapping("closing", node, CLOSING_KEYS, report)
    if entries is None:
        return None
    words = {
        key: read_line(key, entry, report) or ""
        for key, entry in entries.items()
        if entry.value is not None
    }
    if not words.get("heading"):
        report.add(node.line, '"closing" has no heading', "give it heading: and its words")
        return None
    return Closing(**words)
