"""Reads a script in plain text: paragraphs are scenes."""

from __future__ import annotations

from prompts._directives import DIRECTIVE_LINE
from prompts._draft import Draft
from prompts._files import Shelf
from prompts._inline import Inline
from prompts._markdown import Body
from prompts._report import Report

_LONGEST_TITLE = 80
_FINAL = ".!?…:;,。！？।؟"


def read_text(text: str, shelf: Shelf, report: Report) -> Body:
    """The title (a short first line on its own, without a full stop) and a scene per paragraph."""
    paragraphs = _paragraphs(text)
    title, title_line = "", 1
    if len(paragraphs) > 1 and _is_title(paragraphs[0]):
        [(title_line, title)] = paragraphs.pop(0)
    drafts = [Draft("", 1, shelf, report)]
    for paragraph in paragraphs:
        words = [line for line in paragraph if not DIRECTIVE_LINE.fullmatch(line[1])]
        if words:
            drafts.append(Draft("", words[0][0], shelf, report))
            prose = " ".join(" ".join(line for _, line in words).split())
            drafts[-1].prose(Inline(prose), words[0][0])
        for at, line in paragraph:
            match = DIRECTIVE_LINE.fullmatch(line)
            if match:
                drafts[-1].directive(match[1], f"@{match[1]}", match[2], at)
    opening, *scenes = (draft.scene() for draft in drafts)
    return Body(title, title_line, opening, scenes)


def _paragraphs(text: str) -> list[list[tuple[int, str]]]:
    """Runs of lines that are not empty, each line with its number."""
    paragraphs: list[list[tuple[int, str]]] = [[]]
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            paragraphs[-1].append((number, line.strip()))
        elif paragraphs[-1]:
            paragraphs.append([])
    return [paragraph for paragraph in paragraphs if paragraph]


def _is_title(paragraph: list[tuple[int, str]]) -> bool:
    first = paragraph[0][1]
    return (
        len(paragraph) == 1
        and len(first) <= _LONGEST_TITLE
        and first[-1] not in _FINAL
        and not DIRECTIVE_LINE.fullmatch(first)
    )
