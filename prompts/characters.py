"""Characters that recur in a film's pictures: how scripts name them, and who is in a scene."""

from __future__ import annotations

import re

from prompts.reading.files import STILL_SUFFIXES, Shelf
from prompts.reading.report import Report, suggest
from prompts.reading.tree import Node
from prompts.storyboard import Character, Scene, Storyboard

CHARACTER_KEYS = ("words", "picture")
_MOST, _LONGEST_NAME, _LONGEST_WORDS = 20, 40, 300


def read_characters(node: Node, shelf: Shelf, report: Report) -> tuple[Character, ...] | None:
    """The `characters` of a script's settings: by name their words, or words and a picture."""
    if not isinstance(node.value, dict):
        report.add(node.line, '"characters" is no list of names', "write a line for each: Mia: ...")
        return None
    if len(node.value) > _MOST:
        report.add(node.line, f"there are {len(node.value)} characters", f"keep {_MOST} of them")
        return None
    found = []
    for name, entry in node.value.items():
        if not name.strip() or len(name) > _LONGEST_NAME:
            report.add(entry.line, f'"{name[:_LONGEST_NAME]}" is no name', "give a short name")
        else:
            found.append(_character(name, entry, shelf, report))
    return tuple(found)


def _character(name: str, entry: Node, shelf: Shelf, report: Report) -> Character:
    told = entry.value
    if isinstance(told, str):
        return Character(name=name, words=_words(name, entry, report), line=entry.line)
    if not isinstance(told, dict):
        report.add(entry.line, f'"{name}" has no words', "say in a few words what is seen")
        return Character(name=name, line=entry.line)
    for key, node in told.items():
        if key not in CHARACTER_KEYS:
            report.add(node.line, f'there is no "{key}" in "{name}"', suggest(key, CHARACTER_KEYS))
    given = told.get("picture")
    picture = ""
    if given is not None and isinstance(given.value, str):
        picture = shelf.file(given.value, STILL_SUFFIXES, "picture", given.line)
    words = told.get("words")
    said = _words(name, words, report) if words is not None else ""
    return Character(name=name, words=said, picture=picture, line=entry.line)


def _words(name: str, node: Node, report: Report) -> str:
    text = " ".join(str(node.value or "").split()) if not isinstance(node.value, list) else ""
    if not text or len(text) > _LONGEST_WORDS:
        report.add(node.line, f'"{name}" has no words of use', f"give up to {_LONGEST_WORDS} signs")
        return ""
    return text


def in_scene(scene: Scene, board: Storyboard) -> tuple[Character, ...]:
    """Who is seen: the characters whose names stand in the scene's prompt, or else its words."""
    shown = scene.original or scene
    words = shown.visual.prompt or f"{shown.heading}\n{shown.narration}"
    return tuple(c for c in board.characters if re.search(rf"\b{re.escape(c.name)}\b", words))


def described(characters: tuple[Character, ...]) -> str:
    """What a prompt is told of them."""
    return ", ".join(f"{c.name} is {c.words}" for c in characters if c.words)
