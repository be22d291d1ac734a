"""Reads a script in plain text: paragraphs are scenes."""

from __future__ import annotations

from prompts.reading.directives import DIRECTIVE_LINE
from prompts.reading.draft import Draft
from prompts.reading.files import Shelf
from prompts.reading.inline import Inline
from prompts.reading.markdown import Body
from prompts.reading.report import Report
from prompts.rules.scenes import part_paragraph

Lines = list[tuple[int, str]]
"""Lines with their numbers, from 1."""

_LONGEST_TITLE = 80
_FINAL = ".!?…:;,。！？।؟"


def read_text(text: str, language: str, shelf: Shelf, report: Report) -> Body:
    """The title (a short first line on its own, without a full stop) and a scene per paragraph.

    A paragraph that takes long to say is several scenes; one with directives is its editor's.
    """
    runs = cut_paragraphs(text)
    title, title_line = "", 1
    if len(runs) > 1 and is_title(runs[0]):
        [(title_line, title)] = runs.pop(0)
    drafts = [Draft("", 1, shelf, report)]
    for run in runs:
        words = [line for line in run if not DIRECTIVE_LINE.fullmatch(line[1])]
        parts = [words] if len(words) < len(run) else _part(words, language)
        for part in filter(None, parts):
            drafts.append(Draft("", part[0][0], shelf, report))
            prose = " ".join(" ".join(line for _, line in part).split())
            drafts[-1].prose(Inline(prose), part[0][0])
        for at, line in run:
            match = DIRECTIVE_LINE.fullmatch(line)
            if match:
                drafts[-1].directive(match[1], f"@{match[1]}", match[2], at)
    opening, *scenes = (draft.scene() for draft in drafts)
    return Body(title, title_line, opening, scenes)


def _part(words: Lines, language: str) -> list[Lines]:
    """The scenes of a paragraph, each with the line it begins at."""
    begins: list[tuple[int, int]] = []
    prose = ""
    for number, line in words:
        begins.append((len(prose), number))
        prose += " ".join(line.split()) + " "
    parts: list[Lines] = []
    at = 0
    for part in part_paragraph(prose.strip(), language):
        first = max(number for start, number in begins if start <= at)
        parts.append([(first, part.strip())])
        at += len(part)
    return parts


def cut_paragraphs(text: str) -> list[Lines]:
    """Runs of lines that are not empty, each line with its number."""
    paragraphs: list[Lines] = [[]]
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            paragraphs[-1].append((number, line.strip()))
        elif paragraphs[-1]:
            paragraphs.append([])
    return [paragraph for paragraph in paragraphs if paragraph]


def is_title(paragraph: Lines) -> bool:
    """Whether a paragraph is one short line that ends without a mark."""
    first = paragraph[0][1]
    return (
        len(paragraph) == 1
        and len(first) <= _LONGEST_TITLE
        and first[-1] not in _FINAL
        and not DIRECTIVE_LINE.fullmatch(first)
    )
